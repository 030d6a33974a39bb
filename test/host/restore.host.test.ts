// Backups become VMs on real QEMU: to a new number, over a guest that is there, from damaged archives. The archives are made by hand.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openArchiveSink } from '../../server/backup/compression/open-archive-sink.ts';
import { VmaWriter } from '../../server/backup/vma/vma-writer.ts';
import { exec } from '../../server/core/exec.ts';
import { mebibyte } from '../../server/core/units.ts';
import { type Login, logIn } from './console-client.ts';
import { countingDisk, firstCountSector } from './counting-guest.ts';
import { counted, openTerminal } from './counting-terminal.ts';
import { TestDaemon } from './daemon.ts';
import { eventually } from './wait.ts';

const daemon = new TestDaemon();
const dump = join(daemon.folder, 'vault', 'dump');
const name = (vmid: number, ending = 'vma.zst') => `vzdump-qemu-${vmid}-2026_06_01-02_30_00.${ending}`;
const diskBytes = 24 * mebibyte;
const chipBytes = 528 * 1024;
let login: Login;

const conf = [
  '#restored%20by%20hand',
  '#qmdump#map:virtio0:drive-virtio0:local:qcow2:',
  'boot: order=virtio0',
  'memory: 64',
  'name: counting',
  'scsi3: local:100/vm-100-disk-7.raw,iothread=1,size=24M',
  'serial0: socket',
  'smbios1: uuid=11111111-2222-4333-8444-555555555555',
  'virtio0: local:100/vm-100-disk-0.qcow2,size=1M',
].join('\n');
/** A quarter of it noise, the rest zeros. */
const noise = Buffer.alloc(diskBytes);
for (let at = 0; at < diskBytes; at += 4 * mebibyte)
  createHash('shake256', { outputLength: mebibyte }).update(String(at)).digest().copy(noise, at);

async function writeArchive(
  path: string,
  text: string,
  disks: Readonly<Record<string, Buffer>>,
  compression?: 'zst' | 'gz',
): Promise<void> {
  const file = await open(path, 'w');
  try {
    const sink = openArchiveSink({
      ...{ compression, frames: 'as-written' },
      target: async (bytes) => void (await file.write(bytes)),
    });
    const writer = new VmaWriter({
      sink: (bytes) => sink.write(bytes),
      ctime: 1,
      configs: [{ name: 'qemu-server.conf', content: Buffer.from(text) }],
      devices: Object.entries(disks).map(([device, { length }]) => ({ name: device, bytes: length })),
    });
    for (const [device, content] of Object.entries(disks)) await writer.write(device, 0, content);
    await writer.end();
    await sink.end(writer.index());
  } finally {
    await file.close();
  }
}

beforeAll(async () => {
  await daemon.start();
  login = await logIn(daemon, 'admin');
  await mkdir(dump, { recursive: true });
  const disks = { 'drive-virtio0': countingDisk(), 'drive-scsi3': noise };
  await writeArchive(join(dump, name(100)), conf, disks, 'zst');
  await writeArchive(join(dump, name(101, 'vma.gz')), conf, disks, 'gz');
  const path = join(daemon.folder, 'vault');
  await daemon.ok('POST', '/storage', { storage: 'vault', type: 'dir', path, content: 'backup' });
});
afterAll(() => daemon.dispose());

const restore = (vmid: number, more: object = {}) => ({
  vmid,
  archive: `vault:backup/${name(100)}`,
  ...more,
});
const run = async (params: object) => {
  const upid = await daemon.ok<string>('POST', '/nodes/testnode/qemu', { ...params });
  const end = await daemon.taskEnd(upid);
  const lines = await daemon.ok<{ t: string }[]>('GET', `/nodes/testnode/tasks/${upid}/log`);
  return { end, log: lines.map(({ t }) => t).join('\n') };
};
const config = (vmid: number) =>
  daemon.ok<Record<string, string>>('GET', `/nodes/testnode/qemu/${vmid}/config`);
const images = async () =>
  (await readdir(join(daemon.storagePath, 'images'), { recursive: true })).filter((file) =>
    file.includes('.'),
  );

