// Disks as qcow2 images on logical volumes, whose snapshots are volumes below them (`snapshot-as-volume-chain`).
import { AppError, notFound } from '../../server/core/errors.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import type { QemuImg } from '../files/qemu-img.ts';
import { syncDevice } from '../lvm-volumes/block-io.ts';
import { requireDiskSize, requireGrowth, wholeSectors } from '../lvm-volumes/disk-size.ts';
import type { FoundVolume, GroupVolumes } from '../lvm-volumes/group-volumes.ts';
import type { LvmGroup } from '../lvm-volumes/lvm-commands.ts';
import { snapshotVolumeName } from '../lvm-volumes/lvm-names.ts';
import { guestBytes, imageSizeTag, sizeTagsOf } from '../lvm-volumes/volume-tags.ts';
import type { Attachment, DiskCopy, NewDisk, VolumeInfo } from '../plugin.ts';
import { checkSnapshotName } from '../volume-names.ts';
import { familyOf, imagesAbove, imagesBelow, readFamily, withFamily } from './image-chain.ts';

export interface VolumeChainParts {
  readonly qemuImg: QemuImg;
  readonly group: LvmGroup;
  readonly volumes: GroupVolumes;
  /** Takes a logical volume away for good. */
  readonly drop: (context: WorkContext, logicalVolume: string) => Promise<void>;
}

export class VolumeChain {
  readonly #parts: VolumeChainParts;

  constructor(parts: VolumeChainParts) {
    this.#parts = parts;
  }

  async create(context: WorkContext, disk: NewDisk): Promise<VolumeInfo> {
    requireDiskSize(disk.sizeBytes);
    const { qemuImg, group, volumes } = this.#parts;
    return await volumes.make(
      context,
      disk,
      (name, tags) => this.#allocate(context, name, disk.sizeBytes, tags),
      async (name) => {
        await qemuImg.create(context, group.device(name), 'qcow2', disk.sizeBytes);
        await syncDevice(group.device(name));
      },
    );
  }

  async copy(context: WorkContext, source: Attachment, disk: DiskCopy): Promise<VolumeInfo> {
    const { qemuImg, group, volumes } = this.#parts;
    const sizeBytes = wholeSectors(await qemuImg.virtualSize(context, source));
    requireDiskSize(sizeBytes);
    return await volumes.make(
      context,
      disk,
      (name, tags) => this.#allocate(context, name, sizeBytes, tags),
      async (name) => {
        const file = group.device(name);
        await qemuImg.create(context, file, 'qcow2', sizeBytes);
        const { bytesPerSecond } = disk;
        // An empty image reads as zeros, whatever lies on the device.
        const device = { zeroed: true };
        await qemuImg.convert(context, source, { file, format: 'qcow2', sizeBytes, device, bytesPerSecond });
        await syncDevice(file);
      },
    );
  }

