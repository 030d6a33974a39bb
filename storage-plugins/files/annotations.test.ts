// Annotations on a real file system: names, links, hostile and broken files, what a crash leaves.
import { mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { refused } from '../../test/contracts/refused.ts';
import {
  annotationPath,
  changeAnnotation,
  isAnnotationName,
  readAnnotation,
  sweepAnnotations,
} from './annotations.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'croft-notes-'));
});
afterEach(async () => await rm(folder, { recursive: true }));
const at = (name: string) => path.join(folder, name);

test('a name as long as file systems allow has an annotation of its own', async () => {
  const [one, other] = [`${'a'.repeat(250)}1.iso`, `${'a'.repeat(250)}2.iso`];
  expect(annotationPath(at(one))).not.toBe(annotationPath(at(other)));
  await changeAnnotation(annotationPath(at(one)), { notes: 'long' });
  expect(await readAnnotation(annotationPath(at(one)))).toEqual({ notes: 'long' });
  expect(await readAnnotation(annotationPath(at(other)))).toEqual({});
  expect((await readdir(folder)).every(isAnnotationName)).toBe(true);
});

test('a link is neither followed nor written through', async () => {
  await writeFile(at('secret'), '{"notes":"secret"}');
  const file = annotationPath(at('a.iso'));
  await symlink(at('secret'), file);
  expect(await readAnnotation(file)).toEqual({ protected: true });
  expect(await refused(changeAnnotation(file, { notes: 'mine' }))).toBe('invalid-input');
  await symlink(at('secret'), `${annotationPath(at('b.iso'))}.new`);
  await expect(changeAnnotation(annotationPath(at('b.iso')), { notes: 'mine' })).rejects.toThrow('ELOOP');
  expect(await readFile(at('secret'), 'utf8')).toBe('{"notes":"secret"}');
});

test.each(['', 'null', '[]', '{"notes":5}', '{"protected":"no"}', 'x'.repeat(500_000)])(
  'what cannot be understood protects, until it is written anew (%#)',
  async (text) => {
    const file = annotationPath(at('a.iso'));
    await writeFile(file, text);
    expect(await readAnnotation(file)).toEqual({ protected: true });
    await changeAnnotation(file, { protected: false });
    expect(await readdir(folder)).toEqual([]);
  },
);

test('a sweep removes what has no volume, once nobody can be at it any more', async () => {
  for (const name of ['a.iso', 'b.iso']) await changeAnnotation(annotationPath(at(name)), { notes: name });
  await writeFile(at('a.iso'), '');
  await writeFile(`${annotationPath(at('a.iso'))}.new`, '{');
  // The time of its last rename cannot be set; that of its last change does not count.
  await utimes(annotationPath(at('b.iso')), 1, 1);
  expect(await sweepAnnotations(folder, Date.now())).toEqual([]);
  const later = Date.now() + 2 * 3_600_000;
  expect((await sweepAnnotations(folder, later)).sort()).toEqual([
    '.a.iso.annotation.new',
    '.b.iso.annotation',
  ]);
  expect((await readdir(folder)).sort()).toEqual(['.a.iso.annotation', 'a.iso']);
});
