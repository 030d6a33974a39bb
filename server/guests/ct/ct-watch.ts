// What is to be done when a container has ended: its mounts and volumes are let go of, and what it ran with is forgotten.
import { asAppError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { quietContext } from '../../core/work-context.ts';
import type { CtParts } from '../ct-parts.ts';
import { findGuest, forgetRunning, listGuests } from '../guest-documents.ts';
import { detachVolume } from '../guest-volumes.ts';
import { mountedVolumes } from './volume-keys.ts';

type EndParts = Pick<CtParts, 'store' | 'states' | 'driver' | 'storages'>;

export interface CtRunEnds {
  /**
   * Clears up after a container's run if it is over, together with whoever is at it already. One that runs, or that was cleared
   * up after, is left alone. A volume that is not let go of is logged and holds up nothing. Repeatable.
   */
  settle(vmid: number): Promise<void>;
}

/** One for each daemon: the watcher and the tasks must not do it twice, nor while the next start attaches the same volumes. */
export function createCtRunEnds(parts: EndParts, log: Pick<Logger, 'warn'>): CtRunEnds {
  const ending = new Map<number, Promise<void>>();

  async function end(vmid: number): Promise<void> {
    const document = findGuest(parts.store, vmid);
    if (document?.kind !== 'lxc' || document.running === undefined) return;
    if (parts.states.stateOf(vmid) !== 'stopped') return;
    // First the mounts: a device that is mounted cannot go. The driver's own hook has usually been faster.
    const attempts = [
      () => parts.driver.unmount(vmid),
      ...mountedVolumes(document.running).map(
        ({ volume }) =>
          () =>
            detachVolume(parts.storages, quietContext(), volume),
      ),
    ];
    for (const attempt of attempts) {
      await attempt().catch((error: unknown) =>
        log.warn({ vmid, problem: asAppError(error).message }, 'not cleared up after a container'),
      );
    }
    await forgetRunning(parts.store, vmid);
  }

  return {
    settle(vmid) {
      const under = ending.get(vmid);
      if (under) return under;
      const work = end(vmid).finally(() => ending.delete(vmid));
      ending.set(vmid, work);
      return work;
    },
  };
}

/**
 * Clears up after every container that does not run any more, now and at each end of one, also when the daemon was away. What
 * fails is logged. Returns how to stop.
 */
export async function watchContainers(
  parts: Pick<CtParts, 'store' | 'states'>,
  ends: CtRunEnds,
  log: Logger,
): Promise<() => void> {
  const clear = (vmid: number) =>
    ends
      .settle(vmid)
      .catch((error: unknown) => log.error({ err: error, vmid }, 'cannot note that a container ended'));
  // First: one that ends while the others are looked at is not missed.
  const stop = parts.states.watch(({ vmid, state }) => {
    if (state === 'stopped') void clear(vmid);
  });
  for (const { vmid, kind, running } of listGuests(parts.store))
    if (kind === 'lxc' && running !== undefined) await clear(vmid);
  return stop;
}
