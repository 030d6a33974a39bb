// How full a container's root is, for its status.
import { statfs } from 'node:fs/promises';
import { readHostMounts } from '../../../core/mount-table.ts';
import { ctPaths } from '../ct-paths.ts';

/**
 * Bytes of the file system that holds the root, as df inside has them; undefined when it is not mounted. Trees without a limit of
 * their own show their storage's.
 */
export async function readRootUsage(
  base: string,
  vmid: number,
): Promise<{ readonly usedBytes: number; readonly totalBytes: number } | undefined> {
  const { root } = ctPaths(base, vmid);
  if (!readHostMounts().some(({ point }) => point === root)) return undefined;
  const { bsize, blocks, bfree } = await statfs(root);
  return { usedBytes: (blocks - bfree) * bsize, totalBytes: blocks * bsize };
}
