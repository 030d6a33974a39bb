// On real file systems: an update leaves no journal to replay; boot partitions are mounted by one at a time; GRUB's own tool reads the choice.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Exec, exec } from '../core/exec.ts';
import { renderGrubEnv } from '../core/grub-env.ts';
import { chunked } from '../core/update-fixture.ts';
import { quietContext } from '../core/work-context.ts';
import { type ApplianceWorld, applianceWorld, updateFile } from './appliance-fixture.ts';
import { createBootChoices } from './boot-choice.ts';
import { createEspPartitions } from './esp-partitions.ts';
import { createSlotFiles } from './slot-files.ts';
import { readSlots } from './slots.ts';

let folder: string;
let world: ApplianceWorld;
let esp: string;
let system: string;
const at = (...names: string[]) => join(folder, ...names);

async function loopDevice(image: string, bytes: number, format: readonly string[]): Promise<string> {
  writeFileSync(image, '');
  truncateSync(image, bytes);
  await exec(format[0] ?? '', [...format.slice(1), image]);
  return (await exec('losetup', ['--find', '--show', image])).stdout.trim();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'croft-partitions-'));
  world = applianceWorld();
  mkdirSync(at('system'));
  system = await loopDevice(at('system.img'), 96 * 1024 ** 2, ['mkfs.ext4', '-q']);
  esp = await loopDevice(at('esp.img'), 40 * 1024 ** 2, ['mkfs.ext4', '-q']);
  await exec('mount', [system, at('system')]);
  world.fillSlot('A.src', '1.0.0');
  await exec('cp', ['-r', join(world.paths.system, 'A.src'), at('system/A')]);
  await exec('mount', ['-o', 'remount,ro', at('system')]);
});

afterAll(async () => {
  await exec('umount', [at('system')], { okExitCodes: [0, 32] });
  for (const device of [system, esp]) if (device) await exec('losetup', ['--detach', device]);
  rmSync(folder, { recursive: true, force: true });
  world.dispose();
});

const needsReplay = async () =>
  /needs_recovery/.test((await exec('dumpe2fs', ['-h', system], { okExitCodes: [0, 1] })).stdout);

test('an update is on the disk without a journal to replay', async () => {
  const files = createSlotFiles(at('system'), exec);
  await files.makeWritable();
  expect(await needsReplay(), 'while it is writable').toBe(true);
  await files.makeReadOnly();
  await world.writerOn(files).write(quietContext(), chunked(updateFile()));
  expect(await needsReplay(), 'afterwards').toBe(false);
  expect((await readSlots(files)).map(({ manifest }) => manifest?.version)).toEqual(['1.0.0', '2.0.0']);
  await expect(files.makeFolder('C')).rejects.toThrow(/EROFS/);
});

test('a file that is open for writing holds up the end, but not for ever', async () => {
  let waited = 0;
  const clock = { now: () => 0, sleep: async () => void waited++ };
  const files = createSlotFiles(at('system'), exec, clock);
  await files.makeWritable();
  const holder = await open(at('system/held'), 'w');
  await expect(files.makeReadOnly()).rejects.toThrow(/read-only again/);
  expect(waited).toBe(9);
  await holder.close();
  await files.remove('held');
  await files.makeReadOnly();
  expect(await needsReplay()).toBe(false);
});

/** Kernels of development machines may lack FAT: what is tried here is the mounting, which is the same for ext4. */
const asExt4: Exec = (file, args, options) =>
  exec(
    file,
    args.map((word) => (word === 'vfat' ? 'ext4' : word.replace(',umask=077', ''))),
    options,
  );
const mounts = () => createEspPartitions({ exec: asExt4, folder: at('mounts') });

test('the choice is written in place, and grub-editenv reads it', async () => {
  const { mounted } = mounts();
  await mounted(esp, 'write', async (root) => {
    mkdirSync(join(root, 'grub'));
    writeFileSync(join(root, 'grub/grubenv'), renderGrubEnv(new Map([['slot', 'A']])));
  });
  const boot = createBootChoices({ list: async () => [esp], mounted });
  await boot.write({ try: 'B' }, { rebuild: false });
  await mounted(esp, 'write', async (root) => {
    const path = join(root, 'grub/grubenv');
    expect((await exec('grub-editenv', [path, 'list'])).stdout).toBe('slot=A\ntry=B\n');
    await exec('grub-editenv', [path, 'set', 'try=', 'note=a\\b']);
  });
  expect(await boot.read()).toMatchObject({ slot: 'A', try: undefined, problems: [] });
  const blocks = async () =>
    await mounted(
      esp,
      'read',
      async (root) => (await exec('filefrag', ['-v', join(root, 'grub/grubenv')])).stdout,
    );
  const before = (await blocks()).match(/^ +0:.*$/m)?.[0];
  await boot.write({ slot: 'B', try: undefined }, { rebuild: false });
  expect((await blocks()).match(/^ +0:.*$/m)?.[0]).toBe(before);
  await mounted(esp, 'read', async (root) => {
    const { stdout } = await exec('grub-editenv', [join(root, 'grub/grubenv'), 'list']);
    expect(stdout).toBe('slot=B\ntry=\nnote=a\\b\n');
    expect(() => writeFileSync(join(root, 'x'), '')).toThrow(/EROFS/);
  });
});

test('what a process that was killed left mounted is taken away by who writes next', async () => {
  const gone = spawnSync('true').pid;
  const left = at(`mounts/esp-${gone}-left`);
  mkdirSync(left, { recursive: true });
  await exec('mount', ['-t', 'ext4', '-o', 'ro', esp, left]);
  await mounts().mounted(esp, 'write', async (root) => writeFileSync(join(root, 'written'), ''));
  expect(existsSync(left)).toBe(false);
});

test('reading waits for a writer, and a writer for a reader', async () => {
  // Two of them, as the daemon and the watch over a trial are.
  const [daemon, watch] = [mounts(), mounts()];
  for (const [first, second] of [
    ['read', 'write'],
    ['write', 'read'],
  ] as const) {
    const order: string[] = [];
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const begun = Promise.withResolvers<void>();
    const long = daemon.mounted(esp, first, async () => {
      begun.resolve();
      await pause(500);
      order.push(first);
    });
    await begun.promise;
    await watch.mounted(esp, second, async () => void order.push(second));
    await long;
    expect(order).toEqual([first, second]);
  }
});
