// The runner of suites on appliances: what it is bundled into runs by Node alone, passes what passes, and fails what fails.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleForAppliance } from './bundle.ts';
import { caseName } from './runner.ts';
import { closingOf } from './tap.ts';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'croft-runner-'));
  await bundleForAppliance('test/appliance/runner-fixture.ts', join(folder, 'suite.mjs'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...words: string[]) =>
  spawnSync(process.execPath, ['--test-reporter=tap', join(folder, 'suite.mjs'), ...words], {
    cwd: folder,
    encoding: 'utf8',
    // Vitest's own variables would tell Node's runner that it is a child of another one.
    env: { PATH: process.env['PATH'] ?? '' },
  });

test('a suite runs where there is no vitest', () => {
  const { status, stdout, stderr } = run();
  expect([status, stderr], stdout).toEqual([0, '']);
  expect(stdout).toContain('ok 3 - takes iso and 2');
  expect(closingOf(stdout)).toEqual({ tests: 6, pass: 6, fail: 0, skipped: 0, failed: [] });
});

test('a test that fails is told, and is the exit code', () => {
  const { status, stdout } = run('fail');
  expect(status).toBe(1);
  expect(closingOf(stdout)).toMatchObject({ pass: 5, fail: 1, failed: ['does as it is told'] });
  expect(stdout).toMatch(/to not include 'fail'/);
});

test('cases are named by their values', () => {
  expect(caseName('%s is %j', ['a', { b: 1 }])).toBe('a is {"b":1}');
  expect(caseName('100 %% of $format', [{ format: 'raw' }])).toBe('100 % of raw');
  expect(caseName('plain', ['a'])).toBe('plain');
});
