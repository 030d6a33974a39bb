// Backups of real VMs through the daemon's API, in each mode: what is in the archives, what the guest sees of it, and what is let through meanwhile.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chunked, readImages } from '../../server/backup/vma/vma-fixture.ts';
import { exec } from '../../server/core/exec.ts';
import { type Login, logIn } from './console-client.ts';
import { countsOn } from './counting-guest.ts';
import { counted, countingVm, openTerminal } from './counting-terminal.ts';
import { TestDaemon } from './daemon.ts';
import { eventually } from './wait.ts';

const daemon = new TestDaemon();
const vault = join(daemon.folder, 'vault');
const script = fileURLToPath(new URL('../../server/backup/vma/testdata/vma_check.py', import.meta.url));
const vmid = 100;
const path = `/nodes/testnode/qemu/${vmid}`;
const patternBytes = 32 * 1024 ** 2;
let login: Login;

beforeAll(async () => {
  await daemon.start();
  login = await logIn(daemon, 'admin');
  mkdirSync(vault, { mode: 0o755 });
  await daemon.ok('POST', '/storage', { storage: 'vault', type: 'dir', path: vault, content: 'backup' });
  const counting = await countingVm(daemon, { writes: true });
  const efi = { efidisk0: 'local:0,efitype=4m' };
  const params = {
    vmid,
    memory: 32,
    name: 'counting',
    scsi1: 'local:0.03125',
    scsi2: 'local:1,backup=0',
    ...counting,
    ...efi,
  };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
  const { scsi1 = '' } = await config();
  await exec('qemu-io', ['-f', 'qcow2', '-c', 'write -P 0x5a 0 16M', imageOf(scsi1)]);
}, 120_000);
afterAll(() => daemon.dispose());

const config = () => daemon.ok<Record<string, string>>('GET', `${path}/config`);
const imageOf = (value: string) =>
  join(daemon.storagePath, 'images', /^local:([^,]+)/.exec(value)?.[1] ?? '');
const status = async () => (await daemon.ok<{ status: string }>('GET', `${path}/status/current`)).status;
const startBackup = (more: object = {}) =>
  daemon.ok<string>('POST', '/nodes/testnode/vzdump', { vmid, storage: 'vault', compress: 'zstd', ...more });
const logOf = async (upid: string) =>
  (await daemon.ok<{ t: string }[]>('GET', `/nodes/testnode/tasks/${upid}/log?limit=1000`)).map(({ t }) => t);
const archives = async () => {
  const names = await readdir(join(vault, 'dump')).catch(() => [] as string[]);
  return names.sort();
};

/** Starts one, waits, and answers the archive that came of it. */
async function backUp(more: object = {}): Promise<{ archive: string; log: string }> {
  const before = new Set(await archives());
  const upid = await startBackup(more);
  const end = await daemon.taskEnd(upid);
  const log = (await logOf(upid)).join('\n');
  expect(end, log).toBe('OK');
  const [archive = '', ...others] = (await archives()).filter(
    (name) => !before.has(name) && /\.(vma|zst)$/.test(name),
  );
  expect(others).toEqual([]);
  return { archive, log };
}

interface Seen {
  readonly images: Readonly<Record<string, Buffer>>;
  readonly conf: string;
}

/** The archive's content, read by the public programs; ours and Python's reading of it must be the same. */
async function contentOf(archive: string): Promise<Seen> {
  const plain = join(daemon.folder, 'plain.vma');
  const at = join(vault, 'dump', archive);
  if (archive.endsWith('.zst')) await exec('zstd', ['-dqf', at, '-o', plain]);
  else await exec('cp', [at, plain]);
  const read = JSON.parse(
    execFileSync('python3', [script, 'read', plain], { encoding: 'utf8', maxBuffer: 2 ** 26 }),
  ) as {
    devices: { name: string; sha256: string }[];
  };
  const found = await readImages(chunked(await readFile(plain)));
  const images = Object.fromEntries(
    Object.entries(found.images).map(([name, image]) => [name, Buffer.from(image)]),
  );
  for (const { name, sha256 } of read.devices)
    expect(createHash('sha256').update(images[name]!).digest('hex'), name).toBe(sha256);
  expect(Object.keys(images).sort()).toEqual(read.devices.map(({ name }) => name).sort());
  const conf = found.header.configs.find(({ name }) => name === 'qemu-server.conf');
  return { images, conf: Buffer.from(conf?.content ?? '').toString() };
}

