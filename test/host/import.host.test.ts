// Appliances and images of strangers on real QEMU: an OVA comes in by the API and boots; hostile ones leave nothing.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImportMetadata } from '../../server/contract/node-storage-import.ts';
import { exec } from '../../server/core/exec.ts';
import { ovaOf, ovfText, tarOf } from '../fixtures/appliance.ts';
import { type Login, logIn } from './console-client.ts';
import { countingDisk } from './counting-guest.ts';
import { counted, openTerminal } from './counting-terminal.ts';
import { TestDaemon } from './daemon.ts';
import { holdersOf } from './open-files.ts';
import { upload } from './upload.ts';
import { eventually } from './wait.ts';

const daemon = new TestDaemon();
const imports = join(daemon.storagePath, 'import');
const work = join(daemon.folder, 'work');
const storage = '/nodes/testnode/storage/local';
let login: Login;
/** The counting guest as exporters write it. */
let disk = Buffer.alloc(0);

const path = (name: string) => join(work, name);
const convert = (format: string, from: string, to: string, ...options: string[]) =>
  exec('qemu-img', ['convert', '-O', format, ...options, path(from), path(to)]);

beforeAll(async () => {
  await daemon.start();
  login = await logIn(daemon, 'admin');
  await mkdir(work);
  await mkdir(imports, { recursive: true });
  await writeFile(path('counting.raw'), countingDisk());
  await convert('vmdk', 'counting.raw', 'box-disk1.vmdk', '-o', 'subformat=streamOptimized');
  disk = await readFile(path('box-disk1.vmdk'));
});
afterAll(() => daemon.dispose());

const description = (more: object = {}) => ({
  name: 'box.ovf',
  bytes: ovfText({ sizeBytes: 1024 ** 2, memoryMib: 64, ...more }),
});

/** The end of the task that takes the file in. */
async function bring(name: string, bytes: Buffer): Promise<string> {
  const form = { content: 'import', file: { name, sizeBytes: bytes.length, bytes: Readable.from([bytes]) } };
  return daemon.taskEnd(await upload({ socket: daemon.socket }, form));
}

/** A qcow2 image of 320 KiB (docs/interop/qcow2.txt of QEMU) all of whose clusters are one and the same. */
function bomb(sizeBytes: number): Buffer {
  const cluster = 65_536;
  const bytes = Buffer.alloc(5 * cluster);
  const [tables, counts, entries, data] = [1, 2, 3, 4].map((at) => at * cluster) as [
    number,
    number,
    number,
    number,
  ];
  const tableSize = sizeBytes / (cluster * (cluster / 8));
  bytes.writeUInt32BE(0x514649fb, 0);
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(16, 20);
  bytes.writeBigUInt64BE(BigInt(sizeBytes), 24);
  bytes.writeUInt32BE(tableSize, 36);
  bytes.writeBigUInt64BE(BigInt(tables), 40);
  bytes.writeBigUInt64BE(BigInt(counts), 48);
  bytes.writeUInt32BE(1, 56);
  bytes.writeUInt32BE(4, 96);
  bytes.writeUInt32BE(104, 100);
  for (let at = 0; at < tableSize; at += 1) bytes.writeBigUInt64BE(BigInt(entries), tables + 8 * at);
  for (let at = 0; at < cluster / 8; at += 1) bytes.writeBigUInt64BE(BigInt(data), entries + 8 * at);
  bytes.fill(0x5a, data);
  return bytes;
}

async function counts(vmid: number): Promise<void> {
  const client = await openTerminal(daemon, login, vmid);
  await counted(client, 4);
  client.close();
}

async function leftOver(): Promise<string[]> {
  const found = [
    ...(await readdir(imports)),
    ...(await readdir(join(daemon.storagePath, 'images'), { recursive: true })),
  ];
  return found.sort();
}

async function remove(vmid: number): Promise<void> {
  await daemon.task('POST', `/nodes/testnode/qemu/${vmid}/status/stop`);
  expect(await daemon.task('DELETE', `/nodes/testnode/qemu/${vmid}`)).toBe('OK');
}

