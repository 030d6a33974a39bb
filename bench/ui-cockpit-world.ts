// Cockpit in a mount namespace of its own: nothing is installed. Says its port when it answers, ends with all its processes.
// Usage, by `ui-cockpit.ts` only: node ui-cockpit-world.ts <folder with the unpacked packages> [inside]
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const [packages = '', where] = process.argv.slice(2);

/** End when this process is asked to. */
const children: ChildProcess[] = [];

function begin(command: string, args: readonly string[], env: Readonly<Record<string, string>>): void {
  children.push(spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env }));
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** The same program again, where what is mounted is seen by nobody else. */
function enter(): void {
  const self = fileURLToPath(import.meta.url);
  const inside = spawn(
    'unshare',
    ['--mount', '--propagation', 'private', process.execPath, self, packages, 'inside'],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  inside.on('message', (message) => process.send?.(message as object));
  inside.on('exit', (code) => process.exit(code ?? 1));
  process.on('SIGTERM', () => inside.kill('SIGTERM'));
}

/**
 * A bus of its own in the place of the system's, libvirt's service on it, and cockpit-ws with a bridge that is logged in
 * already (`--local-session`, cockpit-ws(8)): neither systemd nor PAM is asked.
 */
async function run(): Promise<void> {
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', `lowerdir=${join(packages, 'usr')}:/usr`, '/usr']);
  const folder = mkdtempSync(join(tmpdir(), 'croft-cockpit-'));
  process.on('SIGTERM', async () => {
    await Promise.all(children.map(endChild));
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  });
  const bus = join(folder, 'bus');
  const config = join(folder, 'bus.conf');
  writeFileSync(
    config,
    `<busconfig><type>custom</type><listen>unix:path=${bus}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`,
  );
  const address = `unix:path=${bus}`;
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    ...{ HOME: folder, LC_ALL: 'C.UTF-8' },
    ...{ DBUS_SYSTEM_BUS_ADDRESS: address, DBUS_SESSION_BUS_ADDRESS: address },
  };
  begin('/usr/bin/dbus-daemon', [`--config-file=${config}`, '--nofork'], env);
  await delay(500);
  begin('/usr/sbin/libvirt-dbus', ['--system'], env);
  const port = await freePort();
  const local = ['--no-tls', '--address=127.0.0.1', `--port=${port}`];
  begin('/usr/lib/cockpit/cockpit-ws', [...local, '--local-session=/usr/bin/cockpit-bridge'], env);
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/cockpit/@localhost/machines/index.html`).catch(
      () => undefined,
    );
    if (answer?.ok) {
      process.send?.({ ready: true, port });
      return;
    }
    await delay(250);
  }
  throw new Error('cockpit-ws does not answer');
}

if (where === 'inside') await run();
else enter();
