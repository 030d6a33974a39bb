// Trees of containers on a plain file system (format `subvol`): stacks of layers, of which the topmost is written to.
import path from 'node:path';
import { invalidInput, notFound } from '../../server/core/errors.ts';
import { quietContext, type WorkContext } from '../../server/core/work-context.ts';
import { removeEmptyFolder } from '../files/disks.ts';
import { checkTreeSize, type FolderVolumes } from '../folders/folder-volumes.ts';
import { copyMerged } from '../folders/merged-copy.ts';
import {
  noLinkedClone,
  nowSeconds,
  refuseBase,
  refuseTakenSnapshot,
  treesOf,
} from '../folders/recorded-volumes.ts';
import { findVolumeFolders, makeVolumeFolder, publishFolder, removeTree } from '../folders/volume-folders.ts';
import { touchRecord, writeFirstRecord, writeRecord } from '../folders/volume-record.ts';
import type { NewDisk, VolumeClone } from '../plugin.ts';
import type { VolumeName } from '../volume-names.ts';
import { foreignReference, type LayerRecord, ownersOf, treePath } from './layer-record.ts';
import { holdTree, retireUnusedTrees } from './layer-use.ts';
import { createLayeredStore, type LayeredParts } from './layered-store.ts';
import { addTree, beginTree, foldersOfTree, isUntouched, layersOf, overlayOf } from './layered-trees.ts';

/** A volume's layers are at most so many; then it is copied into one. Each costs a look at every name that is not found. */
export const mostLayers = 16;

type Disk = Omit<NewDisk, 'sizeBytes'>;

/** Records change in turn (`inTurn`); copies and removals of trees, which take long, happen between turns. */
export function createLayeredVolumes(parts: LayeredParts): FolderVolumes {
  const { root, exec, limits } = parts;
  const store = createLayeredStore(parts);
  const { turn, load, changing, requireClosed, removeAll, collect, foldersOf, discard, limit } = store;
  const fresh = (sizeBytes: number) =>
    ({ version: 1, sizeBytes, createdAt: nowSeconds(), base: false, layers: [], snapshots: [] }) as const;

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
      if (mode === 'linked') throw noLinkedClone(volume);
      await requireClosed(volume, { folder, record });
      refs = record.upper === undefined ? record.layers : [record.upper, ...record.layers];
    }
    return {
      folder,
      sizeBytes: record.sizeBytes,
      layers: refs.map((ref) => treePath(folder, ref)),
      refs: refs.map((ref) => foreignReference(folder, ref)),
    };
  };
  /** Makes a volume with an empty tree over the layers that `pin` names. In turn: nobody removes those meanwhile. */
  const stacked = async (
    context: WorkContext,
    disk: Disk,
    sizeBytes: number,
    pin: () => Promise<{ readonly refs: readonly string[]; readonly layers: readonly string[] }>,
  ): Promise<VolumeName> =>
    await makeVolumeFolder(
      root,
      disk,
      async (temporary) =>
        await turn(async () => {
          const { refs, layers } = await pin();
          const project = await limit(context, temporary, sizeBytes);
          const upper = await beginTree(temporary, layers[0]);
          const record = { ...fresh(sizeBytes), ...project, upper, layers: refs };
          await writeFirstRecord(temporary, record, foldersOfTree(temporary, upper));
          return await publishFolder(temporary, disk);
        }),
      discard,
    );

  return {
    formats: ['subvol'],

    describe: store.describe,
    listSnapshots: store.listSnapshots,
    makeBase: store.makeBase,
    reassign: store.reassign,
    async create(context, disk) {
      checkTreeSize(disk.sizeBytes);
      return await stacked(context, disk, disk.sizeBytes, async () => ({ refs: [], layers: [] }));
    },
    async copy(context, source, disk) {
      const layers = treesOf(source);
      return await copied(context, disk, 0, async () => ({ refs: [], layers }));
    },
    async remove(context, volume) {
      const gone = await store.retire(volume);
      await removeAll(context, [gone.retired]);
      await removeEmptyFolder(gone.above);
      const { project } = gone.record;
      if (project !== undefined) await limits.set(context, project, 0).catch(() => {});
      await collect(context, await foldersOf(ownersOf(gone.record)));
    },
    async resize(context, volume, sizeBytes) {
      checkTreeSize(sizeBytes);
      await changing(volume, async ({ folder, record }) => {
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
          const taken = { name: snapshot, createdAt: nowSeconds(), layers: [flat] };
          const snapshots = [...now.snapshots, taken];
          await writeRecord(folder, { ...now, upper, layers: [flat], snapshots });
        });
      } finally {
        release();
        await collect(quietContext(), [folder, ...(await foldersOf(ownersOf(record)))]);
      }
    },
    async rollback(context, volume, snapshot) {
      const { folder, record } = await changing(volume, async (now) => {
        refuseBase(volume, now.record);
        const layers = [...layersOf(now.record, snapshot)];
        await requireClosed(volume, now);
        const upper = await addTree(now.folder, layers[0] && treePath(now.folder, layers[0]));
        await writeRecord(now.folder, { ...now.record, upper, layers });
        return now;
      });
      await collect(context, [folder, ...(await foldersOf(ownersOf(record)))]);
    },
    async removeSnapshot(context, volume, snapshot) {
      const { folder, record } = await changing(volume, async (now) => {
        await store.withoutSnapshot(now, snapshot);
        return now;
      });
      await removeTree(exec, context, path.join(folder, `scratch-${snapshot}`));
      await collect(context, [folder, ...(await foldersOf(ownersOf(record)))]);
    },
    async clone(context, volume, clone) {
      const { vmid, name, mode } = clone;
      const disk: Disk = { vmid, name, format: 'subvol' };
      const source = await turn(async () => {
        const found = await sourceOf(volume, clone);
        await touchRecord(found.folder);
        return found;
      });
      const sizeBytes = clone.sizeBytes ?? source.sizeBytes;
      checkTreeSize(sizeBytes);
      // Looked at once more in turn with the clone's record: it may have been removed since.
      const pin = async () => await sourceOf(volume, clone);
      if (mode === 'linked' && source.refs.length < mostLayers)
        return await stacked(context, disk, sizeBytes, pin);
      if (mode === 'linked') context.log(`${source.refs.length} layers are too many to share: copying them`);
      return await copied(context, disk, sizeBytes, pin);
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
    refuseBase(volume, record);
    if (upper === undefined) throw notFound('volume', volume.name);
    refuseTakenSnapshot(record, snapshot);
    await requireClosed(volume, { folder, record });
    const tree = treePath(folder, upper);
    const add = (kept: readonly string[]) => [
      ...record.snapshots,
      { name: snapshot, createdAt: nowSeconds(), layers: kept },
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
