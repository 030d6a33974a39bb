// Imports on the command line: what is uploaded, what is asked of the daemon.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeDaemon } from './daemon-fixture.ts';

const upid = 'UPID:pve1:00000001:00000001:00000001:imgcopy:local:root@pam:';
const metadata = '/nodes/pve1/storage/local/import-metadata';
let daemon: FakeDaemon;

beforeEach(async () => {
  daemon = await FakeDaemon.start();
  daemon.on('GET /cluster/resources', () => [{ type: 'qemu', vmid: 100, name: 'web', node: 'pve1' }]);
  daemon.on('GET /cluster/nextid', () => '103');
  daemon.on('GET /nodes/pve1/qemu/100/config', () => ({ scsi0: 'local:100/vm-100-disk-0.raw' }));
  daemon.on(`GET ${metadata}`, () => ({
    ...{ type: 'vm', source: 'esxi', format: 'ova' },
    'create-args': { name: 'box', cores: 2 },
    disks: { scsi0: 'local:import/box.ova/d.vmdk' },
    net: { net0: { model: 'e1000', macaddr: '00:50:56:AB:CD:01' } },
    warnings: [{ type: 'efi-state-lost', key: 'bios' }],
    report: [{ item: 'USB', mapped: 0, note: 'not taken over' }],
  }));
  daemon.on('POST /nodes/pve1/qemu', () => null);
  daemon.on('POST /nodes/pve1/qemu/100/config', () => null);
  daemon.on('POST /nodes/pve1/storage/local/upload', () => upid);
  daemon.on(`GET /nodes/pve1/tasks/${encodeURIComponent(upid)}/status`, () => ({
    status: 'stopped',
    exitstatus: 'OK',
  }));
  daemon.on(`GET /nodes/pve1/tasks/${encodeURIComponent(upid)}/log`, () => []);
});
afterEach(() => daemon.stop());

const sent = (path: string): unknown => {
  const { body } = daemon.asked.findLast((asked) => asked.verb === 'POST' && asked.path === path)!;
  return JSON.parse(body);
};

it('makes a VM of what is on a storage, and tells what is left out', async () => {
  const words = ['vm', 'import', 'next', 'local:import/box.ova', '--storage', 'fast', '--bridge', 'vmbr1'];
  const { code, out } = await daemon.run(words);
  expect(code).toBe(0);
  expect(out).toMatch(/USB .*nothing .*not taken over/);
  expect(out).toContain('UEFI');
  expect(daemon.asked.find(({ path }) => path === metadata)?.query).toEqual({
    volume: 'local:import/box.ova',
  });
  expect(sent('/nodes/pve1/qemu')).toEqual({
    ...{ vmid: '103', name: 'box', cores: 2 },
    scsi0: 'fast:0,import-from=local:import/box.ova/d.vmdk',
    net0: 'model=e1000,macaddr=00:50:56:AB:CD:01,bridge=vmbr1',
  });
});

it('uploads what is here', async () => {
  const file = join(daemon.folder, 'my box.ova');
  await writeFile(file, 'x');
  expect(await daemon.run(['vm', 'import', '120', file, '--name', 'mine', '--start'])).toMatchObject({
    code: 0,
  });
  expect(daemon.asked.find(({ path }) => path === metadata)?.query).toEqual({
    volume: 'local:import/my_box.ova',
  });
  expect(sent('/nodes/pve1/qemu')).toMatchObject({ vmid: '120', name: 'mine', start: 1 });
});

it('names what it uploads as a storage does, also where a letter is two for JavaScript', async () => {
  const file = join(daemon.folder, 'my \u{1F4E6}.ova');
  await writeFile(file, 'x');
  expect((await daemon.run(['vm', 'import', '120', file])).code).toBe(0);
  expect(daemon.asked.find(({ path }) => path.endsWith('/upload'))?.body).toContain('filename="my__.ova"');
  expect(daemon.asked.find(({ path }) => path === metadata)?.query).toEqual({
    volume: 'local:import/my__.ova',
  });
});

it('says how firmware and TPM keep their state, in the one format that they have', async () => {
  const kept = { efidisk0: 'efitype=4m', tpmstate0: 'version=v2.0' };
  daemon.on(`GET ${metadata}`, () => ({
    ...{ type: 'vm', source: 'esxi', format: 'conf', net: {}, warnings: [], report: [] },
    ...{ 'create-args': {}, 'disk-options': kept },
    disks: { scsi0: 'local:import/a.raw', efidisk0: 'local:import/e.raw', tpmstate0: 'local:import/t.raw' },
  }));
  const words = ['vm', 'import', '120', 'local:import/100.conf', '--format', 'qcow2'];
  expect((await daemon.run(words)).code).toBe(0);
  expect(sent('/nodes/pve1/qemu')).toEqual({
    vmid: '120',
    scsi0: 'local:0,import-from=local:import/a.raw,format=qcow2',
    efidisk0: 'local:0,import-from=local:import/e.raw,efitype=4m',
    tpmstate0: 'local:0,import-from=local:import/t.raw,version=v2.0',
  });
});

it('only shows, and refuses what it cannot import before anything is uploaded', async () => {
  expect((await daemon.run(['vm', 'import', 'next', 'local:import/box.ova', '--show'])).code).toBe(0);
  expect((await daemon.run(['vm', 'import', 'next', 'box.ova', 'notes.txt'])).err).toContain('notes.txt');
  for (const name of ['a.ova', 'B.OVA']) await writeFile(join(daemon.folder, name), 'x');
  const both = ['a.ova', 'B.OVA'].map((name) => join(daemon.folder, name));
  expect((await daemon.run(['vm', 'import', 'next', ...both])).err).toContain('give one .ova');
  expect(daemon.asked.some(({ verb }) => verb === 'POST')).toBe(false);
});

it('gives a VM a disk', async () => {
  const words = ['vm', 'disk-import', 'web', 'local:import/d.vhdx', 'fast', '--format', 'raw'];
  expect(await daemon.run(words)).toMatchObject({ code: 0 });
  expect(sent('/nodes/pve1/qemu/100/config')).toEqual({
    scsi1: 'fast:0,format=raw,import-from=local:import/d.vhdx',
  });
});
