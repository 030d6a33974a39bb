// A storage whose file system hangs: lists and other storages answer as always, its own calls are refused in time, and it comes back by itself.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestDaemon } from './daemon.ts';
import { type HungFileSystem, hangFileSystem } from './hung-file-system.ts';
import { eventually, within } from './wait.ts';

let daemon: TestDaemon;
let hung: HungFileSystem | undefined;
beforeEach(async () => {
  daemon = await new TestDaemon().start();
});
afterEach(async () => {
  try {
    await hung?.end();
  } finally {
    await daemon.dispose();
  }
});

interface Status {
  readonly storage: string;
  readonly active: number;
  readonly problem?: string;
}
const statusOf = async (storage: string) => {
  const all = await daemon.ok<Status[]>('GET', '/nodes/testnode/storage');
  return all.find((status) => status.storage === storage);
};
const allocate = (storage: string, number: number) =>
  daemon.call('POST', `/nodes/testnode/storage/${storage}/content`, {
    ...{ vmid: 100, filename: `vm-100-disk-${number}.raw`, format: 'raw', size: '8M' },
  });

test('a hung storage holds up nobody, and comes back', { timeout: 180_000 }, async () => {
  const path = join(daemon.folder, 'hung');
  mkdirSync(path);
  await daemon.ok('POST', '/storage', { storage: 'hung', type: 'dir', path, content: 'images' });
  expect((await allocate('hung', 0)).status).toBe(200);
  hung = await hangFileSystem(path);

  const slowest = { list: 0, resources: 0, other: 0 };
  const timed = async (what: keyof typeof slowest, work: () => Promise<unknown>) => {
    const began = performance.now();
    await work();
    slowest[what] = Math.max(slowest[what], performance.now() - began);
  };
  // Nobody knows yet: these find out, more of them than the process has threads for files.
  const refusals = Array.from({ length: 6 }, (_, number) => allocate('hung', number + 1));
  const until = Date.now() + 30_000;
  for (let number = 0; Date.now() < until; number += 1) {
    await timed('list', () => daemon.ok('GET', '/nodes/testnode/storage'));
    await timed('resources', () => daemon.ok('GET', '/cluster/resources'));
    await timed('other', async () => expect((await allocate('local', number)).status).toBe(200));
    await delay(250);
  }
  expect(slowest.list).toBeLessThan(500);
  expect(slowest.resources).toBeLessThan(500);
  expect(slowest.other).toBeLessThan(2000);
  expect(await statusOf('hung')).toMatchObject({ active: 0, problem: expect.stringMatching(/time|answer/) });
  const late = await allocate('hung', 9);
  expect([late.status, late.reason]).toEqual([expect.any(Number), expect.stringContaining('hung')]);
  expect(late.status).toBeGreaterThanOrEqual(400);
  const early = await within('the refusals, while it still hangs', 30_000, Promise.all(refusals));
  for (const { status } of early) expect(status).toBeGreaterThanOrEqual(400);

  await hung.end();
  await eventually('the storage is back', 90_000, async () => (await statusOf('hung'))?.active === 1, 500);
  expect((await allocate('hung', 20)).status).toBe(200);
  const content = await daemon.ok<{ volid: string }[]>('GET', '/nodes/testnode/storage/hung/content');
  expect(content.map(({ volid }) => volid)).toContain('hung:100/vm-100-disk-20.raw');
});
