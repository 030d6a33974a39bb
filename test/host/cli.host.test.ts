// The command line against the real daemon: a VM's life by its words, exit codes and JSON.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestDaemon } from './daemon.ts';
import { buildDebianImage } from './debian-guest/build-image.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const daemon = new TestDaemon();

beforeAll(() => daemon.start());
afterAll(() => daemon.dispose());

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function croft(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(
      join(root, 'node_modules/.bin/node'),
      [join(root, 'server/croft.ts'), ...args],
      { env: { PATH: process.env['PATH'] ?? '', CROFT_SOCKET: daemon.socket }, timeout: 60_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
  });
}

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await croft('--json', ...args);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

describe('croft vm', () => {
  it('creates, lists and shows', async () => {
    expect(await json('vm', 'list')).toEqual([]);
    const made = await json<{ vmid: number; exitstatus: string }>(
      ...['vm', 'create', '--name', 'web', '--memory', '64', '--scsi0', 'local:0.0009765625'],
    );
    expect(made).toMatchObject({ vmid: 100, exitstatus: 'OK' });
    expect(await json('vm', 'list')).toMatchObject([{ vmid: 100, name: 'web', status: 'stopped' }]);
    const { stdout } = await croft('vm', 'show', 'web');
    expect(stdout).toMatch(/status:\s+stopped/);
    expect(stdout).toMatch(/memory:\s+64/);
  });

  it('starts, changes, stops and deletes', async () => {
    expect((await croft('vm', 'start', 'web')).code).toBe(0);
    expect(await daemon.domains()).toHaveLength(1);
    expect(await json('vm', 'list')).toMatchObject([{ status: 'running' }]);
    expect((await croft('vm', 'set', 'web', '--memory', '96')).code).toBe(0);
    expect((await croft('vm', 'show', '100')).stdout).toMatch(/memory:\s+64 \(96 from the next start\)/);

    const twice = await croft('vm', 'start', 'web');
    expect(twice.code).toBe(1);
    expect(twice.stderr).toContain('VM 100 already running');
    const running = await croft('vm', 'delete', 'web');
    expect(running.code).toBe(1);
    expect(running.stderr).toContain('VM 100 is running');

    expect((await croft('vm', 'stop', 'web')).code).toBe(0);
    expect(await daemon.domains()).toEqual([]);
    expect(await json('vm', 'delete', 'web')).toMatchObject({ exitstatus: 'OK' });
    expect(await json('vm', 'list')).toEqual([]);
  });

  it('says what is wrong, by exit code and as JSON', async () => {
    const unknown = await croft('vm', 'show', 'nobody');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain("there is no VM 'nobody'");
    const mistyped = await croft('vm', 'create', '--memroy', '64');
    expect(mistyped.code).toBe(1);
    expect(mistyped.stderr).toContain('--memory');
    expect((await croft('vm', 'frobnicate')).code).toBe(2);
    const told = await croft('--json', 'vm', 'start', '999');
    expect(told.code).toBe(1);
    expect(told.stdout).toBe('');
    expect(JSON.parse(told.stderr)).toMatchObject({ error: { code: 'not-found' } });
  });
});

it('uploads, lists and deletes a disc', async () => {
  const file = join(daemon.folder, 'cli.iso');
  await writeFile(file, randomBytes(64 * 1024));
  const help = await croft('storage', '--help');
  expect(help.code).toBe(0);
  expect((await croft('storage', 'upload', 'local', file)).code).toBe(0);
  const content = await daemon.ok<{ volid: string }[]>('GET', '/nodes/testnode/storage/local/content');
  expect(content.map(({ volid }) => volid)).toEqual(['local:iso/cli.iso']);
});

describe('a Debian guest by the command line', () => {
  it('is imported, started, seen to boot, stopped and deleted', async () => {
    const file = join(daemon.folder, 'debian.qcow2');
    await copyFile((await buildDebianImage()).path, file);
    expect((await croft('storage', 'upload', 'local', file, '--type', 'import')).code).toBe(0);
    const made = await json<{ vmid: number }>(
      ...['vm', 'create', '--name', 'debian', '--memory', '512', '--cores', '2', '--ostype', 'l26'],
      ...['--scsihw', 'virtio-scsi-single', '--scsi0', 'local:0,import-from=local:import/debian.qcow2'],
      ...['--serial0', 'socket', '--agent', '1'],
    );
    expect((await croft('vm', 'start', 'debian')).code).toBe(0);
    expect(await consoleUntil('debian', /croft-guest login:/, 90_000)).toContain('croft-guest login:');
    expect((await croft('vm', 'set', 'debian', '--description', 'by the command line')).code).toBe(0);
    expect((await croft('vm', 'shutdown', 'debian')).code).toBe(0);
    expect(await daemon.domains()).toEqual([]);
    expect((await croft('--yes', 'vm', 'delete', String(made.vmid))).code).toBe(0);
    expect((await croft('--yes', 'storage', 'remove', 'local:import/debian.qcow2')).code).toBe(0);
    const content = await daemon.ok<{ volid: string }[]>('GET', '/nodes/testnode/storage/local/content');
    expect(content.map(({ volid }) => volid)).toEqual(['local:iso/cli.iso']);
  }, 240_000);
});

/** What `croft vm console` shows until it matches; then it is left by the end of its input. */
function consoleUntil(vm: string, wanted: RegExp, withinMs: number): Promise<string> {
  const child = spawn(
    join(root, 'node_modules/.bin/node'),
    [join(root, 'server/croft.ts'), 'vm', 'console', vm],
    {
      env: { PATH: process.env['PATH'] ?? '', CROFT_SOCKET: daemon.socket },
    },
  );
  let seen = '';
  const timer = setTimeout(() => child.kill(), withinMs);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      seen += data;
      if (wanted.test(seen)) child.stdin.end();
    });
  }
  return new Promise((resolve) => {
    child.on('close', () => {
      clearTimeout(timer);
      resolve(seen);
    });
  });
}

it('says that the daemon is not there', async () => {
  await daemon.end();
  const away = await croft('vm', 'list');
  expect(away.code).toBe(1);
  expect(away.stderr).not.toMatch(/\n\s+at /);
  await daemon.start();
});
