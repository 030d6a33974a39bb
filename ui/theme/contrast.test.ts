// The colours: every text on every ground it stands on has the contrast of WCAG AA, in both themes.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const css = readFileSync(new URL('theme.css', import.meta.url), 'utf8').replaceAll('"', "'");

/** The tokens that a rule sets, by name without `--c-`. */
function tokens(selector: string): Record<string, string> {
  const at = css.indexOf(`${selector} {`);
  const block = css.slice(at, css.indexOf('}', at));
  return Object.fromEntries(
    [...block.matchAll(/--c-([a-z-]+): ([^;]+);/g)].map((match) => [match[1]!, match[2]!]),
  );
}

function luminance(hex: string): number {
  const parts = [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255);
  const [r, g, b] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high! + 0.05) / (low! + 0.05);
}

const themes = {
  light: tokens(':root'),
  dark: tokens(":root:not([data-theme='light'])"),
  chosenDark: tokens(":root[data-theme='dark']"),
};

const grounds = ['canvas', 'surface', 'raised', 'hover'];
const pairs: [string, string][] = [
  ...['text', 'muted'].flatMap((ink) =>
    [...grounds, 'accent-soft'].map((ground): [string, string] => [ink, ground]),
  ),
  ...['accent', 'bad'].flatMap((ink) =>
    ['canvas', 'surface', 'raised'].map((ground): [string, string] => [ink, ground]),
  ),
  ...['ok', 'warn', 'bad', 'accent'].map((tone): [string, string] => [tone, `${tone}-soft`]),
  ...['ok', 'warn', 'bad'].map((tone): [string, string] => ['text', `${tone}-soft`]),
  ...['warn', 'bad'].map((tone): [string, string] => ['muted', `${tone}-soft`]),
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
  ['surface', 'bad-strong'],
];

test.each(Object.entries(themes))('%s: texts reach 4.5, signs and borders of fields 3', (_, theme) => {
  const weak = pairs
    .map(([ink, ground]) => ({ pair: `${ink} on ${ground}`, ratio: contrast(theme[ink]!, theme[ground]!) }))
    .filter(({ ratio }) => !(ratio >= 4.5));
  expect(weak).toEqual([]);
  for (const ink of ['line-strong', 'idle', 'ok', 'warn', 'bad', 'accent'])
    expect(contrast(theme[ink]!, theme['surface']!), ink).toBeGreaterThanOrEqual(3);
});

test('dark by choice is the same dark as by the system', () => {
  expect(themes.chosenDark).toEqual(themes.dark);
  expect(Object.keys(themes.light).sort()).toEqual(Object.keys(themes.dark).sort());
});