/** What a guest would read of the volume, in SHA-256. */
async function hashOf(volid: string): Promise<string> {
  const raw = join(daemon.folder, 'hash.raw');
  const path = join(daemon.storagePath, 'images', volid.replace(/^local:/, '').replace(/,.*$/, ''));
  await exec('qemu-img', ['convert', '-U', '-O', 'raw', path, raw]);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(raw)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('a backup', () => {
  it('becomes a VM that boots, with the disks as they were', async () => {
    const { end, log } = await run(restore(200, { start: 1 }));
    expect(end, log).toBe('OK');
    const found = await config(200);
    expect(found).toMatchObject({
      ...{ name: 'counting', description: 'restored by hand', boot: 'order=virtio0' },
      smbios1: 'uuid=11111111-2222-4333-8444-555555555555',
      virtio0: expect.stringMatching(/^local:200\/vm-200-disk-\d\.qcow2,size=1M$/),
      scsi3: expect.stringMatching(/^local:200\/vm-200-disk-\d\.raw,iothread=1,size=24M$/),
    });
    expect(await hashOf(found['scsi3']!)).toBe(sha(noise));
    const client = await openTerminal(daemon, login, 200);
    await counted(client, 3);
    client.close();
  });

  it('that runs is not restored over', async () => {
    const { end } = await run(restore(200, { force: 1 }));
    expect(end).toBe('unable to restore VM 200 - vm is running');
  });

  it('goes over a guest that is there, and what the backup does not have stays', async () => {
    await daemon.task('POST', '/nodes/testnode/qemu/200/status/stop');
    await daemon.task('POST', '/nodes/testnode/qemu/200/config', {
      scsi5: 'local:0.01,format=raw',
      name: 'mine',
    });
    const before = await config(200);
    const refused = await daemon.call('POST', '/nodes/testnode/qemu', restore(200));
    expect(refused.reason).toContain('unable to restore VM 200 - VM 200 already exists');
    const { end, log } = await run(
      restore(200, { force: 1, unique: 1, archive: `vault:backup/${name(101, 'vma.gz')}` }),
    );
    expect(end, log).toBe('OK');
    const after = await config(200);
    expect(after['name']).toBe('counting');
    expect(after['unused0']).toBe(before['scsi5']!.replace(/,.*$/, ''));
    expect(after['smbios1']).not.toBe(before['smbios1']);
    expect(await hashOf(after['scsi3']!)).toBe(sha(noise));
    expect(await images()).toHaveLength(3);
  });

  it('of root is taken by its path, too', async () => {
    const { end, log } = await run({ vmid: 201, archive: join(dump, name(100)), bwlimit: 0 });
    expect(end, log).toBe('OK');
    expect(await daemon.task('DELETE', '/nodes/testnode/qemu/201')).toBe('OK');
  });
});

describe('a damaged archive', () => {
  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 300_000)],
    [
      'changed in the middle',
      (bytes: Buffer) => {
        const changed = Buffer.from(bytes);
        changed[Math.floor(bytes.length / 2)]! ^= 1;
        return changed;
      },
    ],
  ])('%s leaves the guest and its disks as they were', async (_what, damage) => {
    await writeFile(join(dump, name(102)), damage(await readFile(join(dump, name(100)))));
    const [before, files] = [await config(200), await images()];
    const over = await run(restore(200, { force: 1, archive: `vault:backup/${name(102)}` }));
    expect(over.end).toMatch(/damaged|cut off|ends|checksum/);
    expect(await config(200)).toEqual(before);
    const fresh = await run(restore(203, { archive: `vault:backup/${name(102)}` }));
    expect(fresh.end).toMatch(/damaged|cut off|ends|checksum/);
    expect((await daemon.call('GET', '/nodes/testnode/qemu/203/config')).status).not.toBe(200);
    expect((await images()).sort()).toEqual(files.sort());
  });

  it('that is none at all is refused before there is a task', async () => {
    await writeFile(join(dump, name(104)), 'not an archive');
    const answer = await daemon.call(
      'POST',
      '/nodes/testnode/qemu',
      restore(204, { archive: `vault:backup/${name(104)}` }),
    );
    expect(answer.status).toBe(400);
  });
});

describe('a daemon that is killed while it restores', () => {
  it.each(['restore-volumes', 'write-config'])('at %s leaves the guest that was there', async (step) => {
    const [before, files] = [await config(200), await images()];
    await daemon.end();
    await daemon.start({ CROFT_TEST_CRASH_AT: `qmrestore:${step}:after-run` });
    await daemon.ok('POST', '/nodes/testnode/qemu', restore(200, { force: 1 }));
    await daemon.ended();
    await daemon.start();
    expect(await config(200)).toEqual(before);
    expect((await images()).sort()).toEqual(files.sort());
  });
});

