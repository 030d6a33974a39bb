// Copies of disks between two directories with the real qemu-img: any pair of formats, holes kept, at the speed wanted, and nothing
// half-made when one is cut off.
import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StorageWorld, storageWorld } from '../../../test/fixtures/storage-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { exec } from '../../core/exec.ts';
import { quietContext } from '../../core/work-context.ts';
import { volumeCopyKind } from './volume-copy.ts';
import type { VolumeCopyParams } from './volume-copy-plan.ts';

const mebibyte = 1024 ** 2;
const source = 'local:100/vm-100-disk-0.raw';
let world: StorageWorld;
let other: string;

beforeEach(async () => {
  world = await storageWorld();
  other = await mkdtemp(path.join(tmpdir(), 'croft-other-'));
  await world.service.create('other', 'dir', { path: other, content: 'images,iso' });
  await world.service.allocate(quietContext(), 'local', {
    vmid: 100,
    sizeBytes: 256 * mebibyte,
    format: 'raw',
  });
  const handle = await open(path.join(world.root, 'images/100/vm-100-disk-0.raw'), 'r+');
  for (const at of [0, 100, 255])
    await handle.write(Buffer.alloc(mebibyte, at + 1), 0, mebibyte, at * mebibyte);
  await handle.close();
});
afterEach(async () => {
  await world.cleanUp();
  await rm(other, { recursive: true });
});

async function start(params: Partial<VolumeCopyParams>) {
  const { runner } = runnerWorld();
  const kind = volumeCopyKind(world.service);
  runner.register(kind);
  const all = { source, storage: 'other', remove: false, limitKib: 0, key: '0011223344556677', ...params };
  return { runner, upid: await runner.start(kind, all, { requester: 'root@pam' }) };
}
const run = async (params: Partial<VolumeCopyParams>) => {
  const { runner, upid } = await start(params);
  return (await runner.wait(upid)).exitStatus;
};
const fileOf = (root: string, name: string) => path.join(root, 'images', name);
const same = async (a: string, b: string) =>
  (await exec('qemu-img', ['compare', '-U', a, b], { intention: 'compare' })).stdout;

test('raw to qcow2 and back to raw: the same disk, and no larger than what was written', async () => {
  expect(await run({ format: 'qcow2' })).toBe('OK');
  expect(
    await run({ source: 'other:100/vm-100-disk-0.qcow2', storage: 'local', vmid: 101, format: 'raw' }),
  ).toBe('OK');
  const [raw, qcow2, again] = [
    fileOf(world.root, '100/vm-100-disk-0.raw'),
    fileOf(other, '100/vm-100-disk-0.qcow2'),
    fileOf(world.root, '101/vm-101-disk-0.raw'),
  ];
  expect(await same(raw, qcow2)).toContain('identical');
  expect(await same(raw, again)).toContain('identical');
  for (const file of [qcow2, again]) expect((await stat(file)).blocks * 512).toBeLessThan(16 * mebibyte);
});

test('a move takes the original away, and keeps to a limit', async () => {
  const began = performance.now();
  expect(await run({ remove: true, limitKib: 512 })).toBe('OK');
  expect(performance.now() - began).toBeGreaterThan(1_000);
  expect(await readdir(path.join(world.root, 'images'))).toEqual([]);
  expect((await stat(fileOf(other, '100/vm-100-disk-0.raw'))).size).toBe(256 * mebibyte);
});

test('cancelled in the middle: nothing is there, and the original is as it was', async () => {
  const { runner, upid } = await start({ limitKib: 64 });
  await delay(1_000);
  await runner.cancel(upid);
  expect((await runner.wait(upid)).state).toBe('cancelled');
  expect(await readdir(other, { recursive: true })).not.toContainEqual(expect.stringContaining('disk'));
  expect(await readdir(path.join(other, 'images'))).toEqual([]);
  expect((await stat(fileOf(world.root, '100/vm-100-disk-0.raw'))).size).toBe(256 * mebibyte);
});
