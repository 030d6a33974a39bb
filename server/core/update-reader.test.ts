// Reading update files: whole ones, and hostile ones of every kind we could think of.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from './errors.ts';
import { tarBlockBytes } from './tar-stream.ts';
import {
  chunked,
  type Member,
  tarOf,
  testContents,
  testKey,
  testManifest,
  updateMembers,
} from './update-fixture.ts';
import { manifestFiles, renderManifest } from './update-manifest.ts';
import { largestManifestBytes, readUpdate } from './update-reader.ts';

const key = testKey();
const publicKeys = [key.publicPem];
const members = updateMembers(key);
const whole = tarOf(members);

/** Reads everything; answers what a careful writer would have on its disk. */
async function readAll(
  source: AsyncIterable<Uint8Array>,
  totalBytes?: number,
): Promise<Record<string, string>> {
  const update = await readUpdate(source, { publicKeys, totalBytes });
  const written: Record<string, string> = {};
  for await (const { name, bytes, stream } of update.members) {
    const hash = createHash('sha256');
    let length = 0;
    for await (const chunk of stream) {
      hash.update(chunk);
      length += chunk.length;
    }
    expect(length).toBe(bytes);
    written[name] = hash.digest('hex');
  }
  return written;
}

async function refusal(bytes: Uint8Array, totalBytes?: number): Promise<string> {
  const source = chunked(bytes);
  try {
    await readAll(source, totalBytes);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.code).toBe('invalid-input');
    expect(source.source.closed).toBe(true);
    return error.message;
  }
  return 'accepted';
}

/** The update file with one member changed. */
function withMember(name: string, change: (member: Member) => Member | Member[]): Buffer {
  return tarOf(members.flatMap((member) => (member.name === name ? change(member) : member)));
}

describe('a whole file', () => {
  it.each([1, 7, 512, 700, 100_000])('is read in chunks of %i bytes', async (size) => {
    const source = chunked(whole, size);
    const expected = Object.fromEntries(testManifest().files.map(({ name, sha256 }) => [name, sha256]));
    expect(await readAll(source, whole.length)).toEqual(expected);
    expect(source.source.closed).toBe(true);
  });

  it('first tells what it is and how long it must be, having read its head only', async () => {
    let read = 0;
    async function* counted() {
      for await (const chunk of chunked(whole, 256)) {
        read += chunk.length;
        yield chunk;
      }
    }
    const update = await readUpdate(counted(), { publicKeys });
    expect(update.manifest).toEqual(testManifest());
    expect(update.manifestText).toBe(renderManifest(testManifest()));
    expect(update.totalBytes).toBe(whole.length);
    expect(read).toBeLessThan(whole.length - 3 * tarBlockBytes);
  });

  it('is checked even where its reader does not look', async () => {
    const names: string[] = [];
    for await (const { name } of (await readUpdate(chunked(whole), { publicKeys })).members) names.push(name);
    expect(names).toEqual([...manifestFiles]);
    const bad = Buffer.from(whole);
    bad[whole.lastIndexOf('sss')]! ^= 1;
    const walk = async () => {
      for await (const { stream } of (await readUpdate(chunked(bad), { publicKeys })).members) {
        for await (const _ of stream) break;
      }
    };
    await expect(walk()).rejects.toThrow('the content of filesystem.squashfs');
  });

  it('does not go on after an error that its reader swallowed', async () => {
    const bad = withMember('slot.cfg', (member) => ({
      ...member,
      content: Buffer.alloc(member.content.length),
    }));
    const seen: string[] = [];
    const walk = async () => {
      for await (const { name, stream } of (await readUpdate(chunked(bad), { publicKeys })).members) {
        seen.push(name);
        try {
          for await (const _ of stream);
        } catch {}
      }
    };
    await expect(walk()).rejects.toThrow('slot.cfg could not be read whole');
    expect(seen).toEqual(['slot.cfg']);
  });

  it('gives its source back when it is not wanted', async () => {
    const early = chunked(whole, 100);
    for await (const _ of (await readUpdate(early, { publicKeys })).members) break;
    expect(early.source.closed).toBe(true);
    const unread = chunked(whole, 100);
    await (await readUpdate(unread, { publicKeys })).close();
    expect(unread.source.closed).toBe(true);
  });

  it('lets errors of its source through', async () => {
    async function* broken() {
      yield whole.subarray(0, 3000);
      throw new Error('connection lost');
    }
    await expect(readAll(broken())).rejects.toThrow('connection lost');
  });
});

