// Strangers' images as far as it goes without QEMU: how it is confined, what makes a bomb, what a refusal says.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { commandFailed } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { copyForeign, measureForeign } from './foreign-image.ts';
import { sandboxed } from './sandbox.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'croft-foreign-'));
  file = path.join(folder, 'disk.vhdx');
  await writeFile(file, Buffer.from('vhdxfile'.padEnd(512).repeat(2)));
});
afterEach(async () => await rm(folder, { recursive: true }));

const context = quietContext();
const source = () => ({ kind: 'file', path: file, format: 'vhdx', foreign: true }) as const;
/** A qemu-img that tells this. */
const telling =
  (required: number, seen: string[] = []): Exec =>
  async (program, args) => {
    seen.push([program, ...args].join(' '));
    const stdout = args.includes('info') ? '{"virtual-size":4096}' : JSON.stringify({ required });
    return { exitCode: 0, stdout, stderr: '' };
  };

test('every look is confined, and names no path', async () => {
  const seen: string[] = [];
  expect(await measureForeign(telling(1000, seen), context, source())).toEqual({
    sizeBytes: 4096,
    dataBytes: 1000,
  });
  expect(seen).toHaveLength(2);
  for (const command of seen) {
    expect(command).toMatch(
      /prlimit --as=\d+ --cpu=\d+ --fsize=0 --nofile=64 --core=0 -- setpriv .*--no-new-privs/,
    );
    expect(command).toContain('/proc/self/fd/3');
    expect(command).not.toContain(folder);
  }
});

test('a raw image has nothing to look at but its length', async () => {
  const seen: string[] = [];
  await writeFile(file, Buffer.alloc(700));
  expect(await measureForeign(telling(1, seen), context, { ...source(), format: 'raw' })).toMatchObject({
    sizeBytes: 1024,
  });
  expect(seen).toHaveLength(1);
});

test('a part of a file is all that is seen of it', async () => {
  const seen: string[] = [];
  const part = { offset: 512, bytes: 300 };
  await measureForeign(telling(1, seen), context, { ...source(), part });
  expect(seen[0]).toContain('"driver":"raw","offset":512,"size":512,');
});

test('a bomb is refused', async () => {
  expect(await measureForeign(telling(1024 ** 3), context, source())).toMatchObject({ dataBytes: 1024 ** 3 });
  await expect(measureForeign(telling(1024 ** 3 + 1), context, source())).rejects.toThrow(/bomb/);
});

test('what does not fit is not begun, and other bytes than the manifest says are not copied', async () => {
  const target = { file: path.join(folder, 'target'), format: 'raw' } as const;
  await writeFile(target.file, '');
  const ran: string[] = [];
  const run = async (program: string) => void ran.push(program);
  const copy = (more: object, dataBytes: number) =>
    copyForeign(run, context, { ...source(), ...more }, { sizeBytes: 4096, dataBytes }, target, () => {});
  await expect(copy({}, 2 ** 60)).rejects.toThrow(/not enough free space/);
  const expected = { algorithm: 'sha256', checksum: 'a'.repeat(64) };
  await expect(copy({ expected }, 1)).rejects.toThrow(/sum is not the one in the manifest/);
  expect(ran).toEqual([]);
  await copy({}, 1);
  expect(ran).toHaveLength(1);
  expect(await readdir(folder)).toEqual(['disk.vhdx', 'target']);
});

test.each([
  ["qemu-img: Could not open 'json:{...}': Image is corrupt", 'invalid-input', /cannot be read as an image/],
  ["qemu-img: Could not open '/proc/self/fd/3': Permission denied", 'invalid-input', /chmod a\+r/],
  ['setpriv: setresuid failed: Operation not permitted', 'command-failed', /setpriv/],
])('%s', async (complaint, code, text) => {
  const failing: Exec = async () => {
    throw commandFailed('look at the image', 'qemu-img info', 1, complaint);
  };
  const error = await measureForeign(failing, context, source()).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(text) });
  if (code === 'invalid-input') expect((error as AppError).message).not.toContain('/proc');
});

test('without root it has the limits all the same', () => {
  const [program, args] = sandboxed('qemu-img', ['info'], { cpuSeconds: 1.2, mostFileBytes: 10 });
  const command = [program, ...args].join(' ');
  expect(command).toContain('--cpu=2 ');
  expect(command.startsWith('unshare --net')).toBe(process.getuid?.() === 0);
  expect(command.endsWith('-- qemu-img info')).toBe(true);
});
