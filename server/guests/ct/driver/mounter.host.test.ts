// The quick way to mount: what it does, and that it says so when it did not.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exec } from '../../../core/exec.ts';
import { createMounter, type Mounter } from './mounter.ts';

const script = fileURLToPath(new URL('./hooks/mounter.pl', import.meta.url));
let folder: string;
let mounter: Mounter;
const at = (name: string) => join(folder, name);

beforeEach(() => {
  mkdirSync('/var/lib/croft-tests', { recursive: true });
  folder = mkdtempSync('/var/lib/croft-tests/mounter');
  // A name with all that a line protocol could trip over.
  for (const name of ['so%20ur\nce ', 'point', 'upper', 'work']) mkdirSync(at(name));
  writeFileSync(at('so%20ur\nce /file'), 'there');
  mounter = createMounter(script);
});
afterEach(async () => {
  mounter.close();
  for (const point of mounts()) await exec('umount', ['-l', point]);
  rmSync(folder, { recursive: true });
});

/** Where something is mounted below the folder. */
function mounts(): string[] {
  return lines().map((line) => line.split(' ')[4]!);
}

/** proc_pid_mountinfo(5). */
function lines(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.split(' ')[4]?.startsWith(folder));
}

it('binds with options, which hold, and unmounts', async () => {
  expect(await mounter.bind(at('so%20ur\nce '), at('point'), ['ro', 'nosuid', 'noexec'])).toBe(true);
  expect(lines()[0]?.split(' ')[5]?.split(',')).toEqual(expect.arrayContaining(['ro', 'nosuid', 'noexec']));
  expect(readFileSync(at('point/file'), 'utf8')).toBe('there');
  expect(() => writeFileSync(at('point/file'), '')).toThrow('EROFS');
  expect(await mounter.unmount(at('point'), false)).toBe(true);
  expect(mounts()).toEqual([]);
});

it('lays one file system over another', async () => {
  // Names of layers are ours, and plain.
  symlinkSync(at('so%20ur\nce '), at('lower'));
  const data = `lowerdir=${at('lower')},upperdir=${at('upper')},workdir=${at('work')}`;
  expect(await mounter.overlay(at('point'), ['nodev'], data)).toBe(true);
  writeFileSync(at('point/new'), 'new');
  expect(readFileSync(at('point/file'), 'utf8')).toBe('there');
  expect(readFileSync(at('upper/new'), 'utf8')).toBe('new');
  expect(await mounter.unmount(at('point'), true)).toBe(true);
});

it('says no to what it cannot, with nothing mounted', async () => {
  expect(await mounter.bind(at('none'), at('point'), [])).toBe(false);
  expect(await mounter.bind(at('upper'), at('point'), ['ro', 'quota'])).toBe(false);
  expect(await mounter.overlay(at('point'), [], `lowerdir=${'x'.repeat(5000)}`)).toBe(false);
  expect(await mounter.unmount(at('point'), false)).toBe(false);
  expect(mounts()).toEqual([]);
});

it('does not unmount through a link', async () => {
  expect(await mounter.bind(at('upper'), at('point'), [])).toBe(true);
  symlinkSync(at('point'), at('link'));
  expect(await mounter.unmount(at('link'), true)).toBe(false);
  expect(mounts()).toEqual([at('point')]);
});

it('leaves it to others while it is busy, ends what does not answer, and starts again', async () => {
  const deaf = createMounter(at('deaf.pl'));
  writeFileSync(at('deaf.pl'), 'sleep 60');
  const first = deaf.bind(at('upper'), at('point'), []);
  const began = performance.now();
  expect(await deaf.bind(at('upper'), at('point'), [])).toBe(false);
  expect(performance.now() - began).toBeLessThan(1000);
  expect(await first).toBe(false);
  writeFileSync(at('deaf.pl'), readFileSync(script));
  expect(await deaf.bind(at('upper'), at('point'), [])).toBe(true);
  deaf.close();
  expect(await deaf.unmount(at('point'), false)).toBe(true);
  deaf.close();
});
