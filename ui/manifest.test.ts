// The page can be installed: its manifest is named, its icons are there in the sizes it says, and nothing answers in the daemon's place.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly short_name: string;
  readonly start_url: string;
  readonly scope: string;
  readonly display: string;
  readonly theme_color: string;
  readonly icons: readonly { src: string; type: string; sizes: string; purpose: string }[];
}

const ui = fileURLToPath(new URL('.', import.meta.url));
const published = (path: string) => join(ui, 'public', path);
const page = readFileSync(join(ui, 'index.html'), 'utf8');
const manifest = JSON.parse(readFileSync(published('manifest.webmanifest'), 'utf8')) as Manifest;

/** Width and height as a PNG's header has them (RFC 2083, 4.1.1). */
function pngSize(file: string): string {
  const bytes = readFileSync(file);
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  return `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`;
}

test('what a browser asks for before it offers to install', () => {
  expect(manifest.name).toBe('Croft');
  expect(manifest.short_name.length).toBeLessThanOrEqual(12);
  expect(manifest).toMatchObject({ start_url: '/', scope: '/', display: 'standalone' });
  expect(page).toContain('<link rel="manifest" href="/manifest.webmanifest" />');
  const purposes = manifest.icons.map(({ sizes, purpose }) => `${sizes} ${purpose}`);
  expect(purposes).toEqual(expect.arrayContaining(['192x192 any', '512x512 any', '512x512 maskable']));
});

test('every icon is there, and as large as it says', () => {
  for (const { src, type, sizes } of manifest.icons) {
    expect(existsSync(published(src)), src).toBe(true);
    if (type === 'image/png') expect(pngSize(published(src)), src).toBe(sizes);
  }
  expect(pngSize(published('apple-touch-icon.png'))).toBe('180x180');
});

test('the colours around the page are those of its top bar', () => {
  const css = readFileSync(join(ui, 'theme/theme.css'), 'utf8');
  const surfaces = [...css.matchAll(/--c-surface:\s*(#[0-9a-f]{6})/g)].map((match) => match[1]);
  const said = [...page.matchAll(/name="theme-color" content="(#[0-9a-f]{6})"/g)].map((match) => match[1]);
  expect(said).toEqual([surfaces[0], surfaces[1]]);
});

test('no service worker: what is shown comes from the daemon', () => {
  const main = readFileSync(join(ui, 'main.tsx'), 'utf8');
  expect(main + page).not.toMatch(/serviceWorker/);
});
