// Cockpit, the peer of the web UI: Debian's packages, fetched and unpacked below `dist/`, never installed.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ChildServer, root } from './child-server.ts';

const run = promisify(execFile);
const folder = join(root, 'dist', 'bench-cockpit');
const wanted = ['cockpit-ws', 'cockpit-bridge', 'cockpit-machines', 'libvirt-dbus'];
const socket = '/run/libvirt/libvirt-sock';

/** Its machines page, below the address of its server. */
export const machinesPage = '/cockpit/@localhost/machines/index.html';

/** Starts Cockpit on a free port of the loopback interface, or says why it cannot. */
export async function startCockpit(): Promise<ChildServer | { readonly cannot: string }> {
  if (process.getuid?.() !== 0) return { cannot: 'it needs root, for a mount namespace' };
  if (!existsSync(socket)) return { cannot: `its machines page needs libvirt, and there is no ${socket}` };
  try {
    await unpack();
    return await ChildServer.start(['bench/ui-cockpit-world.ts', folder]);
  } catch (error) {
    return { cannot: error instanceof Error ? error.message : String(error) };
  }
}

/** Once: what apt would install for the packages on this machine, each unpacked into one folder. */
async function unpack(): Promise<void> {
  if (existsSync(folder)) return;
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  const { stdout } = await run('apt-get', ['-s', 'install', '--no-install-recommends', ...wanted]);
  const missing = [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name ?? '');
  await run('apt-get', ['download', ...new Set([...missing, ...wanted])], { cwd: part });
  for (const name of readdirSync(part).filter((one) => one.endsWith('.deb')))
    await run('dpkg-deb', ['--extract', join(part, name), part]);
  renameSync(part, folder);
}
