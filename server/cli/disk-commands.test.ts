// `croft node disks` and `croft node disk` against a fake daemon: what is shown, asked, sent and refused.
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeDaemon } from './daemon-fixture.ts';
import { addDiskCommands } from './disk-commands.ts';
import type { Input, Output } from './io.ts';
import { Session } from './session.ts';

let daemon: FakeDaemon;
const contents = {
  ...{ disk: '/dev/sdb', model: 'WDC', serial: 'W-1', size: 4e12, identity: 'hw.now' },
  ...{ uses: [] as string[], losses: ['/dev/sdb: file system ext4 ‘\x1b[31mred’, 4.0 TB'] },
};
beforeEach(async () => {
  daemon = await FakeDaemon.start();
  daemon.on('GET /nodes/pve1/disks/contents', () => contents);
});
afterEach(() => daemon.stop());

async function run(argv: string[], yes = true) {
  const stream = () => new PassThrough();
  const [stdout, stderr] = [stream(), stream()];
  const program = new Command('node').exitOverride().configureOutput({ writeErr: () => {} });
  const io = { stdin: stream() as Input, stdout: stdout as Output, stderr: stderr as Output, env: {} };
  const session = new Session({
    ...{ io, socketPath: daemon.socketPath, json: false, wait: false, yes, node: undefined },
  });
  addDiskCommands(program, () => session);
  const failure = await program.parseAsync(argv, { from: 'user' }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  return { failure, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}
const asked = (verb: string, path: string) =>
  daemon.asked.find((one) => one.verb === verb && one.path === `/nodes/pve1/disks${path}`);
const sent = (verb: string, path: string) => JSON.parse(asked(verb, path)?.body ?? 'null') as unknown;

test('the list, with groups and what is worn', async () => {
  daemon.on('GET /nodes/pve1/disks/list', () => [
    {
      devpath: '/dev/sdb',
      type: 'ssd',
      bus: 'sata',
      size: 1024 ** 4,
      used: 'LVM',
      vgname: 'vg0',
      health: 'PASSED',
      wearout: 93,
      model: 'X',
      serial: 'S',
    },
    {
      devpath: '/dev/sdc',
      type: 'nvme',
      bus: 'nvme',
      size: 1024 ** 4,
      health: 'UNKNOWN',
      wearout: 'N/A',
      model: 'Y',
      serial: 'T',
    },
  ]);
  const { out } = await run(['disks']);
  expect(out).toMatch(/^\/dev\/sdb +ssd sata +1\.0 TiB +LVM: vg0 +PASSED +93% +X +S$/m);
  expect(out).toMatch(/^\/dev\/sdc +nvme +1\.0 TiB +UNKNOWN +Y +T$/m);
});

test('wiping sends what was shown, so that no other disk is hit', async () => {
  daemon.on(
    'PUT /nodes/pve1/disks/wipedisk',
    () => 'UPID:pve1:00000001:00000001:00000001:wipedisk:sdb:root@pam:',
  );
  const { failure } = await run(['disk', 'wipe', '/dev/sdb']);
  expect(failure).toBeUndefined();
  expect(sent('PUT', '/wipedisk')).toEqual({ disk: '/dev/sdb', expected: 'hw.now' });
});

test('a disk in use is not even asked about', async () => {
  daemon.on('GET /nodes/pve1/disks/contents', () => ({
    ...contents,
    uses: ['/dev/sdb1 is mounted at /srv'],
  }));
  expect((await run(['disk', 'wipe', '/dev/sdb'])).failure).toBe(
    '/dev/sdb is in use: /dev/sdb1 is mounted at /srv',
  );
  expect(asked('PUT', '/wipedisk')).toBeUndefined();
});

test('what is on a disk is shown without its control characters', async () => {
  const { out } = await run(['disk', 'show', '/dev/sdb']);
  expect(out).toMatch(/^holds: +\/dev\/sdb: file system ext4/m);
  expect(out).not.toContain('\x1b');
});

test('making and removing', async () => {
  const upid = 'UPID:pve1:00000001:00000001:00000001:x:box:root@pam:';
  daemon.on('POST /nodes/pve1/disks/directory', () => upid);
  daemon.on('DELETE /nodes/pve1/disks/lvmthin/data', () => upid);
  await run(['disk', 'directory', 'create', 'box', '/dev/sdb', '--filesystem', 'xfs', '--no-storage']);
  expect(sent('POST', '/directory')).toEqual({
    ...{ name: 'box', device: '/dev/sdb', expected: 'hw.now', add_storage: 0, filesystem: 'xfs' },
  });
  await run(['disk', 'lvmthin', 'remove', 'data', '--group', 'vg0', '--with-disks', '--with-volumes']);
  expect(asked('DELETE', '/lvmthin/data')?.query).toEqual({
    ...{ 'cleanup-disks': '1', 'with-volumes': '1', 'volume-group': 'vg0' },
  });
  expect((await run(['disk', 'lvmthin', 'remove', 'data'])).failure).toContain('--group');
});

test('directories: those that are not mounted say so, with the reason where there is one', async () => {
  const box = { path: '/mnt/pve/box', type: 'ext4', options: 'defaults', unitfile: '/x', storages: ['box'] };
  daemon.on('GET /nodes/pve1/disks/directory', () => [
    { ...box, name: 'a', device: '/dev/sda1', mounted: 1, size: 1024 ** 3, avail: 1024 ** 2 },
    { ...box, name: 'b', device: '/dev/sdb1', mounted: 0 },
    { ...box, name: 'c', device: '/dev/sdc1', mounted: 0, problem: 'its disk is not connected' },
  ]);
  const { out } = await run(['disk', 'directory', 'list']);
  expect(out).toMatch(/^a .* box *$/m);
  expect(out).toMatch(/^b .* not mounted$/m);
  expect(out).toMatch(/^c .* not mounted: its disk is not connected$/m);
});
