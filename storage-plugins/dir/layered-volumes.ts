// Trees of containers on a plain file system (format `subvol`): stacks of layers, of which the topmost is written to.
import path from 'node:path';
import { AppError, hasCode, invalidInput, notFound } from '../../server/core/errors.ts';
import { quietContext, type WorkContext } from '../../server/core/work-context.ts';
import { removeEmptyFolder, stemsIn } from '../files/disks.ts';
import { contentFolders, makeFolder } from '../files/layout.ts';
import { checkTreeSize, type FolderVolumes } from '../folders/folder-volumes.ts';
import { copyMerged } from '../folders/merged-copy.ts';
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
import type { Attachment, NewDisk, VolumeClone, VolumeInfo } from '../plugin.ts';
import {
  baseStem,
  diskVolumeName,
  readDiskFileName,
  reassignedStem,
  type VolumeName,
} from '../volume-names.ts';
import {
  foreignReference,
  type LayerRecord,
  layerRecord,
  ownersOf,
  parentOf,
  treePath,
} from './layer-record.ts';
import { holdTree, retireUnusedTrees } from './layer-use.ts';
import { createLayeredStore, type LayeredParts } from './layered-store.ts';
import { addTree, isUntouched, layersOf, overlayOf } from './layered-trees.ts';

/** A volume's layers are at most so many; then it is copied into one. Each costs a look at every name that is not found. */
export const mostLayers = 16;

type Disk = Omit<NewDisk, 'sizeBytes'>;

