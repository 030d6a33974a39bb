// Who needs which trees of layered volumes, and the removal of those that nobody needs any more.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { hasErrno } from '../files/system-errors.ts';
import { findVolumeFolders, retireFolder } from '../folders/volume-folders.ts';
import { readRecord } from '../folders/volume-record.ts';
import { type LayerRecord, layerRecord, referencesOf, treePath } from './layer-record.ts';

/** Trees that this process is filling and no record names yet. After a restart nobody fills them. */
const inWork = new Set<string>();

/** Keeps the tree from being collected until the answer is called. */
export function holdTree(tree: string): () => void {
  inWork.add(tree);
  return () => inWork.delete(tree);
}

/** All other volumes that need trees of the one in `folder`, those in the making included: names for texts. */
export async function dependents(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, at, record } of allRecords(root)) {
    if (at === folder) continue;
    if (referencesOf(record).some((ref) => treePath(at, ref).startsWith(`${folder}/trees/`)))
      found.push(name);
  }
  return found.sort();
}

async function* allRecords(
  root: string,
): AsyncGenerator<{ readonly name: string; readonly at: string; readonly record: LayerRecord }> {
  for (const { folder, volume } of await findVolumeFolders(root, ['subvol'], {
    everybody: true,
    unfinished: true,
  })) {
    // A record that cannot be read is an error: what it needs must not be taken from it.
    const record = await readRecord(folder, layerRecord);
    if (record) yield { name: volume?.name ?? 'a copy in the making', at: folder, record };
  }
}

/**
 * Takes trees of the volume in `folder` out of sight that no record names; answers their new paths, to be removed at leisure. To
 * be called in turn.
 */
export async function retireUnusedTrees(root: string, folder: string): Promise<string[]> {
  const trees = path.join(folder, 'trees');
  const present = await readdir(trees).catch((error: unknown) => {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  });
  if (present.length === 0) return [];
  const needed = new Set<string>();
  for await (const { at, record } of allRecords(root)) {
    for (const ref of referencesOf(record)) needed.add(treePath(at, ref));
  }
  const retired: string[] = [];
  for (const id of present) {
    const tree = path.join(trees, id);
    if (needed.has(tree) || inWork.has(tree)) continue;
    for (const part of [tree, path.join(folder, 'work', id)]) {
      const gone = await retireFolder(part, path.dirname(folder)).catch((error: unknown) => {
        if (hasErrno(error, 'ENOENT')) return undefined;
        throw error;
      });
      if (gone !== undefined) retired.push(gone);
    }
  }
  return retired;
}

/** The numbers of project quotas that volumes of the storage have. */
export async function projectsInUse(root: string): Promise<Set<number>> {
  const found = new Set<number>();
  for await (const { record } of allRecords(root))
    if (record.project !== undefined) found.add(record.project);
  return found;
}
