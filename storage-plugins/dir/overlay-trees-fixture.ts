// How host tests play the guest in a tree of layers: through a real overlay, mounted for each access.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TreeAccess } from '../../test/contracts/storage-trees.ts';
import type { Attachment } from '../plugin.ts';

/** Mounts the tree while `work` runs; nothing is left behind. */
export async function withOverlay<T>(
  attachment: Attachment,
  work: (merged: string) => Promise<T>,
): Promise<T> {
  if (attachment.kind === 'directory') return await work(attachment.path);
  if (attachment.kind !== 'overlay') throw new Error(`${attachment.kind} is no tree`);
  const { lower, upper, work: workdir } = attachment;
  const merged = mkdtempSync(path.join(tmpdir(), 'croft-merged-'));
  const options = `lowerdir=${lower.join(':')},upperdir=${upper},workdir=${workdir}`;
  execFileSync('mount', ['-t', 'overlay', '-o', options, 'croft-test', merged], { stdio: 'pipe' });
  try {
    return await work(merged);
  } finally {
    execFileSync('umount', [merged], { stdio: 'pipe' });
    rmdirSync(merged);
  }
}

export const overlayTrees: TreeAccess = {
  write: async (attachment, file, text) =>
    await withOverlay(attachment, async (merged) => await writeFile(path.join(merged, file), text)),
  read: async (attachment, file) =>
    await withOverlay(attachment, async (merged) => {
      return await readFile(path.join(merged, file), 'utf8').catch(() => undefined);
    }),
  remove: async (attachment, file) =>
    await withOverlay(attachment, async (merged) => await rm(path.join(merged, file), { recursive: true })),
};
