// The web UI's files: right types and caching, pages fall back to index.html, and no path leads elsewhere.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { testApp } from './app-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'croft-ui-'));
const uiDir = join(folder, 'dist');
mkdirSync(join(uiDir, 'assets'), { recursive: true });
writeFileSync(join(folder, 'secret.txt'), 'the hidden text');
writeFileSync(join(uiDir, 'index.html'), '<html>ui</html>');
writeFileSync(join(uiDir, 'favicon.svg'), '<svg/>');
writeFileSync(join(uiDir, 'assets/app-B1c2D3e4.js'), 'code');
writeFileSync(join(uiDir, 'assets/app-B1c2D3e4.js.br'), 'packed by br');
writeFileSync(join(uiDir, 'assets/app-B1c2D3e4.js.gz'), 'packed by gzip');
afterAll(() => rmSync(folder, { recursive: true }));

const { hono } = testApp({ uiDir });
const get = (path: string, headers: Record<string, string> = {}) => hono.request(path, { headers });

describe('the UI', () => {
  it.each(['/', '/nodes/pve/qemu/100', '/login?next=%2Fa'])(
    '%s is the page, checked for changes each time',
    async (path) => {
      const response = await get(path);
      expect(await response.text()).toBe('<html>ui</html>');
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('cache-control')).toBe('no-cache');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('content-security-policy')).toMatch(
        /default-src 'none'.*frame-ancestors 'none'/,
      );
    },
  );

  it('hashed files are kept for ever and sent packed to who takes it', async () => {
    const path = '/assets/app-B1c2D3e4.js';
    const plain = await get(path);
    expect(await plain.text()).toBe('code');
    expect(plain.headers.get('cache-control')).toMatch(/immutable/);
    const brotli = await get(path, { 'accept-encoding': 'gzip, deflate, br;q=1' });
    expect([brotli.headers.get('content-encoding'), await brotli.text()]).toEqual(['br', 'packed by br']);
    const gzip = await get(path, { 'accept-encoding': 'gzip' });
    expect([gzip.headers.get('content-encoding'), await gzip.text()]).toEqual(['gzip', 'packed by gzip']);
    expect(gzip.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  });

  it('shows the page at addresses with dots in them', async () => {
    const response = await get('/nodes/pve1/storage/my.store');
    expect(response.headers.get('content-type')).toContain('text/html');
  });

  it.each([
    '/assets/gone-12345678.js',
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/app-B1c2D3e4.js.br',
    '/%zz',
    '/a%00.txt',
    '/api2',
    '//api2/json/version',
  ])('%s is not there', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(501);
    expect(await response.text()).not.toContain('the hidden text');
  });

  it('takes nothing but reading', async () => {
    expect((await hono.request('/', { method: 'POST' })).status).toBe(501);
  });
});
