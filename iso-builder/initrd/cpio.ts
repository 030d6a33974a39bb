// Packs a tree as the kernel takes it: one cpio archive in format newc, the same bytes for the same tree.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Exec } from '../../server/core/exec.ts';

export interface PackOrder {
  readonly exec: Exec;
  readonly tree: string;
  /** The archive that is written; not compressed. */
  readonly archive: string;
  readonly signal: AbortSignal;
}

/** Sorted names, no times, owners, device or inode numbers: nobody sees them, and a later build makes the same. */
export async function packTree({ exec, tree, archive, signal }: PackOrder): Promise<void> {
  const names = [...walk(tree, '')].sort();
  const stamp = ['--no-dereference', '--date=@0', '--'];
  for (let at = 0; at < names.length; at += 1000)
    await exec('touch', [...stamp, ...names.slice(at, at + 1000)], { cwd: tree, signal });
  await exec(
    'cpio',
    ['--create', '--quiet', '--format=newc', '--reproducible', '--owner=+0:+0', `--file=${archive}`],
    { cwd: tree, signal, timeoutMs: 300_000, input: `${names.join('\n')}\n` },
  );
}

function* walk(folder: string, prefix: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const name = `${prefix}${entry.name}`;
    yield name;
    if (entry.isDirectory()) yield* walk(join(folder, entry.name), `${name}/`);
  }
}
