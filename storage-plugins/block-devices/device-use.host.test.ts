// Who uses a device, by the real kernel: a loop device that is open, and mounted with file systems whose numbers differ.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { kernelUses, openedBy } from './device-use.ts';
import { openSysfs } from './sysfs.ts';

const sysfs = openSysfs();
let folder: string;
let device: string;
let place: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'croft-device-use-'));
  place = path.join(folder, 'a place');
  await mkdir(place);
  await writeFile(path.join(folder, 'disk'), '');
  await truncate(path.join(folder, 'disk'), 256 * 1024 ** 2);
  device = execFileSync('losetup', ['--find', '--show', path.join(folder, 'disk')], {
    encoding: 'utf8',
  }).trim();
});
afterEach(async () => {
  await exec('umount', ['--lazy', '--quiet', '--', place], { okExitCodes: [0, 1, 32] });
  execFileSync('losetup', ['--detach', device]);
  await rm(folder, { recursive: true });
});

test('a program that has it open', async () => {
  const { number = '' } = (await sysfs.device(path.basename(device))) ?? {};
  expect((await openedBy(sysfs, new Set([number]))).get(number) ?? []).not.toContain(process.pid);
  const handle = await open(device);
  try {
    const found = await openedBy(sysfs, new Set([number, '8:16000']));
    expect([...found.keys()]).toEqual([number]);
    expect(found.get(number)).toContain(process.pid);
  } finally {
    await handle.close();
  }
});

test.each([
  ['ext4', ['-q', '-F'], (at: string) => `the file system mounted at ${at}`],
  ['btrfs', ['-q'], () => 'a mounted btrfs file system'],
] as const)('%s, mounted', async (type, options, words) => {
  execFileSync(`mkfs.${type}`, [...options, device], { stdio: 'ignore' });
  expect(await kernelUses(sysfs, path.basename(device))).toEqual([]);
  execFileSync('mount', ['--types', type, '--', device, place]);
  expect(await kernelUses(sysfs, path.basename(device))).toEqual([words(place)]);
  execFileSync('umount', ['--', place]);
  expect(await kernelUses(sysfs, path.basename(device))).toEqual([]);
});
