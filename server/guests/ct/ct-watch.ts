// What is to be done when a container has ended: its mounts and volumes are let go of before what it ran with is forgotten.
import { asAppError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { quietContext } from '../../core/work-context.ts';
import type { CtParts } from '../ct-parts.ts';
import { detachVolume } from '../guest-volumes.ts';
import { createRunEnds, type RunEnds } from '../guest-watcher.ts';
import type { HookScripts } from '../hook-scripts.ts';
import { mountedVolumes } from './volume-keys.ts';

type EndParts = Pick<CtParts, 'store' | 'states' | 'driver' | 'storages'> & { readonly hooks: HookScripts };

/** A volume that is not let go of is logged and holds up nothing. */
export function createCtRunEnds(parts: EndParts, log: Pick<Logger, 'info' | 'warn'>): RunEnds {
  return createRunEnds(parts, 'lxc', log, async (vmid, running) => {
    // First the mounts: a device that is mounted cannot go. The driver's own hook has usually been faster.
    const attempts = [
      () => parts.driver.unmount(vmid),
      ...mountedVolumes(running).map(
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
  });
}
