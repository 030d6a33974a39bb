// Clones, templates and disks that move, on the command line: what is asked of the daemon.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeDaemon } from './daemon-fixture.ts';

const path = '/nodes/pve1/qemu/100';
const upid = 'UPID:pve1:00000001:00000001:00000001:qmclone:100:root@pam:';
let daemon: FakeDaemon;

beforeEach(async () => {
  daemon = await FakeDaemon.start();
  daemon.on('GET /cluster/resources', () => [
    { type: 'qemu', vmid: 100, name: 'web', node: 'pve1' },
    { type: 'qemu', vmid: 101, name: 'db', node: 'pve1' },
    { type: 'lxc', vmid: 102, name: 'box', node: 'pve1' },
  ]);
  daemon.on('GET /cluster/nextid', () => '103');
  for (const name of ['clone', 'template', 'move_disk']) daemon.on(`POST ${path}/${name}`, () => upid);
});
afterEach(() => daemon.stop());

async function asked(...words: string[]): Promise<unknown> {
  const { code, err } = await daemon.run(['--no-wait', 'vm', ...words]);
  expect({ code, err }).toMatchObject({ code: 0 });
  const { path: at, body } = daemon.asked.findLast(({ verb }) => verb === 'POST')!;
  return [at.slice(path.length + 1), body === '' ? {} : JSON.parse(body)];
}

it.each([
  [['clone', 'web'], 'clone', { newid: '103' }],
  [
    ['clone', 'web', '200', '--full', '--snapshot', 'first', '--storage', 'fast', '--format', 'raw'],
    'clone',
    { newid: '200', full: 1, snapname: 'first', storage: 'fast', format: 'raw' },
  ],
  [
    ['clone', '100', '--name', 'twin', '--pool', 'office'],
    'clone',
    { newid: '103', name: 'twin', pool: 'office' },
  ],
  [['template', 'web', '--disk', 'scsi1'], 'template', { disk: 'scsi1' }],
  [['move', 'web', 'scsi0', 'fast', '--delete'], 'move_disk', { disk: 'scsi0', storage: 'fast', delete: 1 }],
  [['move', 'web', 'scsi0', '--format', 'raw'], 'move_disk', { disk: 'scsi0', format: 'raw' }],
  [
    ['move', 'web', 'scsi0', 'fast', '--bwlimit', '2048'],
    'move_disk',
    { disk: 'scsi0', storage: 'fast', bwlimit: '2048' },
  ],
  [
    ['give', 'web', 'scsi1', 'db', 'virtio0'],
    'move_disk',
    { disk: 'scsi1', 'target-vmid': 101, 'target-disk': 'virtio0' },
  ],
])('%j', async (words, method, params) => {
  expect(await asked(...words)).toEqual([method, params]);
});

it('makes a template of a full clone, one task after the other', async () => {
  daemon.on('POST /nodes/pve1/qemu/103/template', () => upid);
  const tasks = `GET /nodes/pve1/tasks/${encodeURIComponent(upid)}`;
  daemon.on(`${tasks}/log`, () => []);
  daemon.on(`${tasks}/status`, () => ({ status: 'stopped', exitstatus: 'OK' }));
  const { code, out } = await daemon.run([
    'vm',
    'make-image',
    'web',
    '--name',
    'golden',
    '--storage',
    'fast',
  ]);
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('VM 103 is a template') });
  const posts = daemon.asked.filter(({ verb }) => verb === 'POST');
  expect(posts.map(({ path: at }) => at)).toEqual([`${path}/clone`, '/nodes/pve1/qemu/103/template']);
  expect(JSON.parse(posts[0]!.body)).toEqual({ name: 'golden', storage: 'fast', newid: '103', full: 1 });
  expect((await daemon.run(['--no-wait', 'vm', 'make-image', 'web'])).err).toContain('leave it out');
});

it('grows a disk', async () => {
  daemon.on(`PUT ${path}/resize`, () => upid);
  expect((await daemon.run(['--no-wait', 'vm', 'resize', 'web', 'scsi0', '+4G'])).code).toBe(0);
  expect(JSON.parse(daemon.asked.at(-1)!.body)).toEqual({ disk: 'scsi0', size: '+4G' });
});

it('takes no container, and no word for a number', async () => {
  expect((await daemon.run(['vm', 'clone', 'box'])).code).toBe(1);
  expect((await daemon.run(['vm', 'give', 'web', 'scsi1', 'box'])).code).toBe(1);
  expect((await daemon.run(['vm', 'clone', 'web', 'x'])).err).toContain('newid: must be a number');
  expect(daemon.asked.some(({ verb }) => verb === 'POST')).toBe(false);
});
