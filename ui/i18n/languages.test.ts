// The languages: each is complete, has its own plural forms, fills in the same values, and is there when it is needed.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { words as first } from './en/first.ts';
import { words as pages } from './en/pages.ts';
import { type LanguageCode, languageCodes, languages, wantedLanguage } from './languages.ts';

type Words = Readonly<Record<string, string>>;
const english: { readonly first: Words; readonly pages: Words } = { first, pages };
const forms = /\.(zero|one|two|few|many|other)$/;
const isPlural = (part: Words, key: string) =>
  ['.one', '.other'].every((form) => forms.test(key) && Object.hasOwn(part, key.replace(forms, form)));
const namesIn = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe.each(languageCodes)('%s', (code: LanguageCode) => {
  it.each(['first', 'pages'] as const)('says all that English says on %s', async (part) => {
    const there: Words = (await languages[code][part]()).words;
    const from = english[part];
    const wanted = Object.keys(from).flatMap((key) => {
      if (!isPlural(from, key)) return [key];
      const stem = key.replace(forms, '');
      return new Intl.PluralRules(code)
        .resolvedOptions()
        .pluralCategories.map((category) => `${stem}.${category}`);
    });
    expect(Object.keys(there).sort()).toEqual([...new Set(wanted)].sort());
    for (const [key, text] of Object.entries(there)) {
      expect(text.trim(), key).not.toBe('');
      // A form for one thing may leave the number out.
      const model = from[key] ?? from[key.replace(forms, '.other')] ?? '';
      const names = isPlural(from, key)
        ? (list: string) => namesIn(list).filter((n) => n !== 'count')
        : namesIn;
      expect(names(text), `${key}: ${text}`).toEqual(names(model));
    }
  });
});

test('what is drawn first needs no words that come later', () => {
  const ui = fileURLToPath(new URL('..', import.meta.url));
  const seen = new Set<string>();
  const follow = (file: string) => {
    if (seen.has(file) || /\/i18n\//.test(file)) return;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    // Not `import(...)`: that waits.
    for (const [, path] of text.matchAll(/^(?:import|export)[^;]*?from '(\.[^']+\.tsx?)';/gms))
      follow(join(dirname(file), String(path)));
  };
  for (const entry of [
    'main.tsx',
    'shell/shell.tsx',
    'pages/datacenter-page.tsx',
    'pages/not-found-page.tsx',
  ])
    follow(join(ui, entry));
  const late = [...seen].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/'([a-z]\w*(?:\.\w+)+)'/gi)]
      .map((match) => String(match[1]))
      .filter((key) => Object.hasOwn(pages, key) || Object.hasOwn(pages, `${key}.other`))
      .map((key) => `${relative(ui, file)}: ${key}`),
  );
  expect(seen.size).toBeGreaterThan(20);
  expect(late).toEqual([]);
});

test('a language is chosen by wish, then by the browser, then it is English', () => {
  expect(wantedLanguage(null, ['xx', 'en-GB'])).toBe('en');
  expect(wantedLanguage('tlh', [])).toBe('en');
  for (const code of languageCodes) {
    expect(wantedLanguage(code, ['en'])).toBe(code);
    expect(wantedLanguage(null, [`${code.toUpperCase()}-XX`, 'en'])).toBe(code);
  }
});