  /** Only while nobody has it open: the image's own size is written into its header. */
  async resize(context: WorkContext, found: FoundVolume, sizeBytes: number): Promise<void> {
    const { qemuImg, group } = this.#parts;
    const { lv } = found;
    requireGrowth(sizeBytes, guestBytes(lv));
    requireClosed(found, 'grow');
    await withFamily(context, this.#parts, found, async (family) => {
      const nowBytes = family.sizes.get(lv.name) ?? 0;
      requireGrowth(sizeBytes, nowBytes);
      // No image can change the size of its clusters: small ones need more room for what is said about them.
      const needed = await this.#needed(context, sizeBytes, family.clusters.get(lv.name));
      if (needed > lv.sizeBytes) await group.extend(context, lv.name, needed);
      if (sizeBytes > nowBytes) await qemuImg.resize(context, group.device(lv.name), 'qcow2', sizeBytes);
      const tag = imageSizeTag(sizeBytes);
      const remove = sizeTagsOf(lv).filter((each) => each !== tag);
      await group.tag(context, lv.name, { add: [tag], remove });
    });
  }

  async attach(context: WorkContext, found: FoundVolume, snapshot: string | undefined): Promise<Attachment> {
    const { group } = this.#parts;
    const name = snapshot === undefined ? found.lv.name : this.#snapshotOf(found, snapshot);
    await group.activate(context, familyOf(found));
    const backing = imagesBelow(group, await readFamily(group, found), name);
    return {
      ...{ kind: 'block', path: group.device(name), format: 'qcow2' },
      ...(backing.length > 0 ? { backing } : {}),
    };
  }

  /** What is there becomes the snapshot, and an empty image on it the volume. */
  async snapshot(context: WorkContext, found: FoundVolume, snapshot: string): Promise<void> {
    const { group, volumes } = this.#parts;
    const { name } = found.lv;
    const keptAs = snapshotVolumeName(group.name, name, snapshot, found.names);
    if (found.snapshots.has(snapshot))
      throw new AppError('already-exists', `the disk has a snapshot '${snapshot}' already`);
    requireClosed(found, 'have snapshots taken');
    const sizeBytes = await this.#sizeOf(context, found, name);
    await volumes.swap(context, name, {
      ...this.#overlay(context, keptAs, sizeBytes),
      keptAs,
    });
  }

  /** An empty image on the snapshot takes the volume's place; later snapshots stay. */
  async rollback(context: WorkContext, found: FoundVolume, snapshot: string): Promise<void> {
    const { volumes } = this.#parts;
    const onto = this.#snapshotOf(found, snapshot);
    requireClosed(found, 'go back to a snapshot');
    // A disk that grew since has the size again that the snapshot has.
    const sizeBytes = await this.#sizeOf(context, found, onto);
    await volumes.swap(context, found.lv.name, this.#overlay(context, onto, sizeBytes));
  }

  /** What stands on it gets what it needs of it, and stands on what is below. Broken off, nothing is lost: it is done again. */
  async removeSnapshot(context: WorkContext, found: FoundVolume, snapshot: string): Promise<void> {
    checkSnapshotName(snapshot);
    if (!found.snapshots.has(snapshot)) return;
    const { group, qemuImg, drop } = this.#parts;
    const name = this.#snapshotOf(found, snapshot);
    requireClosed(found, 'lose a snapshot');
    await withFamily(context, this.#parts, found, async (family) => {
      const under = family.below.get(name);
      const backing =
        under === undefined ? undefined : { name: group.device(under), format: 'qcow2' as const };
      for (const above of imagesAbove(family, name)) {
        context.log(`merging snapshot '${snapshot}' into what stands on it`);
        await qemuImg.rebase(context, group.device(above), backing);
        await syncDevice(group.device(above));
      }
    });
    await drop(context, name);
  }

  /** What a guest sees of one of the family, in bytes. */
  async #sizeOf(context: WorkContext, found: FoundVolume, logicalVolume: string): Promise<number> {
    const { sizes } = await withFamily(context, this.#parts, found, async (family) => family);
    return sizes.get(logicalVolume) ?? 0;
  }

  #overlay(context: WorkContext, onto: string, sizeBytes: number) {
    const { group, qemuImg } = this.#parts;
    return {
      allocate: (name: string, tags: readonly string[]) => this.#allocate(context, name, sizeBytes, tags),
      fill: async (name: string) => {
        const backing = { name: group.device(onto), format: 'qcow2', sizeBytes, unseen: true } as const;
        await qemuImg.createOverlay(context, group.device(name), backing);
        await syncDevice(group.device(name));
      },
    };
  }

  #snapshotOf({ snapshots }: FoundVolume, snapshot: string): string {
    checkSnapshotName(snapshot);
    const found = snapshots.get(snapshot);
    if (!found) throw notFound('snapshot', snapshot);
    return found.name;
  }

  async #allocate(
    context: WorkContext,
    name: string,
    sizeBytes: number,
    tags: readonly string[],
  ): Promise<void> {
    const { group } = this.#parts;
    await group.create(context, name, await this.#needed(context, sizeBytes), [
      ...tags,
      imageSizeTag(sizeBytes),
    ]);
  }

  /** An image that is full must fit: QEMU cannot make its device larger when it writes. */
  async #needed(context: WorkContext, sizeBytes: number, clusterBytes?: number): Promise<number> {
    return wholeSectors(await this.#parts.qemuImg.measure(context, sizeBytes, clusterBytes));
  }
}

/** `wrong-state` while a guest has it open. */
export function requireClosed({ lv, snapshots }: FoundVolume, what: string): void {
  if (![lv, ...snapshots.values()].some(({ open }) => open)) return;
  throw new AppError(
    'wrong-state',
    `a guest has '${lv.name}' open: images on logical volumes can ${what} only while nobody has`,
  );
}
