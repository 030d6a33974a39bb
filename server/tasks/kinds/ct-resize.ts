// Task `resize`: a container's volume grows, also while it runs; the limit of a tree is only set anew.

import { checkDigest } from '../../core/config-digest.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { kibibyte, readSize, tebibyte } from '../../core/units.ts';
import { quietContext, type WorkContext } from '../../core/work-context.ts';
import type { CtResizeParams } from '../../guests/ct/ct-params.ts';
import { isRunning, readUnlocked } from '../../guests/ct/ct-state-rules.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { mountedVolumes, withVolumeAt } from '../../guests/ct/volume-keys.ts';
import { changeGuest, readGuest } from '../../guests/guest-documents.ts';
import { volumeInfo } from '../../guests/guest-volumes.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { TaskContext, TaskKind } from '../task.ts';
import { onContainer } from './guest-task-names.ts';

/** 1 PiB, as for new volumes. */
const largestBytes = 1024 * tebibyte;

interface CtResizeState {
  sizeBytes: number;
}

/** The steps have the names that a VM's resizing has: one type of task serves both. */
export function ctResizeKind(parts: CtTaskParts): TaskKind<CtResizeParams, CtResizeState> {
  return {
    ...onContainer('resize', 'Resize'),
    describe: ({ vmid, disk }) => `CT ${vmid} - Resize ${disk}`,
    async check(params) {
      checkDigest(readUnlocked(parts, params.vmid).config, params.digest);
      await targetSize(parts, quietContext(), params);
    },
    steps: [
      {
        // The target is decided once: repeating `+1G` after a crash must not grow the volume twice.
        name: 'decide',
        run: async (context, params) => ({ sizeBytes: await targetSize(parts, context, params) }),
      },
      {
        name: 'resize',
        async run(context, { vmid, disk }, { sizeBytes = 0 }) {
          await resizeVolume(parts, context, vmid, volumeOf(parts, vmid, disk), sizeBytes);
          await changeGuest(parts.store, vmid, (document) => ({
            ...document,
            config: withVolumeAt(document.config, disk, { sizeBytes }),
            ...(document.running ? { running: withVolumeAt(document.running, disk, { sizeBytes }) } : {}),
          }));
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}

async function resizeVolume(
  parts: CtTaskParts,
  context: TaskContext,
  vmid: number,
  volume: string,
  sizeBytes: number,
): Promise<void> {
  const { storage: id, name } = splitVolume(volume);
  const storage = parts.storages.storage(id);
  const info = await storage.info(context, name);
  if (info.format === 'subvol') {
    if (await storage.limitsTrees(context)) await storage.resize(context, name, sizeBytes);
    else context.warn(`the file system of storage '${id}' cannot limit the size of a tree`);
    return;
  }
  if (info.sizeBytes < sizeBytes) await storage.resize(context, name, sizeBytes);
  // Again also when the volume has its size already: a crash may have come before its file system had.
  await parts.fileSystems.grow(context, await storage.attach(context, name));
  if (!isRunning(parts, vmid)) await storage.detach(context, name);
}

function volumeOf(parts: CtTaskParts, vmid: number, disk: string): string {
  const { config, running } = readGuest(parts.store, vmid, 'lxc');
  const at = (from: typeof config) => mountedVolumes(from).find(({ key }) => key === disk)?.volume;
  const volume = at(config);
  if (volume === undefined) throw invalidInput({ disk: `CT ${vmid} has no volume at '${disk}'` });
  if (running?.[disk] !== undefined && at(running) !== volume)
    throw new AppError('wrong-state', `${disk} is another volume while CT ${vmid} runs: restart it first`);
  return volume;
}

async function targetSize(
  parts: CtTaskParts,
  context: WorkContext,
  { vmid, disk, size }: CtResizeParams,
): Promise<number> {
  const volume = volumeOf(parts, vmid, disk);
  const info = await volumeInfo(parts.storages, context, volume);
  const noted = mountedVolumes(readGuest(parts.store, vmid, 'lxc').config).find(({ key }) => key === disk);
  // The configuration says what was asked for, also where nothing limits a tree.
  const now = info.format === 'subvol' ? (noted?.mount.sizeBytes ?? info.sizeBytes) : info.sizeBytes;
  const wanted = size.startsWith('+') ? now + readSize(size.slice(1)) : readSize(size);
  const target = Math.ceil(wanted / kibibyte) * kibibyte;
  if (target > largestBytes) throw invalidInput({ size: `'${size}' is too large` });
  if (target < now && info.format !== 'subvol')
    throw invalidInput({ size: 'shrinking volumes is not supported' });
  return target;
}
