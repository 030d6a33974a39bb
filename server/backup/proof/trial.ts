// A trial: a temporary guest made of a backup, what is waited for, and what came. Types, numbers, and what they mean; pure.
import { randomInt } from 'node:crypto';
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import type { TestWait } from '../../contract/vzdump-proof.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { type GuestKind, guestKey } from '../../guests/config/guest-document.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';

export type ResolvedWait = Exclude<TestWait, 'auto'>;

/** A guest that was started, and what shows that it is up. */
export interface Trial {
  readonly kind: GuestKind;
  readonly vmid: number;
  readonly wait: ResolvedWait;
  readonly port: number | null;
  readonly timeoutSeconds: number;
}

/** What came; exactly one of `came` and `problem` is there. */
export type CameUp = {
  readonly came?: string;
  readonly problem?: string;
  readonly seconds: number;
  /** Of VMs. */
  readonly readBytes?: number;
  readonly accelerator?: 'kvm' | 'tcg';
};

/** The last picture of its screen, as PNG. */
export interface Seen {
  readonly up: CameUp;
  readonly picture?: Uint8Array | undefined;
}

/** Waits for a trial that was started; rejects only when it is broken off. */
export type ComesUp = (context: WorkContext, trial: Trial) => Promise<Seen>;

/** Numbers of trials: far from those that people give. Documents hold the mark; the number alone says nothing. */
export const firstTrialNumber = 999_000_000;

const trialNumbers = 1_000_000;

/** A number that no guest has; anywhere among them, so that nodes of a cluster do not choose the same one. */
export function freeTrialNumber(store: Pick<ClusterStore, 'read'>, start = randomInt(trialNumbers)): number {
  for (let passed = 0; passed < trialNumbers; passed += 1) {
    const vmid = firstTrialNumber + ((start + passed) % trialNumbers);
    if (!store.read(guestKey(vmid))) return vmid;
  }
  throw new AppError('no-capacity', 'all numbers for trials are in use');
}

/** `invalid-input` for what cannot be waited for with such a guest. */
export function checkWait(kind: GuestKind, wait: TestWait, port: number | undefined): void {
  const noun = kind === 'qemu' ? 'a VM' : 'a container';
  const possible = kind === 'qemu' ? ['auto', 'agent', 'screen', 'running'] : ['auto', 'port', 'running'];
  if (!possible.includes(wait))
    throw invalidInput({ wait: `of ${noun} one can wait for ${possible.slice(1).join(', ')}` });
  if (port !== undefined && kind === 'qemu')
    throw invalidInput({
      port: 'a VM has no network while it is tried: only the ports of containers are seen',
    });
  if (port !== undefined && wait === 'running') throw invalidInput({ port: "goes with 'wait' port" });
  if (wait === 'port' && port === undefined)
    throw invalidInput({ port: 'property is missing: name the port' });
}

/** What is waited for in the end; `config` is the trial's. A job's wish that does not go with a guest of the kind is as `auto`. */
export function resolveWait(
  kind: GuestKind,
  vmid: number,
  config: VmConfig,
  { wait, port }: { readonly wait: TestWait; readonly port: number | null },
): ResolvedWait {
  if (kind === 'lxc') return port !== null && wait !== 'running' ? 'port' : 'running';
  if (wait === 'agent' || wait === 'screen' || wait === 'running') return wait;
  const { agent, vga } = readVmConfig({ vmid, config });
  if (agent.enabled) return 'agent';
  return /^(none|serial\d)$/.test(vga.type) ? 'running' : 'screen';
}
