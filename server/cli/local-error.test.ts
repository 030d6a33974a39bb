// Failing system calls in words.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AppError } from '../core/errors.ts';
import { asLocalError } from './local-error.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'croft-local-error-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('names the file and what is wrong with it', async () => {
  const path = join(folder, 'file\u001b[2J');
  await writeFile(path, '');
  const exists = asLocalError(await mkdir(path).catch((error: unknown) => error));
  expect(exists).toMatchObject({
    code: 'already-exists',
    message: expect.stringMatching(/: file already exists$/),
  });
  expect(exists.message).toContain(join(folder, 'file'));
  expect(exists.message).not.toContain('\u001b');
  const none = asLocalError(await readFile(join(folder, 'none')).catch((error: unknown) => error));
  expect(none).toMatchObject({
    code: 'not-found',
    message: `${join(folder, 'none')}: no such file or directory`,
  });
  const below = asLocalError(await readFile(join(path, 'x')).catch((error: unknown) => error));
  expect(below).toMatchObject({ code: 'wrong-state', message: expect.stringMatching(/: not a directory$/) });
});

it('leaves errors of ours, and what is no file, as they are', () => {
  const ours = new AppError('busy', 'busy');
  expect(asLocalError(ours)).toBe(ours);
  expect(asLocalError(new TypeError('x'))).toMatchObject({ code: 'internal', message: 'internal error' });
});
