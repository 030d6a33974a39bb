// Disks over the API, on made-up ones: from an empty disk to a directory, a thin pool, and back; who may do what.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callLocal } from '../../../test/host/api.ts';
import { type DevServer, startDev } from '../../dev.ts';

let server: DevServer;
beforeAll(async () => {
  server = await startDev({ port: 0, guests: 0, tasks: false, logLevel: 'error' });
}, 30_000);
afterAll(() => server?.stop());

type Verb = 'GET' | 'POST' | 'PUT' | 'DELETE';
const call = (verb: Verb, path: string, params: object = {}) =>
  callLocal(server.socket, verb, `/nodes/${server.node}/${path}`, { ...params });

async function data<T>(verb: Verb, path: string, params?: object): Promise<T> {
  const { status, reason, body } = await call(verb, path, params);
  if (status !== 200) throw new Error(`${status} ${reason}`);
  return body.data as T;
}

/** Starts a task and waits for its end. */
async function finish(verb: Verb, path: string, params?: object): Promise<string> {
  const upid = await data<string>(verb, path, params);
  for (;;) {
    const { status, exitstatus } = await data<{ status: string; exitstatus?: string }>(
      'GET',
      `tasks/${upid}/status`,
    );
    if (status !== 'running') return exitstatus ?? '';
  }
}

interface Contents {
  readonly identity: string;
  readonly uses: string[];
  readonly losses: string[];
}
const contents = (disk: string) => data<Contents>('GET', 'disks/contents', { disk });
interface Line {
  readonly devpath: string;
  readonly used?: string;
  readonly vgname?: string;
}
const lines = () => data<Line[]>('GET', 'disks/list', { 'include-partitions': 1 });

test('a disk that is full of other things is wiped, becomes a directory, and is given back', async () => {
  const before = await contents('/dev/sdc');
  expect(before.uses).toEqual([]);
  expect(before.losses).toContainEqual(expect.stringContaining('ntfs ‘old <b>office</b>’'));
  const made = { name: 'photos', device: '/dev/sdc', filesystem: 'xfs' };
  expect((await call('POST', 'disks/directory', made)).reason).toContain('/dev/sdc is not empty');
  expect((await call('PUT', 'disks/wipedisk', { disk: '/dev/sdc', expected: 'another' })).reason).toContain(
    'not as it was',
  );
  const wipe = { disk: '/dev/sdc', expected: before.identity };
  expect(await finish('PUT', 'disks/wipedisk', wipe)).toBe('OK');
  expect((await lines()).filter(({ devpath }) => devpath.startsWith('/dev/sdc'))).toEqual([
    expect.not.objectContaining({ used: expect.anything() }),
  ]);
  expect(await finish('POST', 'disks/directory', made)).toBe('OK');
  expect(await data('GET', 'disks/directory')).toMatchObject([
    { name: 'photos', path: '/mnt/pve/photos', type: 'xfs', device: '/dev/sdc1', mounted: 1 },
  ]);
  expect((await contents('/dev/sdc')).uses).toEqual([
    "/dev/sdc1 is mounted at /mnt/pve/photos as directory 'photos'",
  ]);
  expect(await finish('DELETE', 'disks/directory/photos', { 'cleanup-disks': 1 })).toBe('OK');
  expect((await contents('/dev/sdc')).losses).toEqual([]);
});

test('groups and pools', async () => {
  expect(await finish('POST', 'disks/initgpt', { disk: '/dev/sdb' })).toBe('OK');
  expect(await finish('POST', 'disks/lvmthin', { name: 'slow', device: '/dev/sdb' })).toBe('OK');
  const pools = await data<{ vg: string; lv: string; metadata_size: number }[]>('GET', 'disks/lvmthin');
  expect(pools).toContainEqual(expect.objectContaining({ vg: 'slow', lv: 'slow' }));
  expect((await lines()).find(({ devpath }) => devpath === '/dev/sdb')).toMatchObject({
    used: 'LVM',
    vgname: 'slow',
  });
  const { children } = await data<{ children: { name: string }[] }>('GET', 'disks/lvm');
  expect(children.map(({ name }) => name)).toEqual(['croft', 'fast', 'slow']);
  expect((await call('DELETE', 'disks/lvmthin/data', { 'volume-group': 'fast' })).reason).toContain(
    'holds vm-900-disk-0',
  );
  expect((await call('DELETE', 'disks/lvm/croft', { 'with-volumes': 1 })).reason).toContain('local is open');
  const given = { 'volume-group': 'slow', 'cleanup-disks': 1 };
  expect(await finish('DELETE', 'disks/lvmthin/slow', given)).toBe('OK');
  expect((await lines()).find(({ devpath }) => devpath === '/dev/sdb')).not.toHaveProperty('used');
});

test.each([
  ['PUT', 'disks/wipedisk', { disk: '/dev/sda' }, 'this machine runs from it'],
  ['PUT', 'disks/wipedisk', { disk: '/dev/sda1' }, 'what this machine starts from'],
  ['PUT', 'disks/wipedisk', { disk: '/dev/nothing' }, 'Parameter verification failed'],
  ['PUT', 'disks/wipedisk', { disk: '/dev/../etc/passwd' }, 'Parameter verification failed'],
  ['POST', 'disks/lvm', { name: 'x1', device: '/dev/sdb;reboot' }, 'Parameter verification failed'],
  ['POST', 'disks/lvm', { name: '-x', device: '/dev/sdb' }, 'Parameter verification failed'],
  ['DELETE', 'disks/directory/none', {}, "directory 'none' does not exist"],
  ['DELETE', 'disks/lvmthin/data', {}, 'Parameter verification failed'],
] as const)('%s %s %o is refused', async (verb, path, params, words) => {
  const { status, reason } = await call(verb, path, params);
  expect(status).not.toBe(200);
  expect(reason).toContain(words);
});
