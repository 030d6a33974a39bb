// Volumes as btrfs subvolumes: trees of containers (`subvol`) and raw images, each in a subvolume of its own.

import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError, invalidInput, notFound } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { quietContext, type WorkContext } from '../../server/core/work-context.ts';
import { growDiskFile, removeEmptyFolder, syncFile } from '../files/disks.ts';
import { inspectImage } from '../files/image-safety.ts';
import type { QemuImg } from '../files/qemu-img.ts';
import { hasErrno } from '../files/system-errors.ts';
import { checkTreeSize, type FolderVolumes } from '../folders/folder-volumes.ts';
import { copyMerged } from '../folders/merged-copy.ts';
import { type ReadMounts, readMountInfo } from '../folders/open-mounts.ts';
import {
  createRecordedVolumes,
  type Loaded,
  noLinkedClone,
  nowSeconds,
  refuseBase,
  refuseTakenSnapshot,
  treesOf,
} from '../folders/recorded-volumes.ts';
import { findVolumeFolders, makeVolumeFolder, publishFolder, removeTree } from '../folders/volume-folders.ts';
import {
  allEnded,
  readRecord,
  touchRecord,
  writeFirstRecord,
  writeRecord,
} from '../folders/volume-record.ts';
import type { NewDisk, VolumeClone } from '../plugin.ts';
import type { VolumeName } from '../volume-names.ts';
import type { BtrfsCommands } from './btrfs-commands.ts';
import { createBtrfsLimits } from './tree-limits.ts';

export interface BtrfsVolumesParts {
  readonly root: string;
  readonly exec: Exec;
  readonly commands: BtrfsCommands;
  readonly qemuImg: QemuImg;
  readonly readMounts: ReadMounts;
  /** Raw images are written in place (option `nocow`). */
  readonly nocow: boolean;
}

/** A subvolume in the volume's folder. */
const tree = z.string().regex(/^[0-9a-f]{16}$/);
const btrfsRecord = z.object({
  version: z.literal(1),
  /** Of a tree, as declared; an image tells its own. */
  sizeBytes: z.int().min(0),
  createdAt: z.int(),
  base: z.boolean(),
  /** Bytes that the tree of a base counts against a limit: they do not change any more. */
  holds: z.int().min(0).optional(),
  current: tree,
  snapshots: z.array(z.object({ name: z.string(), createdAt: z.int(), tree })),
});
type BtrfsRecord = z.infer<typeof btrfsRecord>;
type Disk = Omit<NewDisk, 'sizeBytes'>;

const imageFile = 'disk.raw';

