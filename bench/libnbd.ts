// nbdcopy, a peer of backups: the machine's own, or Debian's package, fetched and unpacked below `dist/`, never installed.
import { existsSync, globSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exec } from '../server/core/exec.ts';
import { root } from './child-server.ts';

const folder = join(root, 'dist', 'bench-libnbd');
const packages = ['libnbd-bin', 'libnbd0'];
const fetchMs = 120_000;

/** What a shell needs before it finds nbdcopy: nothing when the machine has it. Rejects when it cannot be fetched. */
export async function nbdcopyInPath(): Promise<string> {
  if (await exec('nbdcopy', ['--version']).catch(() => undefined)) return '';
  if (!existsSync(folder)) await unpack();
  const [library = ''] = globSync(join(folder, 'usr/lib/*/libnbd.so.0'));
  return `export PATH="${folder}/usr/bin:$PATH" LD_LIBRARY_PATH="${dirname(library)}"; `;
}

async function unpack(): Promise<void> {
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  await exec('apt-get', ['download', ...packages], { cwd: part, timeoutMs: fetchMs });
  for (const file of globSync(join(part, '*.deb'))) await exec('dpkg-deb', ['--extract', file, part]);
  renameSync(part, folder);
}
