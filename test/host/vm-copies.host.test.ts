// VMs that become several, on real QEMU: linked and full clones start and hold the bytes of their source; disks move and keep theirs.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { TestDaemon } from './daemon.ts';

const daemon = new TestDaemon();
const second = join(daemon.folder, 'second');
const roots: Readonly<Record<string, string>> = { local: daemon.storagePath, second };
/** 1 MiB. */
const smallDisk = 'local:0.0009765625';
const guest = (vmid: number) => `/nodes/testnode/qemu/${vmid}`;
let nextId = 100;

beforeAll(async () => {
  await daemon.start();
  mkdirSync(second, { mode: 0o755 });
  await daemon.ok('POST', '/storage', { storage: 'second', type: 'dir', path: second, content: 'images' });
});
afterAll(() => daemon.dispose());

async function made(more: object = {}): Promise<number> {
  const vmid = nextId++;
  const params = { vmid, memory: 32, scsihw: 'virtio-scsi-pci', scsi0: smallDisk, ...more };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
  return vmid;
}

async function cloneOf(vmid: number, more: object = {}): Promise<number> {
  const newid = nextId++;
  expect(await daemon.task('POST', `${guest(vmid)}/clone`, { newid, ...more })).toBe('OK');
  return newid;
}

const config = (vmid: number) => daemon.ok<Record<string, string>>('GET', `${guest(vmid)}/config`);

/** File and format of a VM's disk. */
async function fileOf(vmid: number, key = 'scsi0'): Promise<{ file: string; format: string }> {
  const [, storage = '', name = ''] = /^([^:]+):([^,]+)/.exec((await config(vmid))[key] ?? '') ?? [];
  return { file: join(roots[storage]!, 'images', name), format: name.split('.').at(-1)! };
}

/** Writes a byte over a part of the disk, or reads that it is there. Throws when it is not. */
async function bytes(vmid: number, action: 'write' | 'read', byte: number, at = '0 64k'): Promise<void> {
  const { file, format } = await fileOf(vmid);
  const { stdout } = await exec('qemu-io', ['-f', format, '-c', `${action} -P ${byte} ${at}`, file]);
  if (/failed|error/i.test(stdout)) throw new Error(stdout);
}

async function starts(vmid: number): Promise<string> {
  expect(await daemon.task('POST', `${guest(vmid)}/status/start`)).toBe('OK');
  const { status } = await daemon.ok<{ status: string }>('GET', `${guest(vmid)}/status/current`);
  expect(status).toBe('running');
  const domain = `${daemon.guestPrefix}${vmid}`;
  return (await exec('virsh', ['-c', 'qemu:///system', 'dumpxml', domain])).stdout;
}

async function gone(...vmids: number[]): Promise<void> {
  for (const vmid of vmids) {
    await daemon.task('POST', `${guest(vmid)}/status/stop`);
    expect(await daemon.task('DELETE', guest(vmid))).toBe('OK');
  }
}

describe('a template', () => {
  it('has linked clones that run at once, each with changes of its own, and stays while they are there', async () => {
    const vmid = await made({ scsi1: 'local:0.0009765625,format=raw' });
    await bytes(vmid, 'write', 0x5a);
    expect(await daemon.task('POST', `${guest(vmid)}/template`)).toBe('OK');
    expect((await config(vmid))['scsi0']).toMatch(/^local:\d+\/base-\d+-disk-0\.qcow2/);
    expect(await daemon.task('POST', `${guest(vmid)}/status/start`)).toContain('template');

    const began = performance.now();
    const first = await cloneOf(vmid);
    process.stderr.write(`a linked clone of two disks: ${Math.round(performance.now() - began)} ms\n`);
    const other = await cloneOf(vmid, { name: 'other' });
    await bytes(first, 'read', 0x5a);
    await bytes(first, 'write', 0x11);
    await bytes(other, 'read', 0x5a);
    // Over a raw base, too.
    expect((await fileOf(first, 'scsi1')).format).toBe('qcow2');
    const { file: base } = await fileOf(vmid);
    for (const clone of [first, other]) expect(await starts(clone)).toContain(base);
    expect((await daemon.task('DELETE', guest(vmid))).toString()).toContain('linked clones');
    const line = await daemon.ok<{ volid: string; parent?: string }[]>(
      'GET',
      '/nodes/testnode/storage/local/content',
      { vmid: first },
    );
    expect(line.map(({ parent }) => parent)).toEqual([
      `${vmid}/base-${vmid}-disk-0.qcow2`,
      `${vmid}/base-${vmid}-disk-1.raw`,
    ]);

    expect(await daemon.task('POST', `${guest(first)}/status/stop`)).toBe('OK');
    // The other still reads from the base.
    expect(await daemon.task('POST', `${guest(other)}/status/reset`)).toBe('OK');
    const full = await cloneOf(first, { full: 1, storage: 'second', format: 'raw' });
    await gone(first, other, vmid);
    await bytes(full, 'read', 0x11);
    await starts(full);
    await gone(full);
  });

  it('with UEFI gives each clone variables of its own', async () => {
    const vmid = await made({ bios: 'ovmf', efidisk0: 'local:1', memory: 128 });
    expect(await daemon.task('POST', `${guest(vmid)}/template`)).toBe('OK');
    const clone = await cloneOf(vmid);
    expect((await config(clone))['efidisk0']).toMatch(/^local:\d+\/vm-\d+-disk-\d\.raw/);
    await starts(clone);
    await gone(clone, vmid);
  });
});