/** Clones share blocks with their source but depend on nothing: linked and full ones are the same here. */
export function createBtrfsVolumes(parts: BtrfsVolumesParts): FolderVolumes {
  const { root, exec, commands, qemuImg, readMounts, nocow } = parts;
  const treePath = (folder: string, id: string) => path.join(folder, 'trees', id);

  /** The ids of subvolumes are random: a mount of one is recognised by its name. */
  const requireClosed = async (volume: VolumeName, { record }: Loaded<BtrfsRecord>): Promise<void> => {
    const mounts = readMountInfo(await readMounts());
    if (mounts.some((mount) => `${mount.root}/`.includes(`/trees/${record.current}/`)))
      throw new AppError('wrong-state', `volume '${volume.name}' is mounted: stop what uses it first`);
  };
  const limits = createBtrfsLimits(commands, root);
  const limit = async (
    context: WorkContext,
    subvolume: string,
    volume: Pick<Disk, 'format'>,
    sizeBytes: number,
  ) => {
    if (volume.format === 'subvol' && sizeBytes !== 0) await limits.set(context, subvolume, sizeBytes);
  };
  const requireFits = (sizeBytes: number, usedBytes: number) => {
    if (sizeBytes !== 0 && sizeBytes < usedBytes)
      throw invalidInput({ size: 'the tree holds more than that already' });
  };
  const volumes = createRecordedVolumes<BtrfsRecord>({
    root,
    schema: btrfsRecord,
    requireClosed,
    // Clones depend on nothing.
    requireNoClones: async () => {},
    async facts(volume, { folder, record }) {
      if (volume.format !== 'raw') return {};
      const image = await lstat(path.join(treePath(folder, record.current), imageFile));
      return { sizeBytes: image.size, usedBytes: image.blocks * 512 };
    },
    async freeze(context, { folder, record }) {
      const at = treePath(folder, record.current);
      await commands.setReadOnly(context, at);
      return { ...record, base: true, holds: await limits.used(context, at) };
    },
  });
  const { turn, load, changing } = volumes;
  /** Removes a folder of subvolumes; each is checked to be a folder, no link. */
  const removeFolder = async (context: WorkContext, folder: string): Promise<void> => {
    for (const id of await namesIn(path.join(folder, 'trees'))) {
      const subvolume = treePath(folder, id);
      if ((await lstat(subvolume)).isDirectory()) await commands.remove(context, subvolume);
    }
    await removeTree(exec, context, folder);
  };
  /** Subvolumes that the record does not name: of snapshots removed, of rollbacks, of calls that were interrupted. */
  const collect = async (context: WorkContext, folder: string): Promise<string[]> => {
    const record = await readRecord(folder, btrfsRecord);
    if (!record) return [];
    const needed = new Set([record.current, ...record.snapshots.map((snapshot) => snapshot.tree)]);
    const unused = (await namesIn(path.join(folder, 'trees'))).filter((id) => !needed.has(id));
    for (const id of unused) await commands.remove(context, treePath(folder, id));
    return unused;
  };
  const newTree = async (folder: string): Promise<{ id: string; at: string }> => {
    const id = randomBytes(8).toString('hex');
    await mkdir(path.join(folder, 'trees'), { recursive: true, mode: 0o755 });
    return { id, at: treePath(folder, id) };
  };

  /** Makes a volume: `fill` makes the subvolume at a path. */
  const make = async (
    context: WorkContext,
    disk: Disk,
    sizeBytes: number,
    fill: (subvolume: string) => Promise<void>,
  ): Promise<VolumeName> =>
    await makeVolumeFolder(
      root,
      disk,
      async (temporary) => {
        // Images are opened by QEMU, which is not root; trees are nobody's but root's.
        if (disk.format === 'raw') await chmod(temporary, 0o755);
        const { id, at } = await newTree(temporary);
        const times = { version: 1, sizeBytes, createdAt: nowSeconds() } as const;
        const record: BtrfsRecord = { ...times, base: false, current: id, snapshots: [] };
        // Nobody sees the folder yet: the disk takes the record while the subvolume is made.
        const recorded = writeFirstRecord(temporary, record, [path.dirname(at)]);
        await allEnded([fill(at), recorded]);
        await limit(context, at, disk, sizeBytes);
        return await turn(async () => await publishFolder(temporary, disk));
      },
      async (temporary) => await removeFolder(quietContext(), temporary),
    );
  const createImageTree = async (context: WorkContext, subvolume: string): Promise<string> => {
    await commands.create(context, subvolume);
    if (nocow) await commands.writeInPlace(context, subvolume);
    return path.join(subvolume, imageFile);
  };
  return {
    formats: ['subvol', 'raw'],

    describe: volumes.describe,
    listSnapshots: volumes.listSnapshots,
    makeBase: volumes.makeBase,
    reassign: volumes.reassign,
    async create(context, disk) {
      if (disk.format === 'subvol') {
        checkTreeSize(disk.sizeBytes);
        return await make(context, disk, disk.sizeBytes, async (at) => await commands.create(context, at));
      }
      if (!Number.isSafeInteger(disk.sizeBytes) || disk.sizeBytes <= 0 || disk.sizeBytes % 512 !== 0)
        throw invalidInput({ size: 'a disk has a size of whole sectors of 512 bytes, more than none' });
      return await make(context, disk, 0, async (at) => {
        const handle = await open(await createImageTree(context, at), 'wx', 0o640);
        try {
          await handle.truncate(disk.sizeBytes);
          await handle.sync();
        } finally {
          await handle.close();
        }
      });
    },
    async copy(context, source, disk) {
      if (disk.format === 'subvol') {
        const layers = treesOf(source);
        return await make(context, disk, 0, async (at) => {
          await commands.create(context, at);
          await copyMerged(exec, context, layers, at, path.join(path.dirname(path.dirname(at)), 'mount'));
        });
      }
      if (source.kind === 'file' && !source.foreign)
        await inspectImage(source.path, source.format, source.backing !== undefined);
      return await make(context, disk, 0, async (at) => {
        const image = await createImageTree(context, at);
        const { bytesPerSecond } = disk;
        await qemuImg.convert(context, source, { file: image, format: 'raw', bytesPerSecond });
        await chmod(image, 0o640);
        await syncFile(image);
      });
    },
    async remove(context, volume) {
      const { retired, above } = await volumes.retire(volume);
      await removeFolder(context, retired);
      await removeEmptyFolder(above);
    },
    async resize(context, volume, sizeBytes) {
      if (volume.format === 'raw') {
        const { folder, record } = await load(volume);
        const file = path.join(treePath(folder, record.current), imageFile);
        return await growDiskFile(context, qemuImg, file, 'raw', sizeBytes);
      }
      checkTreeSize(sizeBytes);
      await changing(volume, async ({ folder, record }) => {
        const at = treePath(folder, record.current);
        // What grows fits.
        const grows = sizeBytes === 0 || (record.sizeBytes !== 0 && sizeBytes >= record.sizeBytes);
        if (!grows) requireFits(sizeBytes, await limits.used(context, at));
        await limits.set(context, at, sizeBytes);
        if (sizeBytes !== record.sizeBytes) await writeRecord(folder, { ...record, sizeBytes });
      });
    },
    async snapshot(context, volume, snapshot) {
      await changing(volume, async ({ folder, record }) => {
        refuseBase(volume, record);
        refuseTakenSnapshot(record, snapshot);
        const { id, at } = await newTree(folder);
        await commands.snapshot(context, treePath(folder, record.current), at, true);
        const snapshots = [...record.snapshots, { name: snapshot, createdAt: nowSeconds(), tree: id }];
        await writeRecord(folder, { ...record, snapshots });
      });
    },
    async rollback(context, volume, snapshot) {
      await changing(volume, async (loaded) => {
        const { folder, record } = loaded;
        const source = snapshotOf(record, snapshot);
        refuseBase(volume, record);
        await requireClosed(volume, loaded);
        const { id, at } = await newTree(folder);
        await commands.snapshot(context, treePath(folder, source), at, false);
        await limit(context, at, volume, record.sizeBytes);
        await writeRecord(folder, { ...record, current: id });
        await collect(context, folder);
      });
    },
    async removeSnapshot(context, volume, snapshot) {
      await changing(volume, async (loaded) => {
        await volumes.withoutSnapshot(loaded, snapshot);
        await collect(context, loaded.folder);
      });
    },
    async clone(context, volume, clone: VolumeClone) {
      const { folder, record } = await load(volume);
      if (clone.mode === 'linked' && clone.snapshot === undefined && !record.base)
        throw noLinkedClone(volume);
      const id = clone.snapshot === undefined ? record.current : snapshotOf(record, clone.snapshot);
      const source = treePath(folder, id);
      const disk = { vmid: clone.vmid, name: clone.name, format: volume.format };
      const sizeBytes = volume.format === 'subvol' ? (clone.sizeBytes ?? record.sizeBytes) : record.sizeBytes;
      checkTreeSize(sizeBytes);
      if (sizeBytes !== record.sizeBytes) {
        const known = record.base && id === record.current ? record.holds : undefined;
        requireFits(sizeBytes, known ?? (await limits.used(context, source)));
      }
      await touchRecord(folder);
      const fill = async (at: string) => await commands.snapshot(context, source, at, false);
      return await make(context, disk, sizeBytes, fill);
    },
    limitsTrees: limits.available,
    async attach(_context, volume, snapshot) {
      const { folder, record } = await load(volume);
      const at = treePath(folder, snapshot === undefined ? record.current : snapshotOf(record, snapshot));
      const found = await lstat(at).catch(() => undefined);
      if (!found?.isDirectory())
        throw new AppError('unavailable', 'the volume is missing on its storage', { detail: at });
      if (volume.format === 'subvol') return { kind: 'directory', path: at };
      return { kind: 'file', path: path.join(at, imageFile), format: 'raw' };
    },
    removeFolder,
    async sweep(context) {
      const removed: string[] = [];
      const all = await findVolumeFolders(root, ['subvol', 'raw'], { everybody: true });
      for (const { folder } of all) removed.push(...(await turn(async () => await collect(context, folder))));
      return removed;
    },
  };
}

function snapshotOf(record: BtrfsRecord, snapshot: string): string {
  const found = record.snapshots.find(({ name }) => name === snapshot);
  if (!found) throw notFound('snapshot', snapshot);
  return found.tree;
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: unknown) => {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  });
}
