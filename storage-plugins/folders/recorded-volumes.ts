// What volumes that are folders with a record have in common, whatever lies beside the record: looks, bases, new owners, the way out.
import path from 'node:path';
import type { z } from 'zod';
import { AppError, hasCode, notFound } from '../../server/core/errors.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { removeEmptyFolder, stemsIn } from '../files/disks.ts';
import { contentFolders, makeFolder } from '../files/layout.ts';
import type { Attachment, VolumeInfo } from '../plugin.ts';
import {
  baseStem,
  diskVolumeName,
  readDiskFileName,
  reassignedStem,
  type VolumeName,
} from '../volume-names.ts';
import type { FolderVolumes } from './folder-volumes.ts';
import { inTurn } from './in-turn.ts';
import { locateFolder, renameFolder, retireFolder } from './volume-folders.ts';
import { lastUsedSeconds, readRecord, writeRecord } from './volume-record.ts';

/** What every record says. */
export interface CommonRecord {
  readonly sizeBytes: number;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  /** Nothing writes into it any more. */
  readonly base: boolean;
  readonly snapshots: readonly { readonly name: string }[];
}

export interface Loaded<R> {
  readonly folder: string;
  readonly record: R;
}

export interface RecordedParts<R extends CommonRecord> {
  readonly root: string;
  readonly schema: z.ZodType<R>;
  /** `wrong-state` while something has it open. */
  requireClosed(volume: VolumeName, loaded: Loaded<R>): Promise<void>;
  /** `busy` while others need what is in its folder. */
  requireNoClones(volume: VolumeName, folder: string): Promise<void>;
  /** Of what the record alone does not tell. */
  facts(volume: VolumeName, loaded: Loaded<R>): Promise<Partial<VolumeInfo>>;
  /** Makes what is in the folder read-only, and answers the record of a base. Repeatable. */
  freeze(context: WorkContext, loaded: Loaded<R>): Promise<R>;
}

export interface RecordedVolumes<R extends CommonRecord>
  extends Pick<FolderVolumes, 'describe' | 'listSnapshots' | 'makeBase' | 'reassign'> {
  /** One change of records after the other; nothing that takes long. */
  turn<T>(work: () => Promise<T>): Promise<T>;
  /** `not-found`, also for a folder without record: it is not ours. */
  load(volume: VolumeName): Promise<Loaded<R>>;
  /** Works with a loaded volume, in turn. */
  changing<T>(volume: VolumeName, work: (loaded: Loaded<R>) => Promise<T>): Promise<T>;
  /** Takes a volume out of sight. What is retired is still to be removed, then the folder `above`, when it is empty. */
  retire(
    volume: VolumeName,
  ): Promise<{ readonly retired: string; readonly above: string; readonly record: R }>;
  /** The record without the snapshot, written; as it was when there is none. In turn. */
  withoutSnapshot(loaded: Loaded<R>, snapshot: string): Promise<void>;
}

export function createRecordedVolumes<R extends CommonRecord>(parts: RecordedParts<R>): RecordedVolumes<R> {
  const { root, schema, requireClosed, requireNoClones } = parts;
  const turn = <T>(work: () => Promise<T>) => inTurn(root, work);
  const load = async (volume: VolumeName): Promise<Loaded<R>> => {
    const folder = await locateFolder(root, volume);
    const record = await readRecord(folder, schema);
    if (!record) throw notFound('volume', volume.name);
    return { folder, record };
  };
  const changing = async <T>(volume: VolumeName, work: (loaded: Loaded<R>) => Promise<T>): Promise<T> =>
    await turn(async () => await work(await load(volume)));

  return {
    turn,
    load,
    changing,
    async describe(volume, found) {
      const folder = found ?? (await locateFolder(root, volume));
      const record = await readRecord(folder, schema);
      if (!record) return undefined;
      return {
        name: volume.name,
        content: volume.content,
        format: volume.format,
        sizeBytes: record.sizeBytes,
        usedBytes: 0,
        vmid: volume.vmid,
        parent: undefined,
        createdAt: volume.vmid === 0 ? await lastUsedSeconds(folder) : record.createdAt,
        ...(await parts.facts(volume, { folder, record })),
      };
    },
    listSnapshots: async (volume) => (await load(volume)).record.snapshots.map(({ name }) => name),
    async makeBase(context, volume) {
      const stem = readDiskFileName(volume.fileName)?.stem ?? '';
      const base = diskVolumeName(volume.vmid ?? 0, baseStem(stem), volume.format);
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
        await requireClosed(volume, now);
        if (base.name !== volume.name) await requireNoClones(volume, folder);
        if (!record.base) await writeRecord(folder, await parts.freeze(context, now));
        if (base.name !== volume.name)
          await renameFolder(folder, path.join(path.dirname(folder), base.fileName));
        return base;
      });
    },
    async reassign(_context, volume, vmid, newName) {
      if (newName !== undefined) diskVolumeName(vmid, newName, volume.format);
      return await changing(volume, async (loaded) => {
        const { folder } = loaded;
        await requireClosed(volume, loaded);
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
    retire: async (volume) =>
      await changing(volume, async (loaded) => {
        const { folder, record } = loaded;
        await requireClosed(volume, loaded);
        await requireNoClones(volume, folder);
        const above = path.dirname(folder);
        return { retired: await retireFolder(folder, above), above, record };
      }),
    async withoutSnapshot({ folder, record }, snapshot) {
      const snapshots = record.snapshots.filter(({ name }) => name !== snapshot);
      if (snapshots.length < record.snapshots.length) await writeRecord(folder, { ...record, snapshots });
    },
  };
}

/** Seconds since the epoch, as records have them. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** `wrong-state`. */
export function refuseBase(volume: VolumeName, { base }: CommonRecord): void {
  if (base)
    throw new AppError('wrong-state', `volume '${volume.name}' is a base: it does not change any more`);
}

/** `already-exists`. */
export function refuseTakenSnapshot({ snapshots }: CommonRecord, snapshot: string): void {
  if (snapshots.some(({ name }) => name === snapshot))
    throw new AppError('already-exists', `the volume has a snapshot '${snapshot}' already`);
}

/** Of a volume that is neither base nor snapshot: `wrong-state`. */
export function noLinkedClone(volume: VolumeName): AppError {
  return new AppError(
    'wrong-state',
    `volume '${volume.name}' is neither base nor snapshot: only those have linked clones`,
  );
}

/** Trees of an attached volume, topmost first; `unsupported` for what is no tree. */
export function treesOf(source: Attachment): readonly string[] {
  if (source.kind === 'directory') return [source.path];
  if (source.kind === 'overlay') return [source.upper, ...source.lower];
  throw new AppError('unsupported', 'only trees can be copied into a volume of format subvol');
}
