// Moves the balloons of VMs by what the host has left, after each round of measuring; asks nobody anything itself.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { mebibyte } from '../core/units.ts';
import { quietContext } from '../core/work-context.ts';
import { type BalloonedGuest, type HostMemory, planBalloons } from './balloon-plan.ts';
import { automaticBalloon } from './config/automatic-balloon.ts';
import { activeConfig } from './config/guest-document.ts';
import { findGuest } from './guest-documents.ts';
import type { GuestBalloon, GuestStats } from './guest-driver.ts';
import type { GuestStates } from './guest-states.ts';
import { ifReadable } from './readable-config.ts';
import type { VmDriver } from './vm/vm-driver.ts';

export interface BalloonWatch {
  /** What was just measured. Returns at once; left out while an earlier round is still being applied. */
  measured(host: Omit<HostMemory, 'target'>, guests: readonly GuestStats[]): void;
  /** As last measured; undefined of a guest that tells nothing. */
  last(vmid: number): GuestBalloon | undefined;
  /** Resolves when no round is being applied. */
  settled(): Promise<void>;
  close(): void;
}

export interface BalloonWatchParts {
  readonly store: ClusterStore;
  readonly states: Pick<GuestStates, 'stateOf'>;
  readonly driver: Pick<VmDriver, 'hotPlug'>;
  readonly log: Pick<Logger, 'warn'>;
  /** How much of the host's memory may be used, in percent. */
  targetPercent(): number;
}

/** A guest that something holds for so long is asked again in the next round. */
const limitMs = 5_000;

export function watchBalloons({
  store,
  states,
  driver,
  log,
  targetPercent,
}: BalloonWatchParts): BalloonWatch {
  const closing = new AbortController();
  let applying: Promise<void> | undefined;
  let latest: ReadonlyMap<number, GuestBalloon | undefined> = new Map();
  /** Told of already. */
  const failing = new Set<number>();

  /** Those without a driver that tells of itself are not in it: they would not move. */
  function ballooned(guests: readonly GuestStats[]): BalloonedGuest[] {
    return guests.flatMap(({ vmid, balloon }) => {
      const document = balloon && states.stateOf(vmid) === 'running' ? findGuest(store, vmid) : undefined;
      const bounds = document && ifReadable(() => automaticBalloon(activeConfig(document)));
      if (!balloon || !bounds) return [];
      const minBytes = bounds.minMib * mebibyte;
      // It may have been started with less than what is in force since, and never gets more than it was made for.
      const maxBytes = Math.min(bounds.maxMib * mebibyte, Math.floor(balloon.maxBytes / mebibyte) * mebibyte);
      if (maxBytes <= minBytes) return [];
      const { sizeBytes, freeBytes } = balloon;
      return [{ vmid, minBytes, maxBytes, sizeBytes, freeBytes, shares: bounds.shares }];
    });
  }

  async function apply(plan: ReadonlyMap<number, number>): Promise<void> {
    for (const [vmid, memoryBytes] of plan) {
      if (closing.signal.aborted) return;
      if (states.stateOf(vmid) !== 'running') continue;
      const context = quietContext(AbortSignal.any([closing.signal, AbortSignal.timeout(limitMs)]));
      try {
        await driver.hotPlug(context, vmid, [{ key: 'balloon', action: 'memory', memoryBytes }]);
        failing.delete(vmid);
      } catch (error) {
        if (states.stateOf(vmid) !== 'running' || closing.signal.aborted || failing.has(vmid)) continue;
        failing.add(vmid);
        log.warn({ vmid, detail: asAppError(error).detail }, 'the memory of a VM could not be changed');
      }
    }
  }

  return {
    measured(host, guests) {
      latest = new Map(guests.map(({ vmid, balloon }) => [vmid, balloon]));
      if (applying || closing.signal.aborted) return;
      const movable = ballooned(guests);
      if (movable.length === 0) return;
      const plan = planBalloons({ ...host, target: targetPercent() / 100 }, movable);
      if (plan.size === 0) return;
      applying = apply(plan).finally(() => {
        applying = undefined;
      });
    },
    last: (vmid) => latest.get(vmid),
    settled: async () => applying,
    close: () => closing.abort(),
  };
}
