// AppArmor profiles of programs that the image does not have: the package brings a hundred, and each costs time at every boot.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

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