describe('an appliance', () => {
  it('comes in, becomes the VM that its metadata tell, and boots', async () => {
    expect(await bring('box.ova', ovaOf([description(), { name: 'box-disk1.vmdk', bytes: disk }]))).toBe(
      'OK',
    );
    const listed = await daemon.ok<{ volid: string; format: string }[]>('GET', `${storage}/content`, {
      content: 'import',
    });
    expect(listed).toMatchObject([{ volid: 'local:import/box.ova', format: 'ova' }]);
    const found = await daemon.ok<ImportMetadata>('GET', `${storage}/import-metadata`, {
      volume: 'local:import/box.ova',
    });
    expect(found).toMatchObject({
      'create-args': { name: 'web-box', cores: 2, memory: 64 },
      disks: { scsi0: 'local:import/box.ova/box-disk1.vmdk' },
    });
    const params = {
      ...{ vmid: 100, serial0: 'socket', ...found['create-args'] },
      // The guest has no driver but the BIOS's.
      ...{ virtio0: `local:0,import-from=${found.disks['scsi0']}`, boot: 'order=virtio0', start: 1 },
    };
    const upid = await daemon.ok<string>('POST', '/nodes/testnode/qemu', params);
    expect(await daemon.taskEnd(upid)).toBe('OK');
    const log = await daemon.ok<{ t: string }[]>('GET', `/nodes/testnode/tasks/${upid}/log`);
    const text = log.map(({ t }) => t).join('\n');
    expect(text).toContain('checking the sha256 sum of box.ova');
    expect(text).toContain('100 % copied');
    await counts(100);
    await remove(100);
  });

  it('whose disk is not that of its manifest is refused, and nothing is left', async () => {
    const other = Buffer.from(disk);
    other[disk.length - 2000]! ^= 1;
    const box = ovaOf([description(), { name: 'box-disk1.vmdk', bytes: disk }]);
    const at = box.indexOf(disk.subarray(0, 512));
    box.set(other, at);
    await writeFile(join(imports, 'false.ova'), box);
    const before = await leftOver();
    const params = {
      vmid: 101,
      memory: 64,
      scsi0: 'local:0,import-from=local:import/false.ova/box-disk1.vmdk',
    };
    expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toMatch(
      /sum is not the one in the manifest/,
    );
    expect(await leftOver()).toEqual(before);
    await rm(join(imports, 'false.ova'));
  });
});

