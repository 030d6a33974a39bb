// The trees inside the folder of a layered volume: a new one to write to, scratch ones to read with, and copies.
import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../server/core/errors.ts';
import { hasErrno } from '../files/system-errors.ts';
import { syncFolder } from '../files/temporary-files.ts';
import { allEnded } from '../folders/volume-record.ts';
import type { Attachment } from '../plugin.ts';
import { type LayerRecord, treePath } from './layer-record.ts';

/** An empty tree and its working folder in a volume's folder, durable; its reference. The root's owner and mode are those of `like`. */
export async function addTree(folder: string, like: string | undefined): Promise<string> {
  const ref = await beginTree(folder, like);
  await allEnded(foldersOfTree(folder, ref).map(syncFolder));
  return ref;
}

/** As `addTree`, for a folder in the making: `foldersOfTree` are made durable together with its record. */
export async function beginTree(folder: string, like: string | undefined): Promise<string> {
  const id = randomBytes(8).toString('hex');
  for (const parent of ['trees', 'work', 'empty']) await makeOnce(path.join(folder, parent));
  const tree = path.join(folder, 'trees', id);
  await mkdir(tree, { mode: 0o755 });
  await takeAfter(tree, like);
  await mkdir(path.join(folder, 'work', id), { mode: 0o700 });
  return `trees/${id}`;
}

export function foldersOfTree(folder: string, ref: string): string[] {
  return [treePath(folder, ref), path.join(folder, 'trees'), path.join(folder, 'work')];
}

/** The root of a tree shows its own attributes, not those of the layer below: owner, mode and times are taken over. */
async function takeAfter(tree: string, like: string | undefined): Promise<void> {
  if (like === undefined) return;
  const { uid, gid, mode, atime, mtime } = await lstat(like);
  await chown(tree, uid, gid);
  await chmod(tree, mode & 0o7777);
  await utimes(tree, atime, mtime);
}

/** Nothing was written to the tree since it was laid over `below`. */
export async function isUntouched(tree: string, below: string): Promise<boolean> {
  const [own, other] = [await lstat(tree), await lstat(below)];
  const same = own.uid === other.uid && own.gid === other.gid && own.mode === other.mode;
  return same && (await readdir(tree)).length === 0;
}

/** What is to be mounted of a volume, or of one of its snapshots; bases and snapshots get a scratch tree that nobody writes to. */
export async function overlayOf(
  folder: string,
  record: LayerRecord,
  snapshot: string | undefined,
): Promise<Attachment> {
  const layers = snapshot === undefined ? record.layers : layersOf(record, snapshot);
  const lower = layers.map((ref) => treePath(folder, ref));
  const upperRef = snapshot === undefined ? record.upper : undefined;
  for (const tree of [...lower, ...(upperRef === undefined ? [] : [treePath(folder, upperRef)])])
    await requireFolder(tree);
  if (upperRef !== undefined) {
    const work = path.join(folder, 'work', path.basename(upperRef));
    await makeOnce(work);
    return {
      kind: 'overlay',
      lower: lower.length > 0 ? lower : [path.join(folder, 'empty')],
      upper: treePath(folder, upperRef),
      work,
    };
  }
  const scratch = path.join(folder, snapshot === undefined ? 'scratch' : `scratch-${snapshot}`);
  const [upper, work] = [path.join(scratch, 'upper'), path.join(scratch, 'work')];
  for (const each of [scratch, upper, work]) await makeOnce(each);
  await takeAfter(upper, lower[0]);
  return { kind: 'overlay', lower, upper, work };
}

/** The layers of a snapshot; `not-found`. */
export function layersOf(record: LayerRecord, snapshot: string): readonly string[] {
  const found = record.snapshots.find(({ name }) => name === snapshot);
  if (!found) throw new AppError('not-found', `snapshot '${snapshot}' does not exist`);
  return found.layers;
}

async function makeOnce(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (!hasErrno(error, 'EEXIST')) throw error;
  });
  await requireFolder(folder);
}

async function requireFolder(folder: string): Promise<void> {
  const found = await lstat(folder).catch(() => undefined);
  if (!found?.isDirectory())
    throw new AppError('unavailable', 'a layer of the volume is missing on its storage', { detail: folder });
}
