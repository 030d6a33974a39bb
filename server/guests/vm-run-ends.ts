// What is to be done when a VM has ended: its own volumes are let go of, as they were opened for its start.
import { asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { quietContext } from '../core/work-context.ts';
import type { VmConfig } from './config/config-keys.ts';
import { stateDisksOf } from './config/read-devices.ts';
import { readVmConfig } from './config/read-vm-config.ts';
import { detachVolume, type GuestStorages } from './guest-volumes.ts';
import { createRunEnds, type RunEndParts, type RunEnds } from './guest-watcher.ts';
import { ifReadable } from './readable-config.ts';
import { ownerOf } from './volume-names.ts';

/** What a start opens, by the drive's key. */
export function openedVolumes(vmid: number, config: VmConfig): { key: string; volume: string }[] {
  const model = readVmConfig({ vmid, config });
  const volumes = model.drives.flatMap(({ key, volume }) => (volume === undefined ? [] : [{ key, volume }]));
  return [...volumes, ...stateDisksOf(model).map(({ key, volume }) => ({ key, volume }))];
}

/**
 * Volumes that bear another number, and images of CDs, may be open for another guest: they stay as they are. A volume that is not let
 * go of is logged and holds up nothing.
 */
export function createVmRunEnds(
  parts: RunEndParts & { readonly storages: GuestStorages },
  log: Pick<Logger, 'info' | 'warn'>,
): RunEnds {
  return createRunEnds(parts, 'qemu', log, async (vmid, running) => {
    const opened = ifReadable(() => openedVolumes(vmid, running)) ?? [];
    const own = new Set(opened.map(({ volume }) => volume).filter((volume) => ownerOf(volume) === vmid));
    const letGo = async (volume: string) => {
      const detach = () => detachVolume(parts.storages, quietContext(), volume);
      // Once more: the process of its storage may have ended just then.
      await detach()
        .catch(detach)
        .catch((error: unknown) =>
          log.warn({ vmid, volume, problem: asAppError(error).message }, 'not let go of after a VM'),
        );
    };
    await Promise.all([...own].map(letGo));
  });
}