/** Records change in turn (`inTurn`); copies and removals of trees, which take long, happen between turns. */
export function createLayeredVolumes(parts: LayeredParts): FolderVolumes {
  const { root, exec, limits } = parts;
  const store = createLayeredStore(parts);
  const { turn, load, requireClosed, requireNoClones, removeAll, collect, foldersOf, discard, limit } = store;
  const seconds = () => Math.floor(Date.now() / 1000);
  const fresh = (sizeBytes: number) =>
    ({ version: 1, sizeBytes, createdAt: seconds(), base: false, layers: [], snapshots: [] }) as const;

  /** A new volume that holds a copy of what the layers show. While it is copied the record pins them. */
  const copied = async (
    context: WorkContext,
    disk: Disk,
    sizeBytes: number,
    pin: () => Promise<{ readonly refs: readonly string[]; readonly layers: readonly string[] }>,
  ): Promise<VolumeName> =>
    await makeVolumeFolder(
      root,
      disk,
      async (temporary) => {
        const { record, layers } = await turn(async () => {
          const pinned = await pin();
          const empty = { ...fresh(sizeBytes), ...(await limit(context, temporary, sizeBytes)) };
          await writeRecord(temporary, { ...empty, layers: pinned.refs });
          return { record: empty, layers: pinned.layers };
        });
        const upper = await addTree(temporary, undefined);
        await copyMerged(exec, context, layers, treePath(temporary, upper), path.join(temporary, 'mount'));
        return await turn(async () => {
          await writeRecord(temporary, { ...record, upper });
          return await publishFolder(temporary, disk);
        });
      },
      discard,
    );

  /** Layers of the source as it is, as a snapshot, or as a base; with the references of a clone to them. */
  const sourceOf = async (volume: VolumeName, { snapshot, mode }: VolumeClone) => {
    const { folder, record } = await load(volume);
    let refs: readonly string[];
    if (snapshot !== undefined) refs = layersOf(record, snapshot);
    else if (record.base) refs = record.layers;
    else {
      if (mode === 'linked')
        throw new AppError(
          'wrong-state',
          `volume '${volume.name}' is neither base nor snapshot: only those have linked clones`,
        );
      await requireClosed(volume, { folder, record });
      refs = record.upper === undefined ? record.layers : [record.upper, ...record.layers];
    }
    await touchRecord(folder);
    return {
      sizeBytes: record.sizeBytes,
      layers: refs.map((ref) => treePath(folder, ref)),
      refs: refs.map((ref) => foreignReference(folder, ref)),
    };
  };

  return {
    formats: ['subvol'],

    async describe(volume, found) {
      const folder = found ?? (await locateFolder(root, volume));
      const record = await readRecord(folder, layerRecord);
      if (!record) return undefined;
      const used = record.project === undefined || record.sizeBytes === 0 ? 0 : await limits.used(folder);
      const info: VolumeInfo = {
        name: volume.name,
        content: volume.content,
        format: volume.format,
        sizeBytes: record.sizeBytes,
        usedBytes: used,
        vmid: volume.vmid,
        parent: parentOf(record),
        createdAt: volume.vmid === 0 ? await lastUsedSeconds(folder) : record.createdAt,
      };
      return info;
    },
    async create(context, disk) {
      checkTreeSize(disk.sizeBytes);
      return await makeVolumeFolder(
        root,
        disk,
        async (temporary) =>
          await turn(async () => {
            const project = await limit(context, temporary, disk.sizeBytes);
            const upper = await addTree(temporary, undefined);
            await writeRecord(temporary, { ...fresh(disk.sizeBytes), ...project, upper });
            return await publishFolder(temporary, disk);
          }),
        discard,
      );
    },
    async copy(context, source, disk) {
      const layers = layersOfAttachment(source);
      return await copied(context, disk, 0, async () => ({ refs: [], layers }));
    },
    async remove(context, volume) {
      const gone = await turn(async () => {
        const { folder, record } = await load(volume);
        await requireClosed(volume, { folder, record });
        await requireNoClones(volume, folder);
        const retired = await retireFolder(folder, path.dirname(folder));
        return { retired, record, above: path.dirname(folder) };
      });
      await removeAll(context, [gone.retired]);
      await removeEmptyFolder(gone.above);
      const { project } = gone.record;
      if (project !== undefined) await limits.set(context, project, 0).catch(() => {});
      await collect(context, await foldersOf(ownersOf(gone.record)));
    },
    async resize(context, volume, sizeBytes) {
      checkTreeSize(sizeBytes);
      await turn(async () => {
        const { folder, record } = await load(volume);
        if (record.project !== undefined) {
          if (sizeBytes !== 0 && record.sizeBytes !== 0 && sizeBytes < (await limits.used(folder)))
            throw invalidInput({ size: 'the tree holds more than that already' });
          await limits.set(context, record.project, sizeBytes);
        }
        await writeRecord(folder, { ...record, sizeBytes });
      });
    },
    async snapshot(context, volume, snapshot) {
      const start = await turn(async () => await prepareSnapshot(volume, snapshot));
      if (start.done) return;
      // Too many layers: what they show now becomes one, beside them, and is laid under as the only one.
      const { folder, record } = start;
      const { flat, release } = await turn(async () => {
        const ref = await addTree(folder, undefined);
        return { flat: ref, release: holdTree(treePath(folder, ref)) };
      });
      try {
        const layers = [record.upper, ...record.layers].map((ref) => treePath(folder, ref));
        await copyMerged(
          exec,
          context,
          layers,
          treePath(folder, flat),
          path.join(folder, `mount-${snapshot}`),
        );
        await turn(async () => {
          const upper = await addTree(folder, treePath(folder, flat));
          const { record: now } = await load(volume);
          const taken = { name: snapshot, createdAt: seconds(), layers: [flat] };
          const snapshots = [...now.snapshots, taken];
          await writeRecord(folder, { ...now, upper, layers: [flat], snapshots });
        });
      } finally {
        release();
        await collect(quietContext(), [folder, ...(await foldersOf(ownersOf(record)))]);
      }
    },
    async rollback(context, volume, snapshot) {
      const { folder, record } = await turn(async () => {
        const now = await load(volume);
        if (now.record.base) throw isBase(volume);
        const layers = [...layersOf(now.record, snapshot)];
        await requireClosed(volume, now);
        const upper = await addTree(now.folder, layers[0] && treePath(now.folder, layers[0]));
        await writeRecord(now.folder, { ...now.record, upper, layers });
        return now;
      });
      await collect(context, [folder, ...(await foldersOf(ownersOf(record)))]);
    },
    async removeSnapshot(context, volume, snapshot) {
      const { folder, record } = await turn(async () => {
        const now = await load(volume);
        const snapshots = now.record.snapshots.filter(({ name }) => name !== snapshot);
        if (snapshots.length < now.record.snapshots.length)
          await writeRecord(now.folder, { ...now.record, snapshots });
        return now;
      });
      await removeTree(exec, context, path.join(folder, `scratch-${snapshot}`));
      await collect(context, [folder, ...(await foldersOf(ownersOf(record)))]);
    },
    listSnapshots: async (volume) => (await load(volume)).record.snapshots.map(({ name }) => name),
    async clone(context, volume, clone) {
      const { vmid, name, mode } = clone;
      const disk: Disk = { vmid, name, format: 'subvol' };
      const { sizeBytes, refs } = await turn(async () => await sourceOf(volume, clone));
      if (mode === 'full' || refs.length >= mostLayers) {
        if (mode === 'linked') context.log(`${refs.length} layers are too many to share: copying them`);
        return await copied(context, disk, sizeBytes, async () => await sourceOf(volume, clone));
      }
      return await makeVolumeFolder(
        root,
        disk,
        async (temporary) =>
          await turn(async () => {
            // Looked at once more: it may have been removed since.
            const source = await sourceOf(volume, clone);
            const project = await limit(context, temporary, sizeBytes);
            const upper = await addTree(temporary, source.layers[0]);
            await writeRecord(temporary, { ...fresh(sizeBytes), ...project, upper, layers: source.refs });
            return await publishFolder(temporary, disk);
          }),
        discard,
      );
    },
    async makeBase(_context, volume) {
      const base = diskVolumeName(volume.vmid ?? 0, baseStem(stemOf(volume)), volume.format);
      return await turn(async () => {
        const now = await load(volume).catch((error: unknown) => {
          if (hasCode(error, 'not-found')) return undefined;
          throw error;
        });
        if (!now) {
          // An earlier try has renamed it.
          if ((await load(base)).record.base) return base;
          throw notFound('volume', volume.name);
        }
        const { folder, record } = now;
        await requireClosed(volume, { folder, record });
        if (base.name !== volume.name) await requireNoClones(volume, folder);
        if (!record.base) {
          const { upper, layers, ...rest } = record;
          const all = upper === undefined ? layers : [upper, ...layers];
          await writeRecord(folder, { ...rest, base: true, layers: all });
        }
        if (base.name !== volume.name)
          await renameFolder(folder, path.join(path.dirname(folder), base.fileName));
        return base;
      });
    },
    async reassign(_context, volume, vmid, newName) {
      if (newName !== undefined) diskVolumeName(vmid, newName, volume.format);
      return await turn(async () => {
        const { folder, record } = await load(volume);
        await requireClosed(volume, { folder, record });
        await requireNoClones(volume, folder);
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
    limitsTrees: async (context) => await limits.available(context),
    async attach(_context, volume, snapshot) {
      return await turn(async () => {
        const { folder, record } = await load(volume);
        return await overlayOf(folder, record, snapshot);
      });
    },
    removeFolder: async (context, folder) => await removeTree(exec, context, folder),
    async sweep(context) {
      const all = (await findVolumeFolders(root, ['subvol'], { everybody: true })).map((f) => f.folder);
      const retired = await turn(async () => {
        const found: string[] = [];
        for (const folder of all) found.push(...(await retireUnusedTrees(root, folder)));
        return found;
      });
      await removeAll(context, retired);
      return retired.map((each) => path.basename(each));
    },
  };

  /** Swaps the tree that is written to for a new one; or says that the layers must be copied together first. */
  async function prepareSnapshot(
    volume: VolumeName,
    snapshot: string,
  ): Promise<
    | { readonly done: true }
    | { readonly done: false; readonly folder: string; readonly record: LayerRecord & { upper: string } }
  > {
    const { folder, record } = await load(volume);
    const { upper, layers } = record;
    if (upper === undefined) throw isBase(volume);
    if (record.snapshots.some(({ name }) => name === snapshot))
      throw new AppError('already-exists', `the volume has a snapshot '${snapshot}' already`);
    await requireClosed(volume, { folder, record });
    const tree = treePath(folder, upper);
    const add = (kept: readonly string[]) => [
      ...record.snapshots,
      { name: snapshot, createdAt: seconds(), layers: kept },
    ];
    if (layers[0] !== undefined && (await isUntouched(tree, treePath(folder, layers[0])))) {
      await writeRecord(folder, { ...record, snapshots: add(layers) });
      return { done: true };
    }
    if (layers.length + 1 >= mostLayers) return { done: false, folder, record: { ...record, upper } };
    const frozen = [upper, ...layers];
    const next = await addTree(folder, tree);
    await writeRecord(folder, { ...record, upper: next, layers: frozen, snapshots: add(frozen) });
    return { done: true };
  }
}

function stemOf(volume: VolumeName): string {
  return readDiskFileName(volume.fileName)?.stem ?? '';
}

function isBase(volume: VolumeName): AppError {
  return new AppError('wrong-state', `volume '${volume.name}' is a base: it does not change any more`);
}

function layersOfAttachment(source: Attachment): readonly string[] {
  if (source.kind === 'directory') return [source.path];
  if (source.kind === 'overlay') return [source.upper, ...source.lower];
  throw new AppError('unsupported', 'only trees can be copied into a volume of format subvol');
}