describe('a full clone', () => {
  it('starts beside its source with the same bytes and another identity', async () => {
    const vmid = await made({ net0: 'virtio', vmgenid: 1 });
    await bytes(vmid, 'write', 0x77, '64k 64k');
    const clone = await cloneOf(vmid, { name: 'twin', description: 'a copy' });
    await bytes(clone, 'read', 0x77, '64k 64k');
    const [before, after] = [await config(vmid), await config(clone)];
    expect(after).toMatchObject({ name: 'twin', description: 'a copy', memory: before['memory'] });
    for (const key of ['net0', 'smbios1', 'vmgenid']) expect(after[key]).not.toBe(before[key]);
    await Promise.all([starts(vmid), starts(clone)]);
    // Running, it is copied as it is.
    const live = await cloneOf(vmid, { storage: 'second', format: 'raw' });
    await bytes(live, 'read', 0x77, '64k 64k');
    await starts(live);
    await gone(vmid, clone, live);
  });
});

describe('a disk that moves', () => {
  it('holds the same bytes on another storage, in another format and with another owner', async () => {
    const vmid = await made();
    const other = await made();
    await bytes(vmid, 'write', 0x21, '128k 300k');
    const kept = join(daemon.folder, 'kept.raw');
    const { file, format } = await fileOf(vmid);
    await exec('qemu-img', ['convert', '-f', format, '-O', 'raw', file, kept]);
    const same = async (owner: number, key: string) => {
      const now = await fileOf(owner, key);
      const { stdout } = await exec('qemu-img', ['compare', '-F', now.format, kept, '-f', 'raw', now.file]);
      expect(stdout).toContain('identical');
    };
    const move = (params: object) =>
      daemon.task('POST', `${guest(vmid)}/move_disk`, { disk: 'scsi0', ...params });

    expect(await starts(vmid)).toContain(file);
    expect(await move({ 'target-vmid': other })).toContain('is running: stop it first');
    expect(await daemon.task('POST', `${guest(vmid)}/status/stop`)).toBe('OK');

    expect(await move({ storage: 'second', format: 'raw' })).toBe('OK');
    await same(vmid, 'scsi0');
    expect((await config(vmid))['unused0']).toMatch(/^local:/);
    expect(await move({ storage: 'second', format: 'qcow2', delete: 1 })).toBe('OK');
    expect(await move({ storage: 'local', delete: 1 })).toBe('OK');
    await same(vmid, 'scsi0');
    expect(readdirSync(join(second, 'images'))).toEqual([]);
    await starts(vmid);
    expect(await daemon.task('POST', `${guest(vmid)}/status/stop`)).toBe('OK');

    expect(await move({ 'target-vmid': other, 'target-disk': 'virtio2' })).toBe('OK');
    await same(other, 'virtio2');
    expect((await config(vmid))['scsi0']).toBeUndefined();
    await starts(other);
    await gone(other, vmid);
  });
});

it('leaves nothing on any storage', () => {
  for (const root of Object.values(roots)) expect(readdirSync(join(root, 'images'))).toEqual([]);
  expect(daemon.output).not.toMatch(/"level":(50|60)/);
});
