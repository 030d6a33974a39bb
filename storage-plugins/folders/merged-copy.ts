// A copy of what layers show together, made through a read-only overlay that only the copying program sees.
import { mkdir, rmdir } from 'node:fs/promises';
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { unlimitedMs } from '../files/disk-clones.ts';

/**
 * Run by sh in a mount namespace of its own, with where to mount, the target and the layers as arguments: constant text, and no
 * argument is ever read as anything but a path. Each layer is bound under a number first, so that neither commas and colons in
 * paths nor many layers matter to the options of the overlay. When it ends, however it ends, the mounts are gone with it.
 * `cp -a` follows no link, keeps owners, modes, times, hard links, devices and ACLs; `--preserve=xattr` makes it fail rather
 * than lose file capabilities.
 */
const script = `set -eu
place=$1 target=$2
shift 2
mount -t tmpfs -o size=1m,mode=0700 tmpfs "$place"
cd "$place"
lower= number=0
for layer in "$@"; do
  mkdir "$number"
  mount --bind -- "$layer" "$number"
  lower="$lower$number:"
  number=$((number + 1))
done
mkdir empty merged
mount -t overlay -o "ro,lowerdir=\${lower}empty" overlay merged
exec cp -a --preserve=xattr --reflink=auto --no-target-directory -- merged "$target"
`;

/**
 * Copies the merged tree of `layers` (topmost first) into the folder `target`, empty until then, with the root's own attributes;
 * durable when it returns. `place`: a folder to mount on, made and removed here. Needs root.
 */
export async function copyMerged(
  exec: Exec,
  context: WorkContext,
  layers: readonly string[],
  target: string,
  place: string,
): Promise<void> {
  const options = { signal: context.signal, intention: 'copy the tree', timeoutMs: unlimitedMs };
  await mkdir(place, { recursive: true, mode: 0o700 });
  try {
    const args = ['--mount', '--propagation', 'private', '--', 'sh', '-s', '--', place, target, ...layers];
    await exec('unshare', args, { ...options, input: script }).catch((error: unknown) => {
      throw explained(error);
    });
    await exec('sync', ['--file-system', '--', target], options);
  } finally {
    await rmdir(place);
  }
}

function explained(thrown: unknown): unknown {
  if (!(thrown instanceof AppError) || thrown.code !== 'command-failed') return thrown;
  if (!/No space left on device|Disk quota exceeded/.test(`${thrown.message}\n${thrown.detail ?? ''}`))
    return thrown;
  return new AppError('no-capacity', 'copy the tree: no space left on the storage', { cause: thrown });
}
