// The export of the state with the real tar: what is in the archive and what is not, and its end when nobody wants it.
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../core/errors.ts';
import { createStateExport, type StateExportParts } from './state-export.ts';

let folder: string;
const at = (path: string) => join(folder, path);
const write = (path: string, text = path) => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
};
const parts = (
  mode: 'none' | 'live' | 'installed',
  more: Partial<StateExportParts> = {},
): StateExportParts => ({
  facts: { mode },
  paths: { state: at('state'), lib: at('root/usr/lib/croft') },
  node: 'tower',
  dataDir: '/var/lib/croft',
  workDir: at('run'),
  copyDatabase: async (target) => writeFileSync(target, 'whole copy'),
  clock: { now: () => Date.UTC(2026, 10, 21), sleep: () => Promise.resolve() },
  root: at('root'),
  ...more,
});

/** Files of the archive, unpacked. */
async function unpack(given: StateExportParts): Promise<Record<string, string>> {
  const { stream } = await createStateExport(given).start(new AbortController().signal);
  writeFileSync(at('out.tar.gz'), await buffer(stream));
  mkdirSync(at('out'));
  execFileSync('tar', ['-xzf', at('out.tar.gz'), '-C', at('out')]);
  const names = readdirSync(at('out'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(at('out/').length));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(at('out'), name), 'utf8')]));
}

/** Processes of tar that work on this test's folder. */
function runningTars(): number {
  return readdirSync('/proc').filter((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return line.startsWith('tar\0') && line.includes(folder);
    } catch {
      return false;
    }
  }).length;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'croft-export-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('installed: settings, keys and logs, the database as a whole copy, no disks', async () => {
  for (const path of [
    'schema',
    'reset',
    'accounts/shadow',
    'files/etc/hostname',
    'update/outcome.json',
    'update/croft.db.before',
  ])
    write(`state/${path}`);
  const data = 'state/dirs/var/lib/croft';
  for (const path of [
    'croft.db',
    'croft.db-wal',
    'metrics.db',
    'metrics.db-wal',
    'auth.key',
    'config-backups/croft-x.db',
    'local/images/100/disk.qcow2',
  ])
    write(`${data}/${path}`);
  write('state/dirs/var/log/croft.log');
  write('state/dirs/var/lib/libvirt/images/disk.qcow2');
  write('state/dirs/var/lib/libvirt/qemu/nvram/100.fd');
  expect(await unpack(parts('installed'))).toEqual({
    schema: 'state/schema',
    'accounts/shadow': 'state/accounts/shadow',
    'files/etc/hostname': 'state/files/etc/hostname',
    'update/outcome.json': 'state/update/outcome.json',
    'dirs/var/lib/croft/auth.key': `${data}/auth.key`,
    'dirs/var/lib/croft/croft.db': 'whole copy',
    'dirs/var/log/croft.log': 'state/dirs/var/log/croft.log',
    'dirs/var/lib/libvirt/qemu/nvram/100.fd': 'state/dirs/var/lib/libvirt/qemu/nvram/100.fd',
  });
  expect(readdirSync(at('run'))).toEqual([]);
});

test('live: the same places, of what the list names and is there', async () => {
  write(
    'root/usr/lib/croft/state-paths',
    '# comment\ndir /var/lib/croft 0711\ndir /var/lib/gone\nfile /etc/hostname\n',
  );
  write('root/etc/hostname', 'tower');
  write('root/etc/hostname.bak');
  write('root/var/lib/croft/auth.key', 'key');
  write('root/var/lib/croft/croft.db');
  write('root/var/lib/croft-other/x');
  symlinkSync('var/lib/croft/auth.key', at('root/var/lib/croft/link'));
  expect(await unpack(parts('live'))).toEqual({
    'dirs/var/lib/croft/auth.key': 'key',
    'dirs/var/lib/croft/croft.db': 'whole copy',
    'files/etc/hostname': 'tower',
  });
  expect(execFileSync('readlink', [at('out/dirs/var/lib/croft/link')], { encoding: 'utf8' })).toBe(
    'var/lib/croft/auth.key\n',
  );
});

test('without the image: the data folder alone', async () => {
  write('root/var/lib/croft/auth.key', 'key');
  write('root/etc/hostname', 'tower');
  expect(Object.keys(await unpack(parts('none')))).toEqual([
    'dirs/var/lib/croft/auth.key',
    'dirs/var/lib/croft/croft.db',
  ]);
});

test('its name tells the node and the day; a second one has to wait', async () => {
  write('state/schema');
  const state = createStateExport(parts('installed'));
  const { name, stream } = await state.start(new AbortController().signal);
  expect(name).toBe('croft-state-tower-2026-11-21.tar.gz');
  await expect(state.start(new AbortController().signal)).rejects.toMatchObject({ code: 'busy' });
  await buffer(stream);
  await delay(10);
  await buffer((await state.start(new AbortController().signal)).stream);
});

test('a client that goes away ends it, before and after the first byte', async () => {
  write('state/schema');
  execFileSync('dd', ['if=/dev/urandom', `of=${at('state/big')}`, 'bs=1M', 'count=30'], { stdio: 'ignore' });
  const state = createStateExport(parts('installed'));
  for (const begun of [false, true]) {
    const client = new AbortController();
    const { stream } = await state.start(client.signal);
    stream.on('error', () => {});
    const closed = new Promise((resolve) => stream.once('close', resolve));
    if (begun) await new Promise((resolve) => stream.once('data', resolve));
    stream.pause();
    client.abort();
    await closed;
    expect(readdirSync(at('run'))).toEqual([]);
  }
  for (let i = 0; i < 100 && runningTars() > 0; i++) await delay(20);
  expect(runningTars()).toBe(0);
});

test('a copy that fails is the error, and nothing is left', async () => {
  write('state/schema');
  const state = createStateExport(
    parts('installed', { copyDatabase: () => Promise.reject(new Error('disk is full')) }),
  );
  await expect(state.start(new AbortController().signal)).rejects.toThrow('disk is full');
  await expect(state.start(new AbortController().signal)).rejects.toThrow('disk is full');
  expect(readdirSync(at('run'))).toEqual([]);
});

test('an archive that is not whole ends with an error', async () => {
  write('state/schema');
  const { stream } = await createStateExport(parts('installed')).start(new AbortController().signal);
  rmSync(at('state'), { recursive: true });
  const text = await buffer(stream).then(
    () => 'it ended well',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
  expect(text).toBe('command-failed');
});
