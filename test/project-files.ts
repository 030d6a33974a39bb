// The files that git tracks or would track, relative to the project's root.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** All files of the project that are not ignored, without those deleted in the working tree. */
export function projectFiles(root: string): string[] {
  const output = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return output.split('\n').filter((file) => file !== '' && existsSync(join(root, file)));
}
