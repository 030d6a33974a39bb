// The file of a configuration backup: there and back, and whatever else may be in a file of that name.
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { renderTarHeader, tarEndBytes, tarPaddingBytes } from '../../core/tar-stream.ts';
import { type ArchivedConfig, readConfigArchive, renderConfigArchive } from './config-archive.ts';

const config: ArchivedConfig = {
  ...{ node: 'pve1', atMs: 1_800_000_000_000, version: '1.2', sealed: undefined },
  documents: new Map([
    ['guests/100', { kind: 'qemu', list: [1, null, 'ü\n'] }],
    ['users/ανα@pve', { __proto__: null, enable: true }],
  ]),
  files: new Map([['/etc/hosts', 'a\nb\n']]),
};

const packed = (members: Readonly<Record<string, string>>, end = true) => {
  const parts = Object.entries(members).flatMap(([name, text]) => {
    const content = Buffer.from(text);
    const head = renderTarHeader({ name, bytes: content.length, mtime: 0 });
    return [head, content, Buffer.alloc(tarPaddingBytes(content.length))];
  });
  return zstdCompressSync(Buffer.concat([...parts, Buffer.alloc(end ? tarEndBytes : 0)]));
};
const manifest = JSON.stringify({ kind: 'croft-config', format: 1, node: 'a', at: 0, version: '1' });
const whole = { 'manifest.json': manifest, 'documents.jsonl': '', 'files.jsonl': '' };

describe('the file of a configuration backup', () => {
  test('comes back as it was', async () => {
    expect(await readConfigArchive(await renderConfigArchive(config))).toEqual(config);
    const sealed = { ...config, sealed: '{"a":1}' };
    expect(await readConfigArchive(await renderConfigArchive(sealed))).toEqual(sealed);
  });

  test('ten thousand documents, and nobody waits for long', async () => {
    const text = 'x'.repeat(1000);
    const documents = new Map(Array.from({ length: 10_000 }, (_, n) => [`guests/${n}`, { text }] as const));
    let turns = 0;
    const counting = setInterval(() => {
      turns += 1;
    }, 1);
    const read = await readConfigArchive(await renderConfigArchive({ ...config, documents }));
    clearInterval(counting);
    expect(read.documents.size).toBe(10_000);
    expect(turns).toBeGreaterThan(3);
  });

  test.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(), 'cannot be decompressed'],
    ['no zstd', Buffer.from('hello'), 'cannot be decompressed'],
    ['a bomb', zstdCompressSync(Buffer.alloc(300 * 1024 ** 2)), 'cannot be decompressed'],
    ['no tar', zstdCompressSync(Buffer.alloc(1024, 'x')), 'no archive that Croft writes'],
    ['cut off', packed(whole, false), 'ends too early'],
    ['nothing in it', packed({}), 'says not what it is'],
    ['another kind', packed({ ...whole, 'manifest.json': '{"kind":"x"}' }), 'says not what it is'],
    ['no documents', packed({ 'manifest.json': manifest }), 'a part of it is missing'],
    ['no JSON', packed({ ...whole, 'documents.jsonl': '{' }), 'cannot be read'],
    [
      'more in a line',
      packed({ ...whole, 'files.jsonl': '{"name":"a","text":"b","c":1}' }),
      'cannot be read',
    ],
    [
      'a key that is none',
      packed({ ...whole, 'documents.jsonl': '{"key":"../x","value":1}' }),
      'not the key',
    ],
    [
      'a newer one',
      packed({ ...whole, 'manifest.json': manifest.replace('"format":1', '"format":2') }),
      'newer',
    ],
  ])('%s is refused', async (_name, bytes, words) => {
    await expect(readConfigArchive(bytes)).rejects.toThrow(words);
  });
});
