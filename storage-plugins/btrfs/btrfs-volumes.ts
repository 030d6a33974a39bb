// Volumes as btrfs subvolumes: trees of containers (`subvol`) and raw images, each in a subvolume of its own.

import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError, hasCode, invalidInput, notFound } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { quietContext, type WorkContext } from '../../server/core/work-context.ts';
import { growDiskFile, removeEmptyFolder, stemsIn, syncFile } from '../files/disks.ts';
import { inspectImage } from '../files/image-safety.ts';
import { contentFolders, makeFolder } from '../files/layout.ts';
import type { QemuImg } from '../files/qemu-img.ts';
import { hasErrno } from '../files/system-errors.ts';
import { checkTreeSize, type FolderVolumes } from '../folders/folder-volumes.ts';
import { inTurn } from '../folders/in-turn.ts';
import { copyMerged } from '../folders/merged-copy.ts';
import { type ReadMounts, readMountInfo } from '../folders/open-mounts.ts';
import {
  findVolumeFolders,
  locateFolder,
  makeVolumeFolder,
  publishFolder,
  removeTree,
  renameFolder,
  retireFolder,
} from '../folders/volume-folders.ts';
import { lastUsedSeconds, readRecord, touchRecord, writeRecord } from '../folders/volume-record.ts';
import type { Attachment, NewDisk, VolumeClone } from '../plugin.ts';
import {
  baseStem,
  diskVolumeName,
  isBaseName,
  readDiskFileName,
  reassignedStem,
  type VolumeName,
} from '../volume-names.ts';
import type { BtrfsCommands } from './btrfs-commands.ts';

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
  current: tree,
  snapshots: z.array(z.object({ name: z.string(), createdAt: z.int(), tree })),
});
type BtrfsRecord = z.infer<typeof btrfsRecord>;
type Disk = Omit<NewDisk, 'sizeBytes'>;

const imageFile = 'disk.raw';

