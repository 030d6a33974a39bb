// Update files: what is written is what is read, and it is the same each time.
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tarOf, testContents, testKey, testManifest, updateMembers } from '../server/core/update-fixture.ts';
import { manifestFiles, renderManifest, signManifest } from '../server/core/update-manifest.ts';
import { readUpdate } from '../server/core/update-reader.ts';
import { renderUpdate, type UpdateParts, writeUpdateFile } from './update-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'update-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const key = testKey();
const manifestText = renderManifest(testManifest());
for (const name of manifestFiles) writeFileSync(join(folder, name), testContents[name], { mode: 0o600 });
const parts: UpdateParts = {
  manifestText,
  signature: signManifest(manifestText, key.privatePem),
  files: {
    'slot.cfg': join(folder, 'slot.cfg'),
    vmlinuz: join(folder, 'vmlinuz'),
    'initrd.img': join(folder, 'initrd.img'),
    'filesystem.squashfs': join(folder, 'filesystem.squashfs'),
  },
  mtime: 1_700_000_000,
};

describe('writing', () => {
  it('makes, byte for byte, what readers are tested with', async () => {
    const path = join(folder, 'croft.update');
    await writeUpdateFile(path, parts);
    expect(readFileSync(path).equals(tarOf(updateMembers(key)))).toBe(true);
    const update = await readUpdate(asStream(path), {
      publicKeys: [key.publicPem],
      totalBytes: statSync(path).size,
    });
    const names: string[] = [];
    for await (const { name, stream } of update.members) {
      names.push(name);
      const read: Uint8Array[] = [];
      for await (const chunk of stream) read.push(chunk);
      expect(Buffer.concat(read).equals(testContents[name])).toBe(true);
    }
    expect(names).toEqual([...manifestFiles]);
  });

  it('fails when a file shrinks while it is read, instead of making a shifted archive', async () => {
    const growing = join(folder, 'shrinks');
    writeFileSync(growing, Buffer.alloc(3 * 1024 * 1024));
    const files = { ...parts.files, vmlinuz: growing };
    const write = async () => {
      for await (const chunk of renderUpdate({ ...parts, files })) {
        if (chunk.length === 1024 * 1024) truncateSync(growing, 1024 * 1024);
      }
    };
    await expect(write()).rejects.toThrow('vmlinuz changed while it was read');
  });

  it('stops when it is told to', async () => {
    const path = join(folder, 'stopped.update');
    await expect(writeUpdateFile(path, parts, AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

async function* asStream(path: string): AsyncGenerator<Uint8Array> {
  yield readFileSync(path);
}
