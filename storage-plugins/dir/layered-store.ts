// What all calls on layered volumes stand on: records read in turn, the rules about open volumes and clones, and the removal of trees.
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { quietContext, type WorkContext } from '../../server/core/work-context.ts';
import { isOpen, type ReadMounts } from '../folders/open-mounts.ts';
import { createRecordedVolumes, type Loaded, type RecordedVolumes } from '../folders/recorded-volumes.ts';
import { locateFolder, removeTree } from '../folders/volume-folders.ts';
import { readVolumeName, type VolumeName } from '../volume-names.ts';
import { type LayerRecord, layerRecord, parentOf, treePath } from './layer-record.ts';
import { dependents, projectsInUse, retireUnusedTrees } from './layer-use.ts';
import type { TreeLimits } from './project-quota.ts';

export interface LayeredParts {
  /** Absolute path of the storage's folder. */
  readonly root: string;
  readonly exec: Exec;
  readonly readMounts: ReadMounts;
  readonly limits: TreeLimits;
}

export interface LayeredStore extends RecordedVolumes<LayerRecord> {
  /** `wrong-state` while an overlay writes to it. */
  requireClosed(volume: VolumeName, loaded: Loaded<LayerRecord>): Promise<void>;
  /** Removes what was retired; what a cancelled removal leaves is the next sweep's. */
  removeAll(context: WorkContext, retired: readonly string[]): Promise<void>;
  /** Removes trees that nobody needs any more from these volumes. */
  collect(context: WorkContext, folders: readonly string[]): Promise<void>;
  /** Folders of volumes by name; those that are gone are left out. */
  foldersOf(names: readonly string[]): Promise<string[]>;
  /** Removes a folder in the making, also after its work was cancelled. */
  discard(temporary: string): Promise<void>;
  /** Gives a folder in the making, still empty, its project and limit. In turn with writing its record. */
  limit(context: WorkContext, folder: string, sizeBytes: number): Promise<{ readonly project?: number }>;
}

export function createLayeredStore({ root, exec, readMounts, limits }: LayeredParts): LayeredStore {
  const requireClosed: LayeredStore['requireClosed'] = async (volume, { folder, record }) => {
    if (record.upper !== undefined && (await isOpen(readMounts, treePath(folder, record.upper))))
      throw new AppError('wrong-state', `volume '${volume.name}' is mounted: stop what uses it first`);
  };
  const volumes = createRecordedVolumes<LayerRecord>({
    root,
    schema: layerRecord,
    requireClosed,
    async requireNoClones(volume, folder) {
      const holders = await dependents(root, folder);
      if (holders.length > 0)
        throw new AppError('busy', `volume '${volume.name}' has clones: ${holders.join(', ')}`, {
          data: { holders },
        });
    },
    facts: async (_volume, { folder, record }) => ({
      usedBytes: record.project === undefined || record.sizeBytes === 0 ? 0 : await limits.used(folder),
      parent: parentOf(record),
    }),
    async freeze(_context, { record }) {
      const { upper, layers, ...rest } = record;
      return { ...rest, base: true, layers: upper === undefined ? layers : [upper, ...layers] };
    },
  });
  const { turn } = volumes;
  /** Removes what was retired; what a cancelled removal leaves is the next sweep's. */
  const removeAll = async (context: WorkContext, retired: readonly string[]): Promise<void> => {
    for (const each of retired) await removeTree(exec, context, each);
  };
  /** Trees that a change has made needless, in the volume itself and in those that it shares layers of. */
  const collect = async (context: WorkContext, folders: readonly string[]): Promise<void> => {
    const retired = await turn(async () => {
      const found: string[] = [];
      for (const folder of folders) found.push(...(await retireUnusedTrees(root, folder)));
      return found;
    });
    await removeAll(context, retired);
  };
  const foldersOf = async (names: readonly string[]): Promise<string[]> => {
    const found: string[] = [];
    for (const name of names) {
      const folder = await locateFolder(root, readVolumeName(name)).catch(() => undefined);
      if (folder !== undefined) found.push(folder);
    }
    return found;
  };
  const discard = async (temporary: string) => await removeTree(exec, quietContext(), temporary);

  /** Gives a folder in the making its project and limit. */
  const limit = async (context: WorkContext, folder: string, sizeBytes: number) => {
    if (!(await limits.available(context))) return {};
    const project = limits.pick(await projectsInUse(root));
    await limits.begin(context, folder, project);
    await limits.set(context, project, sizeBytes);
    return { project };
  };
  return { ...volumes, requireClosed, removeAll, collect, foldersOf, discard, limit };
}
