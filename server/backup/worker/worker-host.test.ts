// What a killed daemon's workers left is gone before the first worker of the next; what others put there stays.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareWorkers } from './worker-host.ts';

let runtimeDir: string;
beforeEach(() => {
  runtimeDir = mkdtempSync(join(tmpdir(), 'croft-workers-'));
});
afterEach(() => rmSync(runtimeDir, { recursive: true }));

test('folders of workers are removed with all that is in them', () => {
  const { runtimeDir: folder } = prepareWorkers(import.meta.url, runtimeDir);
  for (const name of ['worker-aB3_x9', 'worker-000000', 'worker-longer-name', 'other']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'nbd.sock'), '');
  }
  writeFileSync(join(folder, 'worker-a'), '');
  expect(prepareWorkers(import.meta.url, runtimeDir)).toEqual({
    entry: expect.stringContaining('worker-main.ts'),
    runtimeDir: folder,
  });
  expect(readdirSync(folder).sort()).toEqual(['other', 'worker-a', 'worker-longer-name']);
});
