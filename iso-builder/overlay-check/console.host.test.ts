// The text console on a real pseudo-terminal: the menu, garbage, Ctrl+C, the end of the input, and never a shell by accident.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../overlay/usr/lib/croft/console', import.meta.url));
const shell = '/usr/bin/busybox';

let root = '';
let running: ChildProcessWithoutNullStreams | undefined;
let text = '';
let ended: Promise<number | null>;

beforeEach(() => {
  if (!existsSync(shell)) throw new Error('busybox is not installed');
  root = mkdtempSync(join(tmpdir(), 'croft-console-'));
  for (const name of ['tty', 'stty', 'sleep']) {
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    symlinkSync(`/usr/bin/${name}`, join(root, 'usr/bin', name));
  }
  for (const name of ['croft', 'login', 'systemctl', 'journalctl', 'less']) program(name, '');
  program('passwd', 'echo "root L 2026-01-01 0 99999 7 -1"');
  put('run/croft/console-head', 'Croft 0.1.0 on pve1\n');
  put('run/croft-boot/mode', 'installed\n');
});
afterEach(async () => {
  running?.kill('SIGKILL');
  running = undefined;
  rmSync(root, { recursive: true, force: true });
});

function put(path: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content, { mode });
}

/** A program that writes down how it was called. */
function program(name: string, body: string): void {
  put(`usr/bin/${name}`, `#!/bin/sh\necho "${name} $*" >> ${root}/calls\n${body}\n`, 0o755);
}

const calls = (): string[] =>
  existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n') : [];

function start(term = 'dumb'): void {
  text = '';
  const child = spawn('script', ['-qefc', `exec ${shell} sh ${script}`, '/dev/null'], {
    env: { PATH: process.env['PATH'] ?? '', TERM: term, CROFT_CONSOLE_ROOT: root, CROFT_CONSOLE_WAIT: '3' },
  });
  child.stdout.on('data', (data) => {
    text += String(data);
  });
  ended = new Promise((resolve) => child.on('close', resolve));
  running = child;
}

async function until(what: () => boolean, name: string): Promise<void> {
  for (const end = Date.now() + 15_000; !what(); await delay(50))
    if (Date.now() > end) throw new Error(`${name}; so far: ${text}`);
}
const see = (wanted: string) => until(() => text.includes(wanted), `no '${wanted}'`);

/** Types when the menu has been drawn for the `times`th time. */
async function type(keys: string, times = 1): Promise<void> {
  await until(() => text.split('Number: ').length > times, `no menu number ${times}`);
  running?.stdin.write(keys);
}

describe('the menu', () => {
  it('shows the head, and again only when it changed', async () => {
    start();
    await see('Croft 0.1.0 on pve1');
    expect(text).not.toContain('Install to disk');
    expect(text).not.toContain('\x1b');
    await delay(4_000);
    expect(text.split('Number: ')).toHaveLength(2);
    put('run/croft/console-head', 'Croft 0.2.0 on pve1\n');
    await see('Croft 0.2.0');
  });

  it('says so while the daemon has not said anything yet', async () => {
    rmSync(join(root, 'run/croft/console-head'));
    start();
    await see('Croft is starting.');
  });

  it('installs in a live system, and only there', async () => {
    start();
    await type('1\n');
    await see('installed already');
    put('run/croft-boot/mode', 'live\n');
    await type('1\n', 2);
    await see('Press Enter');
    expect(calls()).toEqual(['croft console install']);
    running?.stdin.write('\n');
    await see('1  Install to disk');
  });

  it.each([
    ['2', 'croft console address'],
    ['3', 'croft console password'],
  ])('%s calls %s', async (key, line) => {
    start();
    await type(`${key}\n`);
    await see('Press Enter');
    expect(calls()).toEqual([line]);
  });

  it('shows logs in a pager that cannot start programs', async () => {
    program('less', 'echo "secure=$LESSSECURE"');
    start();
    await type('4\n');
    await see('secure=1');
    expect(calls().sort()).toEqual([
      'journalctl -u croft -u croft-trial -u croft-autoinstall -n 200 --no-pager',
      'less -S +G',
    ]);
  });

  it.each([
    ['6', 'systemctl reboot'],
    ['7', 'systemctl poweroff'],
  ])('%s asks first, then calls %s', async (key, line) => {
    start();
    await type(`${key}\n`);
    await see('Type yes');
    running?.stdin.write('y\n');
    await see('Nothing was done.');
    expect(calls()).toEqual([]);
    running?.stdin.write('\n');
    await type(`${key}\n`, 2);
    await until(() => text.split('Type yes').length > 2, 'not asked again');
    running?.stdin.write('yes\n');
    await see('going down');
    expect(calls()).toEqual([line]);
  });

  it('does nothing but log in when it is locked', async () => {
    put('etc/croft/console-locked', '');
    start();
    await type('3\n');
    await see('This console is locked.\r\n');
    expect(calls()).toEqual([]);
    await type('5\n', 2);
    await ended;
    expect(calls()).toEqual(['login']);
  });
});

describe('a shell', () => {
  it('needs a login on an installed system', async () => {
    start();
    await type('5\n');
    await ended;
    expect(calls()).toEqual(['login']);
  });

  it('is there at once in a live system while root has no password', async () => {
    put('run/croft-boot/mode', 'live\n');
    start();
    await type('5\n');
    await ended;
    expect(calls()).toEqual(['passwd -S root', 'login -f root']);
  });

  it.each([
    ['root has a password', 'live\n', 'echo "root P 2026-01-01 0 99999 7 -1"'],
    ['it is not clear whether root has one', 'live\n', 'exit 1'],
    ['it is not clear that this is a live system', '', 'echo "root L"'],
  ])('needs a login when %s', async (_when, mode, passwd) => {
    put('run/croft-boot/mode', mode);
    program('passwd', passwd);
    start();
    await type('5\n');
    await ended;
    expect(calls().at(-1)).toBe('login');
  });

  it('never comes from garbage, Ctrl+C, Ctrl+Z, Ctrl+\\ or Ctrl+D', async () => {
    put('run/croft-boot/mode', 'live\n');
    start();
    await type('$(login) ; login\n');
    await see('Type a number');
    for (const [at, keys] of [
      '\x03',
      '\x1a',
      '\x1c',
      '\x04',
      '5 5\n',
      `${'5'.repeat(2000)}\n`,
      '\x1b[A\n',
      '*\n',
    ].entries()) {
      await delay(1_300);
      running?.stdin.write(keys);
      await delay(at < 4 ? 1_300 : 2_300);
    }
    await see('Number: ');
    expect(running?.exitCode).toBeNull();
    expect(calls()).toEqual([]);
  }, 60_000);

  it('never comes from the end of the input, which ends the console', async () => {
    put('run/croft-boot/mode', 'live\n');
    const child = spawn(shell, ['sh', script], {
      env: { PATH: process.env['PATH'] ?? '', CROFT_CONSOLE_ROOT: root, CROFT_CONSOLE_WAIT: '3' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.resume();
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    expect(calls()).toEqual([]);
  }, 30_000);

  it('a dialogue that is interrupted comes back to the menu', async () => {
    program('croft', 'echo asking; exec sleep 60');
    start();
    await type('2\n');
    await see('asking');
    running?.stdin.write('\x03');
    await see('Press Enter');
    running?.stdin.write('\n');
    await type('', 2);
    expect(calls()).toEqual(['croft console address']);
  });
});
