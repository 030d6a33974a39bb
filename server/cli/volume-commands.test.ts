// `croft storage note|copy|move|orphans|adopt` and `croft vm rescan`: what they ask the daemon for, and how they show it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeDaemon } from './daemon-fixture.ts';

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await FakeDaemon.start();
  daemon.on('GET /cluster/resources', () => [
    { id: 'qemu/100', type: 'qemu', vmid: 100, name: 'web', status: 'stopped', node: 'pve1' },
  ]);
  for (const [path, answer] of answers) daemon.on(path, () => answer);
});
afterEach(() => daemon.stop());

const upid = 'UPID:pve1:00000001:00000002:69000000:volcopy:local:root@pam:';
const local = '/nodes/pve1/storage/local';
const iso = 'local:iso/debian.iso';
const isoPath = `${local}/content/${encodeURIComponent(iso)}`;
const orphan = {
  ...{ volid: 'local:100/vm-100-disk-1.qcow2', content: 'images', format: 'qcow2', vmid: 100 },
  ...{ size: 8 * 1024 ** 3, used: 1024 ** 3, ctime: 1_700_000_000, reason: 'not-named' },
};
const gone = {
  ...orphan,
  volid: 'local:101/vm-101-disk-0.raw',
  vmid: 101,
  reason: 'guest-gone',
  protected: 1,
};
const answers: readonly (readonly [string, unknown])[] = [
  [`PUT ${isoPath}`, null],
  [
    `GET ${isoPath}`,
    { path: '/x', format: 'iso', size: 1, used: 1, notes: 'from\u001b[2J us', protected: 1 },
  ],
  [`POST ${local}/copy-volume`, upid],
  [`POST ${local}/adopt-volume`, upid],
  [`GET ${local}/orphans`, [orphan, gone]],
  [
    'GET /nodes/pve1/storage',
    [
      { storage: 'local', content: 'iso,images', active: 1 },
      { storage: 'files', content: 'iso', active: 1 },
      { storage: 'dead', content: 'images', active: 0 },
    ],
  ],
];
const bodies = (verb: string) =>
  daemon.asked.filter((one) => one.verb === verb).map((one) => JSON.parse(one.body ?? 'null') as unknown);

test('notes are written, removed and shown harmless', async () => {
  await daemon.run(['storage', 'note', iso, 'from us']);
  await daemon.run(['storage', 'note', iso, '']);
  await daemon.run(['storage', 'protect', iso]);
  await daemon.run(['storage', 'unprotect', iso]);
  expect(bodies('PUT')).toEqual([{ notes: 'from us' }, { notes: '' }, { protected: 1 }, { protected: 0 }]);
  const { out } = await daemon.run(['storage', 'note', iso]);
  expect(out).toMatch(/from\?\[2J us +yes/);
  const wrong = await daemon.run(['storage', 'note', 'debian.iso', 'x']);
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('write storage:name')]);
});

test('a copy and a move say where to, and what is wished', async () => {
  const copied = await daemon.run(['storage', 'copy', iso, 'nas', '--name', 'b.iso', '--no-wait']);
  expect(copied.out).toBe(`${upid}\n`);
  await daemon.run(['storage', 'move', orphan.volid, 'nas', '--vm', '101', '--bwlimit', '5', '--no-wait']);
  expect(bodies('POST')).toEqual([
    { volume: iso, target: 'nas', name: 'b.iso' },
    { volume: orphan.volid, target: 'nas', delete: 1, vmid: '101', bwlimit: '5' },
  ]);
});

test('orphans of all storages that hold disks and can be used, and why', async () => {
  const { out } = await daemon.run(['storage', 'orphans']);
  expect(out).toMatch(/vm-100-disk-1\.qcow2 +8\.0 GiB +1\.0 GiB .*guest 100 does not name it/);
  expect(out).toMatch(/vm-101-disk-0\.raw .*there is no guest 101 +protected/);
  expect(JSON.parse((await daemon.run(['storage', 'orphans', 'local', '--json'])).out)).toEqual([
    orphan,
    gone,
  ]);
});

test('a rescan adopts what bears the number of the guest', async () => {
  await daemon.run(['vm', 'rescan', 'web', '--no-wait']);
  expect(bodies('POST')).toEqual([{ volume: orphan.volid }]);
});
