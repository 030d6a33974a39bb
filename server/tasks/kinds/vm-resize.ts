// Task `resize`: a disk grows, also under a running guest.

import { checkDigest } from '../../core/config-digest.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { kibibyte, readSize, tebibyte } from '../../core/units.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { quietContext } from '../../core/work-context.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { withDiskAt } from '../../guests/config/vm-disks.ts';
import { changeGuest, readGuest } from '../../guests/guest-documents.ts';
import { volumeInfo } from '../../guests/guest-volumes.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { readUnlockedVm } from '../../guests/vm-state-rules.ts';
import { canDo } from '../../guests/volume-features.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { TaskKind } from '../task.ts';

export interface ResizeParams {
  readonly vmid: number;
  /** The drive's key, `scsi0`. */
  readonly disk: string;
  /** The API's notation: a size, or `+` and a size to grow by. */
  readonly size: string;
  readonly digest: string | undefined;
}

/** 1 PiB, as for new disks. */
const largestBytes = 1024 * tebibyte;

interface ResizeState {
  sizeBytes: number;
}

export function vmResizeKind(parts: VmParts): TaskKind<ResizeParams, ResizeState> {
  return {
    type: 'resize',
    describe: ({ vmid, disk }) => `VM ${vmid} - Resize ${disk}`,
    objectId: ({ vmid }) => String(vmid),
    locks: ({ vmid }) => [{ scope: 'guest', id: String(vmid) }],
    async check(params) {
      checkDigest(readUnlockedVm(parts, params.vmid).config, params.digest);
      await targetSize(parts, quietContext(), params);
    },
    steps: [
      {
        // The target is decided once: repeating `+1G` after a crash must not grow the disk twice.
        name: 'decide',
        run: async (context, params) => ({ sizeBytes: await targetSize(parts, context, params) }),
      },
      {
        name: 'resize',
        async run(context, { vmid, disk }, { sizeBytes = 0 }) {
          const volume = volumeOf(parts, vmid, disk);
          await grow(parts, context, vmid, disk, volume, sizeBytes);
          // Storages round up: to whole extents of a volume group.
          const now = (await volumeInfo(parts.storages, context, volume)).sizeBytes;
          const grown = { sizeBytes: Math.max(now, sizeBytes) };
          await changeGuest(parts.store, vmid, (document) => ({
            ...document,
            config: withDiskAt(document.config, disk, grown),
            ...(document.running ? { running: withDiskAt(document.running, disk, grown) } : {}),
          }));
          return undefined;
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}

/** Repeatable. Below a running guest the device grows first, where there is one; then QEMU is told, or grows the image itself. */
async function grow(
  parts: VmParts,
  context: WorkContext,
  vmid: number,
  disk: string,
  volume: string,
  wantedBytes: number,
): Promise<void> {
  const { running } = readGuest(parts.store, vmid);
  const open = running?.[disk] !== undefined && parts.states.stateOf(vmid) !== 'stopped';
  const { storage, name } = splitVolume(volume);
  const { sizeBytes: before, format } = await volumeInfo(parts.storages, context, volume);
  const below = canDo(parts.storages, storage, 'resize', format, 'current').live;
  if (before < wantedBytes && (!open || below))
    await parts.storages.storage(storage).resize(context, name, wantedBytes);
  // A crash may have come between the device and QEMU: told again.
  if (open && (below || before < wantedBytes)) {
    const sizeBytes = below ? (await volumeInfo(parts.storages, context, volume)).sizeBytes : wantedBytes;
    const target = parts.diskTarget(disk);
    const refused = await parts.driver.hotPlug(context, vmid, [
      { key: disk, action: 'resize-disk', target, sizeBytes },
    ]);
    if (refused.length > 0)
      throw new AppError('unsupported', `${disk} cannot grow while VM ${vmid} runs: stop it first`);
  }
}

function volumeOf(parts: VmParts, vmid: number, disk: string): string {
  const { config } = readGuest(parts.store, vmid);
  const drive = readVmConfig({ vmid, config }).drives.find(({ key }) => key === disk);
  if (drive?.volume === undefined) throw invalidInput({ disk: `VM ${vmid} has no disk '${disk}'` });
  if (drive.media === 'cdrom') throw invalidInput({ disk: 'a CD drive cannot be resized' });
  return drive.volume;
}

async function targetSize(
  parts: VmParts,
  context: WorkContext,
  { vmid, disk, size }: ResizeParams,
): Promise<number> {
  const { sizeBytes: now } = await volumeInfo(parts.storages, context, volumeOf(parts, vmid, disk));
  const wanted = size.startsWith('+') ? now + readSize(size.slice(1)) : readSize(size);
  // Whole KiB: a size between two sectors is refused by QEMU.
  const target = Math.ceil(wanted / kibibyte) * kibibyte;
  if (target > largestBytes) throw invalidInput({ size: `'${size}' is too large` });
  if (target < now)
    throw new AppError('invalid-input', 'shrinking disks is not supported', {
      fields: { size: 'shrinking disks is not supported' },
    });
  return target;
}