/** Clones share blocks with their source but depend on nothing: linked and full ones are the same here. */
export function createBtrfsVolumes(parts: BtrfsVolumesParts): FolderVolumes {
  const { root, exec, commands, qemuImg, readMounts, nocow } = parts;
  const turn = <T>(work: () => Promise<T>) => inTurn(root, work);
  const seconds = () => Math.floor(Date.now() / 1000);
  const treePath = (folder: string, id: string) => path.join(folder, 'trees', id);

  const load = async (volume: VolumeName): Promise<{ folder: string; record: BtrfsRecord }> => {
    const folder = await locateFolder(root, volume);
    const record = await readRecord(folder, btrfsRecord);
    if (!record) throw notFound('volume', volume.name);
    return { folder, record };
  };
  /** The ids of subvolumes are random: a mount of one is recognised by its name. */
  const requireClosed = async (volume: VolumeName, record: BtrfsRecord): Promise<void> => {
    const mounts = readMountInfo(await readMounts());
    if (mounts.some((mount) => `${mount.root}/`.includes(`/trees/${record.current}/`)))
      throw new AppError('wrong-state', `volume '${volume.name}' is mounted: stop what uses it first`);
  };
  const limit = async (
    context: WorkContext,
    subvolume: string,
    volume: Pick<Disk, 'format'>,
    sizeBytes: number,
  ) => {
    if (volume.format !== 'subvol' || sizeBytes === 0 || !(await commands.hasQuotas(context, root))) return;
    await commands.limit(context, subvolume, sizeBytes);
  };
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
        await fill(at);
        await limit(context, at, disk, sizeBytes);
        const times = { version: 1, sizeBytes, createdAt: seconds() } as const;
        await writeRecord(temporary, { ...times, base: false, current: id, snapshots: [] });
        return await turn(async () => await publishFolder(temporary, disk));
      },
      async (temporary) => await removeFolder(quietContext(), temporary),
    );
  const createImageTree = async (context: WorkContext, subvolume: string): Promise<string> => {
    await commands.create(context, subvolume);
    if (nocow) await commands.writeInPlace(context, subvolume);
    return path.join(subvolume, imageFile);
  };
  const changing = async <T>(
    volume: VolumeName,
    work: (folder: string, record: BtrfsRecord) => Promise<T>,
  ): Promise<T> =>
    await turn(async () => {
      const { folder, record } = await load(volume);
      return await work(folder, record);
    });

  return {
    formats: ['subvol', 'raw'],

    async describe(volume, found) {
      const folder = found ?? (await locateFolder(root, volume));
      const record = await readRecord(folder, btrfsRecord);
      if (!record) return undefined;
      const image =
        volume.format === 'raw'
          ? await lstat(path.join(treePath(folder, record.current), imageFile))
          : undefined;
      return {
        name: volume.name,
        content: volume.content,
        format: volume.format,
        sizeBytes: image ? image.size : record.sizeBytes,
        usedBytes: image ? image.blocks * 512 : 0,
        vmid: volume.vmid,
        parent: undefined,
        createdAt: volume.vmid === 0 ? await lastUsedSeconds(folder) : record.createdAt,
      };
    },
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
        const layers = layersOf(source);
        return await make(context, disk, 0, async (at) => {
          await commands.create(context, at);
          await copyMerged(exec, context, layers, at, path.join(path.dirname(path.dirname(at)), 'mount'));
        });
      }
      if (source.kind === 'file') await inspectImage(source.path, source.format);
      return await make(context, disk, 0, async (at) => {
        const image = await createImageTree(context, at);
        await qemuImg.convert(context, source, image, 'raw');
        await chmod(image, 0o640);
        await syncFile(image);
      });
    },
    async remove(context, volume) {
      const { retired, above } = await changing(volume, async (folder, record) => {
        await requireClosed(volume, record);
        const parent = path.dirname(folder);
        return { retired: await retireFolder(folder, parent), above: parent };
      });
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
      await changing(volume, async (folder, record) => {
        const at = treePath(folder, record.current);
        if (await commands.hasQuotas(context, root)) {
          if (sizeBytes !== 0 && sizeBytes < (await commands.used(context, at)))
            throw invalidInput({ size: 'the tree holds more than that already' });
          await commands.limit(context, at, sizeBytes);
        }
        await writeRecord(folder, { ...record, sizeBytes });
      });
    },
    async snapshot(context, volume, snapshot) {
      await changing(volume, async (folder, record) => {
        if (record.base) throw isBase(volume);
        if (record.snapshots.some(({ name }) => name === snapshot))
          throw new AppError('already-exists', `the volume has a snapshot '${snapshot}' already`);
        const { id, at } = await newTree(folder);
        await commands.snapshot(context, treePath(folder, record.current), at, true);
        const snapshots = [...record.snapshots, { name: snapshot, createdAt: seconds(), tree: id }];
        await writeRecord(folder, { ...record, snapshots });
      });
    },
    async rollback(context, volume, snapshot) {
      await changing(volume, async (folder, record) => {
        const source = snapshotOf(record, snapshot);
        if (record.base) throw isBase(volume);
        await requireClosed(volume, record);
        const { id, at } = await newTree(folder);
        await commands.snapshot(context, treePath(folder, source), at, false);
        await limit(context, at, volume, record.sizeBytes);
        await writeRecord(folder, { ...record, current: id });
        await collect(context, folder);
      });
    },
    async removeSnapshot(context, volume, snapshot) {
      await changing(volume, async (folder, record) => {
        const snapshots = record.snapshots.filter(({ name }) => name !== snapshot);
        if (snapshots.length < record.snapshots.length) await writeRecord(folder, { ...record, snapshots });
        await collect(context, folder);
      });
    },
    listSnapshots: async (volume) => (await load(volume)).record.snapshots.map(({ name }) => name),
    async clone(context, volume, clone: VolumeClone) {
      const { folder, record } = await load(volume);
      if (clone.mode === 'linked' && clone.snapshot === undefined && !record.base)
        throw new AppError(
          'wrong-state',
          `volume '${volume.name}' is neither base nor snapshot: only those have linked clones`,
        );
      const source = clone.snapshot === undefined ? record.current : snapshotOf(record, clone.snapshot);
      const disk = { vmid: clone.vmid, name: clone.name, format: volume.format };
      await touchRecord(folder);
      return await make(
        context,
        disk,
        record.sizeBytes,
        async (at) => await commands.snapshot(context, treePath(folder, source), at, false),
      );
    },
    async makeBase(context, volume) {
      const base = diskVolumeName(volume.vmid ?? 0, baseStem(stemOf(volume)), volume.format);
      return await turn(async () => {
        const now = await load(volume).catch((error: unknown) => {
          if (hasCode(error, 'not-found')) return undefined;
          throw error;
        });
        if (!now) {
          // An earlier try has renamed it.
          if (!isBaseName(volume) && (await load(base)).record.base) return base;
          throw notFound('volume', volume.name);
        }
        const { folder, record } = now;
        await requireClosed(volume, record);
        await commands.setReadOnly(context, treePath(folder, record.current));
        if (!record.base) await writeRecord(folder, { ...record, base: true });
        if (base.name !== volume.name)
          await renameFolder(folder, path.join(path.dirname(folder), base.fileName));
        return base;
      });
    },
    async reassign(_context, volume, vmid, newName) {
      if (newName !== undefined) diskVolumeName(vmid, newName, volume.format);
      return await changing(volume, async (folder, record) => {
        await requireClosed(volume, record);
        const above = await makeFolder(root, `${contentFolders.images}/${vmid}`);
        try {
          const stem = reassignedStem(volume, vmid, newName, await stemsIn(above));
          const renamed = diskVolumeName(vmid, stem, volume.format);
          await renameFolder(folder, path.join(above, renamed.fileName));
          await removeEmptyFolder(path.dirname(folder));
          return renamed;
        } finally {
          await removeEmptyFolder(above);
        }
      });
    },
    limitsTrees: async (context) => await commands.hasQuotas(context, root),
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

function stemOf(volume: VolumeName): string {
  return readDiskFileName(volume.fileName)?.stem ?? '';
}

function isBase(volume: VolumeName): AppError {
  return new AppError('wrong-state', `volume '${volume.name}' is a base: it does not change any more`);
}

function layersOf(source: Attachment): readonly string[] {
  if (source.kind === 'directory') return [source.path];
  if (source.kind === 'overlay') return [source.upper, ...source.lower];
  throw new AppError('unsupported', 'only trees can be copied into a volume of format subvol');
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: unknown) => {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  });
}
