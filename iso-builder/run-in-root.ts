// Runs a program of the image's root on the building machine, with the root's own loader and libraries.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Exec } from '../server/core/exec.ts';

const libraries = (root: string) => {
  const base = join(root, 'usr/lib/x86_64-linux-gnu');
  const more = readdirSync(base, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && ['systemd', 'libvirt'].includes(entry.name))
    .map((entry) => join(base, entry.name));
  return [base, ...more].join(':');
};

/**
 * The image's own versions do the work (GRUB's must fit its modules), without a chroot that would write into the root.
 * `program` may be an option of the loader itself: `--list` (ld.so(8)). Answers standard output.
 */
export async function runInRoot(
  exec: Exec,
  root: string,
  program: string,
  args: readonly string[],
  okExitCodes: readonly number[] = [0],
): Promise<string> {
  const { stdout } = await exec(
    join(root, 'usr/lib64/ld-linux-x86-64.so.2'),
    ['--library-path', libraries(root), program, ...args],
    { okExitCodes, timeoutMs: 120_000 },
  );
  return stdout;
}
