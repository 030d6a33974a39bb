// The rescue server: pages, API and console say what is wrong, with nothing in them that a browser would run.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from './core/errors.ts';
import { ask } from './http/listen-fixture.ts';
import { type Rescue, startRescue } from './rescue.ts';

let folder: string;
let rescue: Rescue;
let now = Date.UTC(2026, 10, 21, 6, 41, 58);
const log = { info: () => {}, warn: () => {}, error: () => {} };
const problem = new AppError('unavailable', "damaged <script>alert('x')</script> & 'croft state restore x'", {
  detail: 'secret path',
  data: { problem: 'damaged' },
});

const start = () =>
  startRescue({
    config: {
      address: '127.0.0.1',
      port: 0,
      socket: join(folder, 'run', 'croft.sock'),
      dataDir: join(folder, 'data'),
      runtimeDir: join(folder, 'run'),
      node: 'tower',
    },
    problem,
    clock: { now: () => now, sleep: () => Promise.resolve() },
    log,
    consoleHead: join(folder, 'run', 'console-head'),
  });

beforeEach(async () => {
  now = Date.UTC(2026, 10, 21, 6, 41, 58);
  folder = mkdtempSync(join(tmpdir(), 'croft-rescue-'));
  mkdirSync(join(folder, 'data', 'config-backups'), { recursive: true });
  writeFileSync(join(folder, 'data', 'config-backups', 'croft-20261120T010203Z.db'), 'x'.repeat(2048));
  rescue = await start();
});
afterEach(async () => {
  await rescue.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('every page is the same plain one', async () => {
  for (const path of ['/', '/guests/100', '/assets/x.js']) {
    const { status, text, headers } = await ask({ port: rescue.port, path });
    expect(status).toBe(503);
    expect(text).toContain('Croft on tower does not start');
    expect(text).toContain('damaged &#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62; &#38;');
    expect(text).not.toContain('<script');
    expect(text).not.toContain('secret path');
    expect(text).toContain('Since 2026-11-21 06:41:58 UTC');
    expect(text).toContain(
      '<td>2026-11-20 01:02:03 UTC</td><td>2 KiB</td><td><code>croft-20261120T010203Z.db</code>',
    );
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  }
});

test('the API answers 503 with the reason, over the network and the local socket', async () => {
  const socketPath = join(folder, 'run', 'croft.sock');
  for (const where of [{ port: rescue.port }, { socketPath }]) {
    const answer = await ask({
      ...where,
      method: 'POST',
      path: '/api2/json/access/ticket',
      body: 'username=x',
    });
    expect(answer.status).toBe(503);
    expect(answer.reason).toBe(problem.message);
    expect(JSON.parse(answer.text)).toMatchObject({
      data: null,
      message: `${problem.message}\n`,
      code: 'unavailable',
      details: { problem: 'damaged' },
    });
  }
});

test('the console is told, until it ends', async () => {
  const head = join(folder, 'run', 'console-head');
  expect(readFileSync(head, 'utf8')).toMatch(/^Croft does not start: damaged/);
  await rescue.stop();
  expect(existsSync(head)).toBe(false);
  rescue = await start();
});

test('a restart does not change since when', async () => {
  await rescue.stop();
  now += 3600_000;
  rescue = await start();
  expect((await ask({ port: rescue.port, path: '/' })).text).toContain('Since 2026-11-21 06:41:58 UTC');
});

test('a data folder that takes no certificate is no reason to be silent', async () => {
  await rescue.stop();
  rmSync(join(folder, 'data'), { recursive: true });
  writeFileSync(join(folder, 'data'), 'a file is in its place');
  rescue = await start();
  expect((await ask({ port: rescue.port, path: '/' })).text).toContain('There are none.');
});