it('variables of UEFI from a larger device fit the chip', async () => {
  const text = ['bios: ovmf', 'memory: 128', 'efidisk0: local-lvm:vm-100-disk-0,efitype=4m,size=4M'].join(
    '\n',
  );
  const device = Buffer.alloc(4 * mebibyte);
  noise.copy(device, 0, 0, chipBytes);
  await writeArchive(join(dump, name(105, 'vma')), text, { 'drive-efidisk0': device });
  const { end, log } = await run(restore(205, { archive: `vault:backup/${name(105, 'vma')}` }));
  expect(end, log).toBe('OK');
  expect(await hashOf((await config(205))['efidisk0']!)).toBe(sha(noise.subarray(0, chipBytes)));
});

describe('live restore', () => {
  beforeAll(async () => {
    const disks = { 'drive-virtio0': countingDisk({ writes: true }), 'drive-scsi3': noise };
    await writeArchive(join(dump, name(106)), conf.replace(',iothread=1', ''), disks, 'zst');
  });

  it('runs at once, keeps what it wrote, and holds at the end what the backup held', async () => {
    const params = restore(206, { archive: `vault:backup/${name(106)}`, 'live-restore': 1, bwlimit: 4096 });
    const upid = await daemon.ok<string>('POST', '/nodes/testnode/qemu', params);
    const client = await eventually('its terminal', 30_000, () =>
      openTerminal(daemon, login, 206).catch(() => false as const),
    );
    const counts = await counted(client, 5);
    expect((await daemon.ok<{ status: string }>('GET', `/nodes/testnode/tasks/${upid}/status`)).status).toBe(
      'running',
    );
    expect(await config(206)).toMatchObject({ lock: 'create' });
    expect(await daemon.taskEnd(upid)).toBe('OK');
    const found = await config(206);
    expect(found).not.toHaveProperty('lock');
    await daemon.task('POST', '/nodes/testnode/qemu/206/status/stop');
    expect(await hashOf(found['scsi3']!)).toBe(sha(noise));
    const raw = join(daemon.folder, 'live.raw');
    const image = join(daemon.storagePath, 'images', found['virtio0']!.replace(/^local:|,.*$/g, ''));
    expect((await exec('qemu-img', ['info', image])).stdout).not.toContain('backing');
    await exec('qemu-img', ['convert', '-O', 'raw', image, raw]);
    const disk = await readFile(raw);
    expect(disk.subarray(0, 512)).toEqual(countingDisk({ writes: true }).subarray(0, 512));
    expect(disk.readUInt16LE((firstCountSector + 3) * 512)).toBe(3);
    expect(counts.length).toBeGreaterThan(2);
    client.close();
  });

  it.each([
    ['the daemon is killed, and goes on with it', false],
    ['the daemon and the guest are killed', true],
  ])('%s', async (_what, both) => {
    const vmid = both ? 208 : 207;
    const params = restore(vmid, { archive: `vault:backup/${name(106)}`, 'live-restore': 1, bwlimit: 2048 });
    const upid = await daemon.ok<string>('POST', '/nodes/testnode/qemu', params);
    await eventually('its disks coming in', 30_000, async () => {
      const found = await daemon.call('GET', `/nodes/testnode/qemu/${vmid}/status/current`);
      const task = await daemon.ok<{ exitstatus?: string }>('GET', `/nodes/testnode/tasks/${upid}/status`);
      expect(task.exitstatus).toBeUndefined();
      return (found.body.data as { status?: string } | null)?.status === 'running';
    });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await daemon.end('SIGKILL');
    if (both) await exec('virsh', ['-c', 'qemu:///system', 'destroy', `${daemon.guestPrefix}${vmid}`]);
    await daemon.start();
    expect(await daemon.taskEnd(upid)).toBe('OK');
    const found = await config(vmid);
    expect(found).not.toHaveProperty('lock');
    const { status } = await daemon.ok<{ status: string }>(
      'GET',
      `/nodes/testnode/qemu/${vmid}/status/current`,
    );
    expect(status).toBe(both ? 'stopped' : 'running');
    if (!both) await daemon.task('POST', `/nodes/testnode/qemu/${vmid}/status/stop`);
    expect(await hashOf(found['scsi3']!)).toBe(sha(noise));
  });
});
