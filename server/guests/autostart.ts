// Starts the guests that are to start with the machine, once after each boot of it, in their order.
import { readFile } from 'node:fs/promises';
import type { ClusterStore, Json } from '../cluster/cluster-store.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { type BootWish, bootWishOf } from './boot-wish.ts';
import type { GuestKind } from './config/guest-document.ts';
import { listGuests } from './guest-documents.ts';
import { startGroups } from './guest-order.ts';
import type { GuestStates } from './guest-states.ts';

export interface AutostartParts {
  readonly node: string;
  readonly store: ClusterStore;
  readonly states: GuestStates;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of the node: how long all of them wait. */
  readonly delaySeconds?: number;
  /** Starts a guest as a task and waits for its end; throws when it failed. */
  start(vmid: number, kind: GuestKind): Promise<void>;
  /** A name of the machine's current boot. Default: the kernel's. */
  readonly bootId?: () => Promise<string>;
  /** The kernel's command line; `croft.nostart=1` on it, from the boot menu, means that no guest starts. */
  readonly commandLine?: () => Promise<string>;
}

/** A new number for each boot (proc(5), `random/boot_id`). */
async function kernelBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** Repeatable: a restart of the daemon starts nothing. Returns the guests that it started. */
export async function autostartGuests(parts: AutostartParts, signal: AbortSignal): Promise<number[]> {
  const words = await (parts.commandLine ?? (() => readFile('/proc/cmdline', 'utf8')))();
  if (words.split(/\s+/).includes('croft.nostart=1')) {
    parts.log.warn('no guest is started: croft.nostart=1 was chosen in the boot menu');
    return [];
  }
  const key = `boots/${parts.node}`;
  const bootId = await (parts.bootId ?? kernelBootId)();
  const known = (parts.store.read(key)?.value as { readonly [name: string]: Json } | undefined)?.['bootId'];
  if (known === bootId) return [];
  const { delaySeconds = 0 } = parts;
  if (delaySeconds > 0 && wanted(parts).length > 0) {
    await parts.clock.sleep(delaySeconds * 1000, signal).catch(() => {});
    // Nothing is noted yet: the next daemon of this boot waits again, and starts them.
    if (signal.aborted) return [];
  }
  // Noted first: a guest that brings the machine down must not do so again and again.
  await parts.store.write(key, { bootId });
  const started: number[] = [];
  for (const { vmid, kind, upSeconds } of wanted(parts)) {
    if (signal.aborted) break;
    if (parts.states.stateOf(vmid) !== 'stopped') continue;
    try {
      await parts.start(vmid, kind);
      started.push(vmid);
      if (upSeconds > 0) await parts.clock.sleep(upSeconds * 1000, signal);
    } catch (error) {
      parts.log.warn({ err: error, vmid }, 'a guest did not start with the machine');
    }
  }
  return started;
}

function wanted({ node, store }: AutostartParts): BootWish[] {
  const wishes = listGuests(store)
    .filter((guest) => guest.node === node)
    .map(bootWishOf);
  return startGroups(wishes.filter((wish) => wish.wanted)).flat();
}
