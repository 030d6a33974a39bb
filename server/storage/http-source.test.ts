// Fetching URLs: redirects, refused addresses, what a URL offers.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { allowOutside } from './address-guard.ts';
import { openUrl } from './http-source.ts';
import { queryUrlMetadata, readDisposition } from './url-metadata.ts';

let server: Server;
let base: string;
beforeEach(async () => {
  server = createServer((incoming, outgoing) => {
    const { pathname } = new URL(incoming.url ?? '/', 'http://x');
    const redirect = (to: string) => outgoing.writeHead(302, { location: to }).end();
    if (pathname === '/file.iso') {
      outgoing.writeHead(200, { 'content-type': 'application/x-iso; charset=x', 'content-length': '5' });
      return outgoing.end(incoming.method === 'HEAD' ? '' : 'bytes');
    }
    if (pathname === '/named') {
      if (incoming.method === 'HEAD') return outgoing.writeHead(405).end();
      outgoing.writeHead(200, { 'content-disposition': 'attachment; filename="../x y.iso"' });
      return outgoing.end('bytes');
    }
    if (pathname === '/moved') return redirect('/file.iso');
    if (pathname === '/loop') return redirect('/loop');
    if (pathname === '/to-file') return redirect('file:///etc/shadow');
    if (pathname === '/to-metadata') return redirect('http://169.254.169.254/latest');
    if (pathname === '/cut') {
      outgoing.writeHead(200, { 'content-length': '10' });
      outgoing.write('12345');
      return setTimeout(() => outgoing.destroy(), 20);
    }
    outgoing.writeHead(404, 'Not Found').end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const { signal } = new AbortController();
const loopbackToo = (address: string) => address === '127.0.0.1' || allowOutside(address);
const asked = (url: string, allowAddress = loopbackToo) => ({
  url,
  verifyCertificates: true,
  allowAddress,
  signal,
});
const get = (url: string, allowAddress = loopbackToo) =>
  openUrl({ ...asked(url, allowAddress), method: 'GET' });

describe('openUrl', () => {
  test('follows redirects and tells where they ended', async () => {
    const reply = await get(`${base}/moved`);
    expect([reply.url.href, reply.sizeBytes]).toEqual([`${base}/file.iso`, 5]);
    expect(await text(reply.body)).toBe('bytes');
  });

  test.each([
    ['/loop', 'unavailable', /redirects/],
    ['/to-file', 'invalid-input', /Parameter/],
    ['/to-metadata', 'forbidden', /169\.254/],
    ['/none', 'unavailable', /404 Not Found/],
  ])('ends at %s with %s', async (path, code, message) => {
    await expect(get(base + path)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test.each(['ftp://x/y', 'file:///etc/shadow', 'nonsense', 'http://', 'http://user:secret@x/y'])(
    'refuses the URL %s',
    async (url) => {
      await expect(get(url)).rejects.toMatchObject({ code: 'invalid-input' });
    },
  );

  test('does not reach the node itself by address or by name', async () => {
    for (const url of [base, 'http://localhost:1', 'http://[::1]:1', 'http://0.0.0.0:1', 'http://0x7f.1:1'])
      await expect(get(url, allowOutside), url).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('tells a server that is not there', async () => {
    await expect(get('http://127.0.0.1:1')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

test.each([
  ['127.0.0.1', false],
  ['127.9.9.9', false],
  ['::1', false],
  ['::ffff:127.0.0.1', false],
  ['::ffff:169.254.169.254', false],
  ['169.254.169.254', false],
  ['fe80::1', false],
  ['0.0.0.0', false],
  ['224.0.0.1', false],
  ['10.0.0.1', true],
  ['192.168.1.1', true],
  ['2001:db8::1', true],
  ['93.184.216.34', true],
])('may a download reach %s? %s', (address, allowed) => {
  expect(allowOutside(address)).toBe(allowed);
});

describe('queryUrlMetadata', () => {
  test('by HEAD', async () => {
    expect(await queryUrlMetadata(asked(`${base}/moved`))).toEqual({
      filename: 'file.iso',
      mimetype: 'application/x-iso',
      size: 5,
    });
  });

  test('by GET where HEAD is refused, without the path that a server suggests', async () => {
    expect(await queryUrlMetadata(asked(`${base}/named`))).toEqual({ filename: 'x y.iso' });
  });

  test.each([
    ['attachment; filename=a.iso', 'a.iso'],
    ['attachment; filename="a \\"b\\".iso"', 'a "b".iso'],
    ["attachment; filename=x; filename*=UTF-8''%C3%A9.iso", 'é.iso'],
    ['inline', undefined],
    [undefined, undefined],
  ])('reads %s', (header, name) => {
    expect(readDisposition(header)).toBe(name);
  });
});
