// AppArmor profiles of the image: those of programs that it does not have go, the rest is compiled beforehand. Both cost every boot.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Exec } from '../server/core/exec.ts';

const cache = 'var/cache/apparmor';

/**
 * Compiles all profiles in `root` into its cache, for a kernel with these features (see `kernel-features.ts`). The cache's folder
 * is named by them, and the parser compares them in full: under another kernel it compiles at the start, as without a cache.
 * Needs root, and a mount namespace of its own: it mounts `/proc` in `root` meanwhile.
 */
export async function compileProfiles(exec: Exec, root: string, features: string): Promise<void> {
  const featuresFile = 'run/kernel-features';
  rmSync(join(root, cache), { recursive: true, force: true });
  mkdirSync(join(root, cache), { recursive: true });
  writeFileSync(join(root, featuresFile), features);
  // The parser finds its cache by /proc/self/fd.
  await exec('mount', ['-t', 'proc', 'proc', join(root, 'proc')], { intention: 'compile AppArmor profiles' });
  try {
    await exec(
      // Always at the same addresses, and one profile after the other: its tables are in the order of pointers.
      'setarch',
      [
        ...['--addr-no-randomize', 'chroot', root, '/sbin/apparmor_parser', '--jobs', '1'],
        ...[
          '--kernel-features',
          `/${featuresFile}`,
          '--write-cache',
          '--skip-kernel-load',
          '/etc/apparmor.d',
        ],
      ],
      { timeoutMs: 120_000, intention: 'compile AppArmor profiles' },
    );
  } finally {
    await exec('umount', [join(root, 'proc')]);
    rmSync(join(root, featuresFile));
  }
}

/** Removes profiles in `root` (apparmor.d(5)) that are attached to plain paths none of which is there. Answers their names. */
export function removeIdleProfiles(root: string): string[] {
  const folder = join(root, 'etc/apparmor.d');
  const idle = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .filter((name) =>
      isIdle(readFileSync(join(folder, name), 'utf8'), (path) => existsSync(join(root, path))),
    );
  for (const name of idle) rmSync(join(folder, name));
  return idle.sort();
}

/** True when every profile of the file is attached to programs, and none of them exists. Patterns count by their fixed part. */
export function isIdle(text: string, exists: (path: string) => boolean): boolean {
  const attachments = [
    ...text.matchAll(/^(?:profile\s+(?:"[^"]+"|\S+)\s+)?(["@/][^\s"]*"?)\s.*\{\s*$/gm),
  ].map((match) => (match[1] ?? '').replaceAll('"', ''));
  return attachments.length > 0 && attachments.every((path) => !mayExist(path, exists));
}

function mayExist(path: string, exists: (path: string) => boolean): boolean {
  if (!path.startsWith('/')) return true;
  return alternatives(path).some((plain) => {
    const fixed = plain.slice(0, plain.search(/[*?[]|$/));
    return fixed === plain ? exists(plain) : exists(fixed.slice(0, fixed.lastIndexOf('/')) || '/');
  });
}

/** `/{,usr/}bin/x` is `/bin/x` and `/usr/bin/x`. */
function alternatives(path: string): string[] {
  const group = /\{([^{}]*)\}/.exec(path);
  if (!group) return [path];
  const [all = '', inner = ''] = group;
  return inner.split(',').flatMap((part) => alternatives(path.replace(all, part)));
}
