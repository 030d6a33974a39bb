// The small parts: what booted, the slots' hashes, keys, asking the daemon, rebooting soon, power.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { quietContext } from '../core/work-context.ts';
import { type ApplianceWorld, applianceWorld } from './appliance-fixture.ts';
import { requireSlot } from './boot-facts.ts';
import { createLocalGet } from './local-get.ts';
import { createPower, refusePower } from './power.ts';
import { createRebootSoon } from './reboot-soon.ts';
import { readSlot, verifySlot } from './slots.ts';
import { readUpdateKeys } from './update-keys.ts';

let world: ApplianceWorld;
beforeEach(() => {
  world = applianceWorld();
});
afterEach(() => world.dispose());

describe('what booted', () => {
  test('an installed slot', () => {
    expect(world.facts()).toMatchObject({ mode: 'installed', slot: 'A', firmware: 'bios' });
    expect(requireSlot(world.facts())).toBe('A');
  });

  test('an image that does not tell its version, a slot that is none', () => {
    writeFileSync(world.paths.imageInfo, '{');
    writeFileSync(world.paths.slot, 'C');
    expect(world.facts()).toMatchObject({ mode: 'installed', slot: undefined, image: undefined });
    expect(() => requireSlot(world.facts())).toThrow(/do not say which slot/);
  });
});

describe('the slots', () => {
  test.each([
    ['an empty one', () => rmSync(join(world.paths.system, 'B'), { recursive: true }), 'it is empty'],
    [
      'no manifest at all',
      () => writeFileSync(join(world.paths.system, 'B/manifest.json'), '5'),
      /bad manifest/,
    ],
    [
      'a file too short',
      () => writeFileSync(join(world.paths.system, 'B/vmlinuz'), 'x'),
      'vmlinuz has 1 bytes, not 512',
    ],
  ])('%s', async (_name, spoil, problem) => {
    spoil();
    const found = await readSlot(world.files, 'B');
    expect(found.problem).toMatch(problem);
    await expect(verifySlot(world.files, 'B', quietContext())).rejects.toThrow(/slot B cannot boot/);
  });

  test('every byte is read, and cancelling stops it', async () => {
    const shares: number[] = [];
    const context = { ...quietContext(), progress: (share: number) => shares.push(share) };
    expect(await verifySlot(world.files, 'B', context)).toMatchObject({ version: '0.9.0' });
    expect(shares.at(-1)).toBe(1);
    await expect(verifySlot(world.files, 'B', quietContext(AbortSignal.abort()))).rejects.toThrow();
  });
});

test('keys: every PEM of the folder, none without one', async () => {
  writeFileSync(join(world.paths.updateKeys, 'b.pem'), 'second');
  writeFileSync(join(world.paths.updateKeys, 'a.pem'), 'first');
  writeFileSync(join(world.paths.updateKeys, 'README'), 'no key');
  expect(await readUpdateKeys(world.paths.updateKeys)).toEqual(['first', 'second']);
  expect(await readUpdateKeys(join(world.root, 'none'))).toEqual([]);
});

describe('asking the daemon', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'croft-get-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('answers, refusals, and nobody there', async () => {
    const socketPath = join(folder, 'croft.sock');
    const get = createLocalGet(socketPath);
    await expect(get('/version')).rejects.toThrow('it does not run');
    const server = createServer((incoming, outgoing) => {
      if (incoming.url === '/api2/json/version') outgoing.end('{"data":{"version":"1"}}');
      else if (incoming.url === '/api2/json/odd') outgoing.end('<html>');
      else outgoing.writeHead(503, 'The daemon is stopping.').end();
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    expect(await get('/version')).toEqual({ version: '1' });
    await expect(get('/odd')).rejects.toThrow(/not JSON/);
    await expect(get('/else')).rejects.toThrow('it answers 503 The daemon is stopping.');
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('rebooting soon', () => {
  const clock: Clock = {
    now: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        setImmediate(resolve);
        signal?.addEventListener('abort', () => reject(new Error('aborted')));
      }),
  };
  const settle = () => new Promise((resolve) => setTimeout(resolve, 10));

  test('once, however often it is asked for; a failure is told', async () => {
    const power = vi.fn().mockRejectedValue(new Error('no systemd'));
    const onError = vi.fn();
    const soon = createRebootSoon(clock, power, onError);
    soon.ask();
    soon.ask();
    await settle();
    expect(power).toHaveBeenCalledExactlyOnceWith('reboot');
    expect(onError).toHaveBeenCalledTimes(1);
  });

  test('not when it was taken back', async () => {
    const power = vi.fn();
    const onError = vi.fn();
    const soon = createRebootSoon(clock, power, onError);
    soon.ask();
    soon.cancel();
    await settle();
    expect(power).not.toHaveBeenCalled();
    expect(onError).not.toHaveBeenCalled();
  });
});

test('power goes through systemd, and is refused where it must not', async () => {
  const ran: string[][] = [];
  const power = createPower(async (file, args) => {
    ran.push([file, ...args]);
    return { exitCode: 0, stdout: '', stderr: '' };
  });
  await power('reboot');
  await power('shutdown');
  expect(ran).toEqual([
    ['systemctl', '--no-block', 'reboot'],
    ['systemctl', '--no-block', 'poweroff'],
  ]);
  await expect(refusePower('reboot')).rejects.toMatchObject({ code: 'unsupported' });
});
