// What the mirrors have: which changes count, and what happens without network.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { quietContext } from '../server/core/work-context.ts';
import { fetchText, readReleases } from './releases.ts';

let folder: string;
let log: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'releases-'));
  log = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const profile = {
  mirrors: [{ url: 'http://mirror/debian/', suite: 'trixie' }],
  components: ['main', 'non-free-firmware'],
};
const address = 'http://mirror/debian/dists/trixie/InRelease';

const inRelease = (main: string, rest = '', date = 'Sat, 01 Aug 2026 00:00:00 UTC') => `Suite: stable
Date: ${date}
Components: main contrib
MD5Sum:
 0123456789abcdef0123456789abcdef 10 main/binary-amd64/Packages
SHA256:
 ${main.repeat(64)}  2633177 main/binary-amd64/Packages
 ${'b'.repeat(64)}  1 main/binary-arm64/Packages
 ${'c'.repeat(64)}  1 main/debian-installer/binary-amd64/Packages
${rest}-----BEGIN PGP SIGNATURE-----
${date}
`;

const read = (text: string | Error, cache = folder) => {
  const context = { ...quietContext(), log: (line: string) => log.push(line) };
  return readReleases(profile, cache, context, async (url) => {
    expect(url).toBe(address);
    if (text instanceof Error) throw text;
    return text;
  });
};

it('changes with the packages of our architecture and components, not with dates and others', async () => {
  const first = await read(inRelease('a'));
  expect(Object.keys(first)).toEqual([address]);
  expect(await read(inRelease('a', '', 'Sun, 02 Aug 2026 00:00:00 UTC'))).toEqual(first);
  expect(await read(inRelease('a', ` ${'d'.repeat(64)} 1 contrib/binary-amd64/Packages\n`))).toEqual(first);
  expect(await read(inRelease('e'))).not.toEqual(first);
  const firmware = ` ${'d'.repeat(64)} 1 non-free-firmware/binary-amd64/Packages\n`;
  expect(await read(inRelease('a', firmware))).not.toEqual(first);
});

it('goes by what was seen last when there is no network, and says so', async () => {
  const first = await read(inRelease('a'));
  expect(await read(new Error('no route'))).toEqual(first);
  expect(log).toEqual([`cannot reach ${address}: going by what it had last time`]);
});

it('without network and memory it is an error that names the address', async () => {
  await expect(read(new Error('no route'))).rejects.toMatchObject({
    code: 'unavailable',
    message: `cannot reach the mirror: ${address}`,
  });
});

it('a page that is no InRelease is not taken for one', async () => {
  await expect(read('<html>welcome to our hotspot</html>')).rejects.toMatchObject({ code: 'unavailable' });
});

it('an answer with an error code is no text', async () => {
  const replies = globalThis.fetch;
  globalThis.fetch = async () => new Response('not here', { status: 404, statusText: 'Not Found' });
  try {
    await expect(fetchText(address, new AbortController().signal)).rejects.toThrow('404 Not Found');
  } finally {
    globalThis.fetch = replies;
  }
});
