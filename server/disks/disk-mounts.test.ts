// Disks mounted as directories, over a made-up mount(8): quotas taken out, files kept as they are, a look that does not see all.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Exec } from '../core/exec.ts';
import { createDiskMounts, mountAll } from './disk-mounts.ts';

const signal = new AbortController().signal;
let top: string;
let run: string[];
const mounted = new Set<string>();
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'croft-mounts-'));
  run = [];
  mounted.clear();
});
afterEach(() => rmSync(top, { recursive: true }));

function mountsWith(quotas: boolean) {
  const exec: Exec = async (file, args) => {
    run.push([file, ...args].join(' '));
    if (file === 'mount') mounted.add(args.at(-1)!);
    return { exitCode: 0, stdout: '', stderr: '' };
  };
  return createDiskMounts({
    ...{ exec, folder: join(top, 'units'), root: join(top, 'mnt') },
    ...{ isMounted: (path) => mounted.has(path), hasQuotas: () => quotas },
  });
}
const facts = { uuid: '0b0e6f3c-2d3a-4d0e-9f0a-5d8f0a6b1c2d', partition: '' };

test('without quotas: ext4 loses its features, XFS its option; where there are none, nothing', async () => {
  const some = mountsWith(true);
  const xfs = some.mountOf('box', { ...facts, type: 'xfs' });
  expect(xfs.options).toBe('defaults,prjquota');
  expect(await some.withoutQuotas(xfs, '/dev/sdb1', signal)).toEqual({ ...xfs, options: 'defaults' });
  expect(run).toEqual([]);
  const ext4 = some.mountOf('box', { ...facts, type: 'ext4' });
  expect(await some.withoutQuotas(ext4, '/dev/sdb1', signal)).toEqual(ext4);
  expect(run).toEqual(['tune2fs -O ^quota,^project /dev/sdb1']);
  expect(await mountsWith(false).withoutQuotas(ext4, '/dev/sdb1', signal)).toBeUndefined();
});

test('what is mounted and kept stays as it was kept', async () => {
  const mounts = mountsWith(true);
  const mount = mounts.mountOf('box', { ...facts, type: 'xfs' });
  await mounts.mount({ ...mount, options: 'defaults' }, signal);
  await mounts.mount(mount, signal);
  expect(readFileSync(mount.unitFile, 'utf8')).toContain('Options=defaults\n');
  expect(run.filter((line) => line.startsWith('mount '))).toHaveLength(1);
  expect((await mounts.mounts()).map(({ options }) => options)).toEqual(['defaults']);
});

test('a directory that is removed while the start waits for another is not mounted again', async () => {
  const mounts = mountsWith(true);
  const [first, second] = ['a1', 'b1'].map((name) => mounts.mountOf(name, { ...facts, type: 'ext4' }));
  for (const mount of [first!, second!]) {
    await mounts.mount(mount, signal);
    await mounts.unmount(mount, signal);
  }
  mounted.clear();
  const slow: typeof mounts.mount = async (mount, stop) => {
    await mounts.forgetMount(second!);
    await mounts.mount(mount, stop);
  };
  expect(await mountAll({ ...mounts, mount: slow }, signal)).toEqual([]);
  expect([...mounted]).toEqual([first!.path]);
  expect((await mounts.mounts()).map(({ name }) => name)).toEqual(['a1']);
});

test('empty folders are nothing; folders that are too many to be looked into are something', async () => {
  const mounts = mountsWith(true);
  const mount = mounts.mountOf('box', { ...facts, type: 'ext4' });
  await mounts.mount(mount, signal);
  const folders = (count: number) => {
    for (let at = 0; at < count; at += 1) mkdirSync(join(mount.path, `f${at}`), { recursive: true });
  };
  folders(1000);
  expect(await mounts.someFiles(mount, 5)).toEqual([]);
  folders(2500);
  expect(await mounts.someFiles(mount, 5)).toEqual([expect.stringMatching(/^f\d+\/$/)]);
  writeFileSync(join(mount.path, 'a'), '');
  expect(await mounts.someFiles(mount, 5)).toEqual(['a']);
});
