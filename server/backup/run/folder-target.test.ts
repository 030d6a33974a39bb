// Archives into a plain folder: invisible until they are whole, never over what is there, removed by retention.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { WhileUnused } from '../../storage/stored-backups.ts';
import { folderTarget } from './folder-target.ts';

const context = quietContext();
const name = 'vzdump-qemu-100-2026_06_01-02_30_00.vma.zst';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'croft-dump-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('is named when it is whole, again and again, and its log lies beside it', async () => {
  const target = folderTarget(folder);
  await target.check();
  const pending = await target.begin(context, name, 'key');
  await writeFile(pending.path, 'half');
  expect(await target.begin(context, name, 'key')).toEqual(pending);
  expect(await readFile(pending.path, 'utf8')).toBe('');
  await writeFile(pending.path, 'whole');
  expect(await readdir(folder)).toEqual([`${name}.dat`]);
  for (let turn = 0; turn < 2; turn += 1)
    expect(await target.commit(context, name, pending)).toEqual({ name: join(folder, name), sizeBytes: 5 });
  await target.addBeside(context, name, { log: 'said' });
  expect((await readdir(folder)).sort()).toEqual([name.replace('.vma.zst', '.log'), name]);
  for (let turn = 0; turn < 2; turn += 1) await target.takeBack(context, name, pending);
  expect(await readdir(folder)).toEqual([]);
});

it('never takes the place of what is there', async () => {
  const target = folderTarget(folder);
  await writeFile(join(folder, name), 'older');
  const pending = await target.begin(context, name, 'key');
  await expect(target.commit(context, name, pending)).rejects.toMatchObject({ code: 'already-exists' });
  await target.discard(context, name, 'key');
  expect(await readdir(folder)).toEqual([name]);
  expect(await readFile(join(folder, name), 'utf8')).toBe('older');
});

it('loses what need not be kept, of this guest alone, and nothing that is protected', async () => {
  const others = [
    'vzdump-qemu-101-2026_01_01-00_00_00.vma',
    'vzdump-lxc-100-2026_01_01-00_00_00.tar',
    'notes.txt',
  ];
  const guarded = 'vzdump-qemu-100-2026_01_03-00_00_00.vma';
  const old = ['vzdump-qemu-100-2026_01_01-00_00_00.vma', 'vzdump-qemu-100-2026_01_01-00_00_00.log'];
  const newest = 'vzdump-qemu-100-2026_01_02-00_00_00.vma';
  for (const one of [...others, guarded, `${guarded}.protected`, ...old, newest])
    await writeFile(join(folder, one), '');
  const prune = (whileUnused: WhileUnused) =>
    folderTarget(folder).prune(context, { kind: 'qemu', vmid: 100 }, 'keep-last=1', 'UTC', whileUnused);
  const before = await readdir(folder);
  const busy: WhileUnused = async (id) => {
    throw new AppError('busy', id);
  };
  expect(await prune(busy)).toBe(0);
  expect(await readdir(folder)).toEqual(before);
  expect(await prune((_id, work) => work())).toBe(1);
  expect((await readdir(folder)).sort()).toEqual([...others, guarded, `${guarded}.protected`, newest].sort());
});

it('that is not there is said before anything is done', async () => {
  await expect(folderTarget(join(folder, 'none')).check()).rejects.toMatchObject({ code: 'not-found' });
});