describe('hostile files', () => {
  it('cut anywhere are refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        expect(await refusal(whole.subarray(0, length))).toMatch(/cut off|not an update file/);
      }),
      { numRuns: 300 },
    );
  });

  it('cut at each edge are refused', async () => {
    for (let edge = 0; edge < whole.length; edge += tarBlockBytes) {
      for (const length of [edge, edge + 1, edge + tarBlockBytes - 1]) {
        expect(await refusal(whole.subarray(0, length))).toMatch(/cut off|not an update file/);
      }
    }
  });

  it('with any byte changed are refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, change) => {
          const bad = Buffer.from(whole);
          bad[at]! ^= change;
          expect(await refusal(bad)).not.toBe('accepted');
        },
      ),
      { numRuns: 600 },
    );
  });

  it('of any bytes at all end in a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        expect(await refusal(bytes)).toMatch(/not an update file/);
      }),
    );
  });

  it('of a wrong length known beforehand give out no member', async () => {
    for (const [length, words] of [
      [whole.length - 1, 'cut off'],
      [0, 'cut off'],
      [whole.length + 1, 'longer than'],
    ] as const) {
      const source = chunked(whole);
      await expect(readUpdate(source, { publicKeys, totalBytes: length })).rejects.toThrow(words);
      expect(source.source.closed).toBe(true);
    }
  });

  it('longer than their manifest says are refused, also when nobody said the length', async () => {
    expect(await refusal(Buffer.concat([whole, Buffer.from([0])]))).toContain('longer than');
    expect(await refusal(tarOf([...members, { name: 'extra', content: Buffer.from('x') }]))).toContain(
      'damaged',
    );
  });

  const longManifest = `${renderManifest(testManifest())}${' '.repeat(largestManifestBytes)}`;
  const cases: [what: string, file: () => Buffer, words: string][] = [
    ['nothing', () => Buffer.alloc(0), 'not an update file'],
    ['zeros', () => Buffer.alloc(4096), 'not an update file'],
    [
      'a tar of something else',
      () => tarOf([{ name: 'readme', content: Buffer.from('x') }]),
      "'readme' stands where",
    ],
    ['another key', () => tarOf(updateMembers(testKey())), 'bad signature'],
    [
      'another product, signed well',
      () => tarOf(updateMembers(key, JSON.stringify({ ...testManifest(), product: 'other' }))),
      "for 'other'",
    ],
    ['a manifest that is too large', () => tarOf(updateMembers(key, longManifest)), 'at most'],
    [
      'a manifest that claims eight gibibytes',
      () => withMember('manifest.json', (member) => ({ ...member, saysBytes: 8 ** 11 - 1 })),
      'at most',
    ],
    [
      'a signature that is too large',
      () => withMember('manifest.sig', (member) => ({ ...member, saysBytes: 1025 })),
      'at most',
    ],
    [
      'a manifest that is not text',
      () => withMember('manifest.json', (member) => ({ ...member, content: Buffer.alloc(20, 0xff) })),
      'not text',
    ],
    [
      'a member that is larger than was signed',
      () => withMember('vmlinuz', (member) => ({ ...member, content: Buffer.alloc(600) })),
      'vmlinuz has 600 bytes, but 512',
    ],
    [
      'a member that claims eight gibibytes',
      () => withMember('filesystem.squashfs', (member) => ({ ...member, saysBytes: 8 ** 11 - 1 })),
      'by the manifest',
    ],
    [
      'a member that is smaller than was signed',
      () => withMember('vmlinuz', (member) => ({ ...member, content: Buffer.alloc(1) })),
      'vmlinuz has 1 bytes',
    ],
    [
      'other content of the same size',
      () => withMember('vmlinuz', (member) => ({ ...member, content: Buffer.alloc(512, 'K') })),
      'the content of vmlinuz',
    ],
    ['a missing member', () => withMember('initrd.img', () => []), "'filesystem.squashfs' stands where"],
    ['a member twice', () => withMember('vmlinuz', (member) => [member, member]), "'vmlinuz' stands where"],
    [
      'another order',
      () => tarOf([...members.slice(0, 2), members[3]!, members[2]!, ...members.slice(4)]),
      "'vmlinuz' stands where 'slot.cfg'",
    ],
    [
      'bytes in the padding',
      () => {
        const bad = Buffer.from(whole);
        bad[bad.indexOf(testContents['slot.cfg']) + testContents['slot.cfg'].length] = 1;
        return bad;
      },
      'unexpected bytes after slot.cfg',
    ],
  ];
  it.each(cases)('with %s are refused', async (_what, file, words) => {
    expect(await refusal(file())).toContain(words);
  });
});
