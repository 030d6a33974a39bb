// Raw disks of guests on logical volumes: made, copied onto, grown, opened; what thick and thin ones have in common.
import { createReadStream } from 'node:fs';
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import type { QemuImg } from '../files/qemu-img.ts';
import type { Attachment, DiskCopy, NewDisk, Storage, VolumeInfo } from '../plugin.ts';
import { syncDevice, zeroRange } from './block-io.ts';
import { requireDiskSize, requireGrowth, wholeSectors } from './disk-size.ts';
import type { GroupVolumes } from './group-volumes.ts';
import type { LvmGroup } from './lvm-commands.ts';
import { readLvmVolumeName } from './lvm-names.ts';
import type { LogicalVolume } from './lvm-report.ts';
import { wayBack } from './way-back.ts';

export interface RawDisksParts {
  readonly exec: Exec;
  readonly qemuImg: QemuImg;
  readonly group: LvmGroup;
  readonly volumes: GroupVolumes;
  /** Makes a volume of at least so many bytes; active if it is to be filled. `all`: what is in the group, where it was looked at. */
  readonly allocate: (
    context: WorkContext,
    name: string,
    sizeBytes: number,
    tags: readonly string[],
    use: { readonly filled: boolean; readonly all?: readonly LogicalVolume[] },
  ) => Promise<void>;
  readonly kind: LogicalVolume['kind'];
  /** Does a new volume read as zeros all over? */
  readonly startsZeroed: (context: WorkContext) => Promise<boolean>;
}

export class RawDisks {
  readonly #parts: RawDisksParts;

  constructor(parts: RawDisksParts) {
    this.#parts = parts;
  }

  async create(context: WorkContext, disk: NewDisk): Promise<VolumeInfo> {
    requireDiskSize(disk.sizeBytes);
    const { volumes, allocate, kind } = this.#parts;
    return await volumes.makeEmpty(context, disk, { kind, sizeBytes: disk.sizeBytes }, (name, tags, all) =>
      allocate(context, name, disk.sizeBytes, tags, { filled: false, all }),
    );
  }

  async copy(context: WorkContext, source: Attachment, disk: DiskCopy): Promise<VolumeInfo> {
    const { volumes, allocate, qemuImg, group, startsZeroed } = this.#parts;
    const sizeBytes = wholeSectors(await qemuImg.virtualSize(context, source));
    requireDiskSize(sizeBytes);
    const zeroed = await startsZeroed(context);
    return await volumes.make(
      context,
      disk,
      (name, tags) => allocate(context, name, sizeBytes, tags, { filled: true }),
      async (name) => {
        const file = group.device(name);
        const { bytesPerSecond } = disk;
        await qemuImg.convert(context, source, { file, format: 'raw', device: { zeroed }, bytesPerSecond });
        if (!zeroed) await this.#zeroTail(context, name, sizeBytes);
        await syncDevice(file);
      },
    );
  }

  /** Grows it to whole extents, also while a guest has it open. */
  async resize(context: WorkContext, name: string, sizeBytes: number): Promise<void> {
    const { volumes, group } = this.#parts;
    const { lv } = await volumes.find(context, name);
    requireGrowth(sizeBytes, lv.sizeBytes);
    if (sizeBytes > lv.sizeBytes) await group.extend(context, name, sizeBytes);
  }

  async attach(context: WorkContext, lv: LogicalVolume): Promise<Attachment> {
    const { group } = this.#parts;
    await group.activate(context, [lv.name]);
    return { kind: 'block', path: group.device(lv.name) };
  }

  async exportStream(context: WorkContext, name: string): ReturnType<Storage['exportStream']> {
    const { volumes, group } = this.#parts;
    const { volume, lv } = await volumes.find(context, name);
    if (volume.format !== 'raw')
      throw new AppError('unsupported', `'${name}' is an image with snapshots: it is no stream by itself`);
    await group.activate(context, [name]);
    const stream = createReadStream(group.device(name), { end: lv.sizeBytes - 1 });
    stream.once('close', () => {
      group.deactivate(wayBack(), [name]).catch(() => {});
    });
    return stream;
  }

  /** A name that is no volume's is refused; one that is gone is no error. */
  async detach(context: WorkContext, name: string): Promise<void> {
    const { volumes, group } = this.#parts;
    readLvmVolumeName(name);
    const found = await volumes.look(context, name);
    if (!found) return;
    const family = [found.lv, ...found.snapshots.values()];
    const idle = family.filter(({ active, open }) => active && !open).map((lv) => lv.name);
    await group.deactivate(context, idle);
  }

  /** Whole extents are more than the disk: what was on the device before must not show behind its end. */
  async #zeroTail(context: WorkContext, name: string, sizeBytes: number): Promise<void> {
    const { exec, group } = this.#parts;
    const lv = (await group.volumes(context)).find((each) => each.name === name);
    if (!lv) throw new AppError('internal', 'the new volume is gone');
    const bytes = lv.sizeBytes - sizeBytes;
    await zeroRange(exec, context, group.device(name), { offset: sizeBytes, bytes });
  }
}