function expectPattern(image: Buffer | undefined): void {
  expect(image?.length).toBe(patternBytes);
  const wanted = Buffer.alloc(patternBytes);
  wanted.fill(0x5a, 0, patternBytes / 2);
  expect(image!.equals(wanted)).toBe(true);
}

describe('a VM that is off', () => {
  it('is read from its volumes, and its archive says what it is', async () => {
    const { archive, log } = await backUp({ 'notes-template': '{{guestname}} on {{node}}', protected: 1 });
    expect(archive).toMatch(/^vzdump-qemu-100-\d{4}_\d\d_\d\d-\d\d_\d\d_\d\d\.vma\.zst$/);
    const { images, conf } = await contentOf(archive);
    expect(Object.keys(images).sort()).toEqual(['drive-efidisk0', 'drive-scsi1', 'drive-virtio0']);
    expectPattern(images['drive-scsi1']);
    expect(conf).toContain('name: counting\n');
    expect(conf).toContain('#qmdump#map:scsi1:drive-scsi1:local:qcow2:\n');
    expect(conf).not.toContain('lock:');
    expect(log).toContain("INFO: exclude disk 'scsi2'");
    const volume = `vault:backup/${archive}`;
    expect(await daemon.ok('GET', `/nodes/testnode/vzdump/extractconfig?volume=${volume}`)).toBe(conf);
    const [item] = await daemon.ok<Record<string, unknown>[]>(
      'GET',
      '/nodes/testnode/storage/vault/content?content=backup',
    );
    expect(item).toMatchObject({
      volid: volume,
      vmid,
      notes: 'counting on testnode',
      protected: 1,
      format: 'vma.zst',
    });
    const kept = await readFile(join(vault, 'dump', archive.replace('.vma.zst', '.log')), 'utf8');
    expect(kept).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO: Starting Backup of VM 100 \(qemu\)\n/);
    expect((await config())['lock']).toBeUndefined();
  }, 120_000);
});