describe('an image', () => {
  it('of every format becomes a disk that boots or holds its bytes', async () => {
    await convert('vhdx', 'counting.raw', 'counting.vhdx');
    await convert('vpc', 'counting.raw', 'counting.vhd', '-o', 'force_size=on');
    await convert('qcow2', 'counting.raw', 'counting.qcow2', '-c');
    const formats = ['vhdx', 'vhd', 'qcow2', 'raw'];
    for (const format of formats)
      expect(await bring(`counting.${format}`, await readFile(path(`counting.${format}`)))).toBe('OK');
    const drives = formats.map((format, at) => [
      `scsi${at}`,
      `local:0,import-from=local:import/counting.${format}`,
    ]);
    const params = { vmid: 102, memory: 64, ...Object.fromEntries(drives) };
    expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
    // Of another guest, and a file of the host, at a change of the configuration.
    const more = {
      scsi8: 'local:0,format=raw,import-from=local:102/vm-102-disk-0.qcow2',
      scsi9: `local:0,import-from=${path('box-disk1.vmdk')}`,
    };
    expect(await daemon.task('POST', '/nodes/testnode/qemu/102/config', more)).toBe('OK');
    const config = await daemon.ok<Record<string, string>>('GET', '/nodes/testnode/qemu/102/config');
    for (const key of ['scsi0', 'scsi1', 'scsi2', 'scsi3', 'scsi8', 'scsi9']) {
      const name = /^local:([^,]+)/.exec(config[key] ?? '')?.[1] ?? '';
      const file = join(daemon.storagePath, 'images', name);
      await exec('qemu-img', ['compare', path('counting.raw'), file]);
    }
    await remove(102);
  });

  it('with a path to the host in it is refused wherever it comes from, and nothing is left', async () => {
    const before = await leftOver();
    await exec('qemu-img', [
      'create',
      '-q',
      '-f',
      'qcow2',
      '-u',
      '-b',
      '/etc/shadow',
      '-F',
      'raw',
      path('backed.qcow2'),
      '1M',
    ]);
    const options = `data_file=${path('outside.raw')}`;
    await exec('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', options, path('split.qcow2'), '1M']);
    await convert('vmdk', 'counting.raw', 'flat.vmdk', '-o', 'subformat=monolithicFlat');
    const elsewhere = Buffer.from(disk);
    const at = elsewhere.indexOf('SPARSE "') + 8;
    elsewhere.write('/dev/sda', at);
    await writeFile(path('elsewhere.vmdk'), elsewhere);
    for (const name of ['backed.qcow2', 'split.qcow2', 'flat.vmdk', 'elsewhere.vmdk']) {
      const bytes = await readFile(path(name));
      expect(await bring(name, bytes), name).toMatch(/is refused/);
      const inside = tarOf([description({ file: name }), { name, bytes }]);
      expect(await bring('inside.ova', inside), name).toMatch(/is refused/);
      const params = { vmid: 103, memory: 64, scsi0: `local:0,import-from=${path(name)}` };
      expect(await daemon.task('POST', '/nodes/testnode/qemu', params), name).toMatch(/is refused/);
    }
    for (const member of [
      { name: '../../x.vmdk', bytes: disk },
      { name: 'x.vmdk', bytes: '', type: '2', linkName: '/etc/shadow' },
    ])
      expect(await bring('hostile.ova', tarOf([description(), member]))).toMatch(/archive is refused/);
    expect(await leftOver()).toEqual(before);
    const { status } = await daemon.call('GET', '/nodes/testnode/qemu/103/config');
    expect(status).not.toBe(200);
  });

  it('in which the same bytes stand for gigabytes is refused before they are written', async () => {
    const bytes = bomb(8 * 1024 ** 3);
    await writeFile(join(imports, 'bomb.qcow2'), bytes);
    await writeFile(
      join(imports, 'bomb.ova'),
      tarOf([description({ file: 'bomb.qcow2' }), { name: 'bomb.qcow2', bytes }]),
    );
    const before = await leftOver();
    for (const source of ['import/bomb.qcow2', 'import/bomb.ova/bomb.qcow2']) {
      const params = { vmid: 105, memory: 64, scsi0: `local:0,import-from=local:${source}` };
      expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toMatch(/bomb/);
    }
    expect(await leftOver()).toEqual(before);
  });

  it('that is being copied when its task is cancelled, or the daemon killed, leaves no process and no file', async () => {
    // Random bytes: enough of them that the kill comes in the middle.
    await exec('dd', [
      'if=/dev/urandom',
      `of=${join(imports, 'large.raw')}`,
      'bs=1M',
      'count=1024',
      'status=none',
    ]);
    const before = await leftOver();
    const params = { vmid: 104, memory: 64, scsi0: 'local:0,import-from=local:import/large.raw' };
    const copying = () => holdersOf(join(imports, 'large.raw'), 'qemu-img', 'convert');
    /** It is held in the middle, however fast the machine is. */
    const begun = async () => {
      const upid = await daemon.ok<string>('POST', '/nodes/testnode/qemu', params);
      const held = async () => {
        const pids = await copying();
        for (const pid of pids) process.kill(pid, 'SIGSTOP');
        return pids.length > 0;
      };
      await eventually('the copy to begin', 30_000, held, 5);
      return upid;
    };
    const cancelled = await begun();
    await daemon.ok('DELETE', `/nodes/testnode/tasks/${cancelled}`);
    expect(await daemon.taskEnd(cancelled)).not.toBe('OK');
    expect([await copying(), await leftOver()]).toEqual([[], before]);

    const upid = await begun();
    await daemon.end('SIGKILL');
    await eventually('the copying process to be gone', 5000, async () => (await copying()).length === 0, 20);
    await daemon.start();
    expect(await daemon.taskEnd(upid)).not.toBe('OK');
    await eventually('nothing to be left', 30_000, async () => (await leftOver()).join() === before.join());
  });
});
