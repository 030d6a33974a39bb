// The dictionary: every key that the code names is there, every key that is there is named, nothing is said outside of it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { words as first } from './en/first.ts';
import { words as pages } from './en/pages.ts';
import { fill, pluralKey } from './fill.ts';

const ui = fileURLToPath(new URL('..', import.meta.url));
const sources = readdirSync(ui, { recursive: true, encoding: 'utf8' })
  .filter(
    (file) => /\.tsx?$/.test(file) && !/\.test\.ts$|^(mock|i18n)\/|^shots[^/]*\.ts$|\.d\.ts$/.test(file),
  )
  .map((file) => ({ file, text: readFileSync(join(ui, file), 'utf8') }));
const all = sources.map((one) => one.text).join('\n');
const words: Readonly<Record<string, string>> = { ...first, ...pages };

test('no key is unused', () => {
  const stems = [...all.matchAll(/`([a-zA-Z]+(?:\.[a-z]+)*\.)\$\{/g)].map((match) => match[1] ?? '');
  const unused = Object.keys(words).filter((key) => {
    const stem = key.replace(/\.(zero|one|two|few|many|other)$/, '');
    return (
      !all.includes(`'${key}'`) && !all.includes(`'${stem}'`) && !stems.some((one) => key.startsWith(one))
    );
  });
  expect(unused).toEqual([]);
});

test('every plural has the form that all languages have', () => {
  for (const key of Object.keys(words).filter((one) => one.endsWith('.one')))
    expect(words).toHaveProperty([`${key.slice(0, -4)}.other`]);
});

test('components hold no sentences of their own', () => {
  const literal =
    />\s*[A-Z][a-z]+(?: [a-z]+)*[.!?]?\s*<\/|(?:label|title|placeholder|text|hint)="[A-Z][^"]*"/g;
  const found = sources.flatMap(({ file, text }) =>
    [...text.matchAll(literal)].map((match) => `${file}: ${match[0]}`),
  );
  expect(found).toEqual([]);
});

test('nothing writes markup: all texts stay texts', () => {
  const found = sources.filter(({ text }) =>
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write/.test(text),
  );
  expect(found.map((one) => one.file)).toEqual([]);
});

test('values are filled in as they are, unknown names stay', () => {
  expect(fill('{a} of {b}', { a: '<b>', b: '{a}' })).toBe('<b> of {a}');
  expect(fill('{toString} {x}', { y: 1 })).toBe('{toString} {x}');
});

test('plural forms follow the language, with the common form as last resort', () => {
  const forms = { 'n.one': '', 'n.few': '', 'n.many': '', 'n.other': '' };
  expect(pluralKey(forms, 'n', 1, 'en')).toBe('n.one');
  expect(pluralKey(forms, 'n', 3, 'ru')).toBe('n.few');
  expect(pluralKey(forms, 'n', 5, 'ru')).toBe('n.many');
  expect(pluralKey({ 'n.other': '' }, 'n', 1, 'en')).toBe('n.other');
});