describe('a VM that runs', () => {
  it.each([
    ['snapshot', {}],
    ['suspend', { compress: '0' }],
  ] as const)(
    'is backed up as of one moment, mode %s, and goes on',
    async (mode, more) => {
      if ((await status()) === 'stopped')
        expect(await daemon.task('POST', `${path}/status/start`)).toBe('OK');
      const client = await openTerminal(daemon, login, vmid);
      const before = (await counted(client, 3)).at(-1)!;
      const { archive, log } = await backUp({ mode, ...more });
      const after = (await counted(client, before + 1)).at(-1)!;
      const { images } = await contentOf(archive);
      const count = countsOn(images['drive-virtio0']!);
      expect(count, log).toBeGreaterThanOrEqual(before);
      expect(count).toBeLessThanOrEqual(after);
      expectPattern(images['drive-scsi1']);
      await counted(client, after + 5);
      client.close();
      expect((await config())['lock']).toBeUndefined();
      expect(await status()).toBe('running');
    },
    180_000,
  );

  it('is shut down in mode stop, and runs again as soon as its disks are held', async () => {
    if ((await status()) === 'stopped') expect(await daemon.task('POST', `${path}/status/start`)).toBe('OK');
    const client = await openTerminal(daemon, login, vmid);
    const before = (await counted(client, 3)).at(-1)!;
    const there = new Set(await archives());
    const upid = await startBackup({ mode: 'stop' });
    await eventually('the request', 30_000, async () =>
      (await logOf(upid)).join().includes('stopping virtual guest'),
    );
    // It hears no request. A stop from outside is let through, and is a way down as well.
    expect(await daemon.task('POST', `${path}/status/stop`)).toBe('OK');
    expect(await daemon.taskEnd(upid), (await logOf(upid)).join('\n')).toBe('OK');
    client.close();
    expect(await status()).toBe('running');
    expect((await logOf(upid)).join()).toContain('resuming VM again');
    const [archive = ''] = (await archives()).filter((name) => !there.has(name) && name.endsWith('.zst'));
    const { images } = await contentOf(archive);
    // Of the run before: in the new one it had not counted yet.
    expect(countsOn(images['drive-virtio0']!)).toBeGreaterThanOrEqual(before);
    const again = await openTerminal(daemon, login, vmid);
    await counted(again, 3);
    again.close();
  }, 240_000);

  it('lets a stop through while it is backed up, keeps changes out, and leaves nothing behind', async () => {
    if ((await status()) === 'stopped') expect(await daemon.task('POST', `${path}/status/start`)).toBe('OK');
    const before = await archives();
    const upid = await startBackup({ bwlimit: 512 });
    await eventually('the lock', 30_000, async () => (await config())['lock'] === 'backup');
    await eventually('reading', 30_000, async () =>
      (await logOf(upid)).join().includes('started backup task'),
    );
    const refused = await daemon.call('PUT', `${path}/config`, { scsi3: 'local:1' });
    expect(refused.status).toBe(500);
    expect(refused.reason ?? JSON.stringify(refused)).toContain('VM is locked (backup)');
    const stopAt = performance.now();
    expect(await daemon.task('POST', `${path}/status/stop`)).toBe('OK');
    expect(performance.now() - stopAt).toBeLessThan(20_000);
    expect(await daemon.taskEnd(upid)).not.toBe('OK');
    expect(await status()).toBe('stopped');
    expect((await config())['lock']).toBeUndefined();
    expect(await archives()).toEqual(before);
    expect(await daemon.task('POST', `${path}/status/start`)).toBe('OK');
  }, 180_000);

  it('killed with its daemon in the middle leaves nothing behind, and the guest goes on', async () => {
    if ((await status()) === 'stopped') expect(await daemon.task('POST', `${path}/status/start`)).toBe('OK');
    const before = await archives();
    const upid = await startBackup({ bwlimit: 512 });
    await eventually('reading', 30_000, async () =>
      (await logOf(upid)).join().includes('started backup task'),
    );
    await daemon.end('SIGKILL');
    await daemon.start();
    await eventually('the end', 60_000, async () => (await config())['lock'] === undefined);
    expect(await daemon.taskEnd(upid)).toContain('interrupted');
    expect(await archives()).toEqual(before);
    expect(await status()).toBe('running');
    const { archive } = await backUp();
    expectPattern((await contentOf(archive)).images['drive-scsi1']);
  }, 240_000);
});

describe('a folder of the node', () => {
  it('gets an archive, too, by a script that is called at each stage', async () => {
    const dumpdir = join(daemon.folder, 'dumps');
    mkdirSync(dumpdir);
    const hook = join(daemon.folder, 'hook.sh');
    const calls = join(daemon.folder, 'calls');
    await writeFile(hook, `#!/bin/sh\necho "$* $HOSTNAME $VMTYPE" >> ${calls}\n`, { mode: 0o755 });
    const upid = await daemon.ok<string>('POST', '/nodes/testnode/vzdump', { vmid, dumpdir, script: hook });
    expect(await daemon.taskEnd(upid), (await logOf(upid)).join('\n')).toBe('OK');
    expect((await readdir(dumpdir)).sort()).toEqual([
      expect.stringMatching(/^vzdump-qemu-100-.*\.log$/),
      expect.stringMatching(/^vzdump-qemu-100-.*\.vma$/),
    ]);
    expect((await readFile(calls, 'utf8')).split('\n')).toEqual([
      ...['job-init', 'job-start'].map((phase) => expect.stringMatching(new RegExp(`^${phase} `))),
      'backup-start snapshot 100 counting qemu',
      'backup-end snapshot 100 counting qemu',
      'log-end snapshot 100 counting qemu',
      expect.stringMatching(/^job-end /),
      '',
    ]);
  }, 120_000);
});
