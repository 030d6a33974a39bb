// The filter for hostile archives: what it lets through comes out in one form, what it refuses is named.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import { type FilterCounts, filterTar } from './tar-filter.ts';
import { patched, type TestEntry, tarOf } from './tar-fixture.ts';
import { readPax, readRawHeader } from './tar-header.ts';

const rules = { mostEntries: 100, mostBytes: 1_000_000, mostIds: 65_536 };

async function filter(archive: Buffer, change: Partial<typeof rules> = {}, pieceBytes = 700) {
  const source = async function* () {
    for (let at = 0; at < archive.length; at += pieceBytes) yield archive.subarray(at, at + pieceBytes);
  };
  const counts: FilterCounts = { entries: 0, bytes: 0 };
  const out: Uint8Array[] = [];
  for await (const chunk of filterTar(source(), { ...rules, ...change }, counts)) out.push(chunk);
  return { out: Buffer.concat(out), counts };
}

const filtered = (entries: readonly TestEntry[]) => filter(tarOf(entries)).then(({ out }) => out);
const refusal = (archive: Buffer, change: Partial<typeof rules> = {}) =>
  filter(archive, change).then(
    () => 'let through',
    (error: unknown) => (error instanceof AppError && error.code === 'invalid-input' ? error.message : error),
  );

describe('what is let through', () => {
  const plain: TestEntry[] = [
    { name: './', letter: '5' },
    { name: './etc/', letter: '5' },
    { name: './etc/hosts', data: 'x'.repeat(1300) },
    { name: '/abs//olute/./name', data: '' },
    { name: 'link', letter: '2', linkName: '/etc/../../anywhere' },
    { name: 'hard', letter: '1', linkName: './etc/hosts' },
    { name: 'fifo', letter: '6' },
    {
      name: `${'long/'.repeat(50)}ä`,
      data: 'y',
      pax: { 'SCHILY.xattr.user.a': 'b', 'SCHILY.xattr.trusted.x': 'no' },
    },
  ];

  it('comes out with plain names, the same data, and only the attributes that are meant to', async () => {
    const expected = plain.map((entry) => ({
      ...entry,
      name: entry.name
        .replace(/^\.\/(?=.)|^\//, '')
        .replace('//', '/')
        .replace('/./', '/'),
      ...(entry.letter === '1' ? { linkName: 'etc/hosts' } : {}),
      ...(entry.pax ? { pax: { 'SCHILY.xattr.user.a': 'b' } } : {}),
    }));
    expect(await filtered(plain)).toEqual(tarOf(expected));
  });

  it('is the same again, whatever the pieces', async () => {
    const once = await filtered(plain);
    for (const pieces of [1, 511, 512, 513, 100_000]) {
      const { out, counts } = await filter(once, {}, pieces);
      expect(out).toEqual(once);
      expect(counts).toEqual({ entries: plain.length, bytes: 1301 });
    }
  });

  it('leaves device nodes below dev out', async () => {
    const kept: TestEntry = { name: 'a', data: 'a' };
    const out = await filtered([
      { name: './dev/null', letter: '3' },
      kept,
      { name: 'dev/x/sda', letter: '4' },
    ]);
    expect(out).toEqual(tarOf([kept]));
  });

  it('takes names from GNU long names, and from the last pax record', async () => {
    const name = `${'n'.repeat(200)}\0`;
    const gnu = tarOf([
      { name: '././@LongLink', letter: 'L', data: name },
      { name: 'cut', data: 'z' },
    ]);
    expect((await filter(gnu)).out).toEqual(tarOf([{ name: 'n'.repeat(200), data: 'z' }]));
    const pax = tarOf([{ name: 'other', data: 'z', pax: { path: 'real' } }]);
    expect((await filter(pax)).out).toEqual(tarOf([{ name: 'real', data: 'z' }]));
  });
});

describe('what is refused', () => {
  it.each<[string, TestEntry]>(
    [
      ["the template's entry '../x' has '..' in its name", { name: '../x' }],
      ["the template's entry 'a/../../x' has '..' in its name", { name: 'a/../../x' }],
      [
        "the template's entry 'ok' has '..' in its name",
        { name: 'ok', letter: '1', linkName: '../../etc/passwd' },
      ],
      ["the template's entry '../p' has '..' in its name", { name: 'ok', pax: { path: '../p' } }],
      ["the template's entry 'etc/sda' is a device node", { name: 'etc/sda', letter: '4' }],
      ["the template's entry 'dev' is a device node", { name: 'dev', letter: '3' }],
      ["the template's entry 'x' belongs to the unknown id 65536", { name: 'x', uid: 65_536 }],
      ["the template's entry 'x' belongs to the unknown id -1", { name: 'x', pax: { uid: '-1' } }],
      ["the template's entry 'x' has a wrong size", { name: 'x', pax: { size: '1e99' } }],
      ["the template's entry 'x' has a wrong size", { name: 'x', pax: { size: '-5' } }],
      ["the template's entry 'x' is a link to nowhere", { name: 'x', letter: '2' }],
      [
        "the template's entry 'x' makes the template larger than the 0 MiB allowed",
        { name: 'x', pax: { 'GNU.sparse.realsize': '999999999999999' } },
      ],
      [
        `the template's entry 'a?[2J/../..' has '..' in its name`,
        { name: 'ok', pax: { path: 'a\u001b[2J/../..' } },
      ],
    ].map(([text, entry]) => [text as string, entry as TestEntry]),
  )('%s', async (text, entry) => {
    expect(await refusal(tarOf([entry]))).toBe(text);
  });

  it('names that are too long', async () => {
    expect(await refusal(tarOf([{ name: 'n'.repeat(256) }]))).toMatch(/has too long a name$/);
    expect(await refusal(tarOf([{ name: 'n/'.repeat(2100) }]))).toMatch(/has too long a name$/);
    const huge = tarOf([{ name: 'x', letter: 'L', size: 2 ** 21 }]);
    expect(await refusal(huge)).toBe('the archive is damaged after its beginning: 2097152 bytes of names');
  });

  it('too much: entries, bytes, petabytes of holes', async () => {
    const many = Array.from({ length: 101 }, (_, index) => ({ name: `f${index}` }));
    expect(await refusal(tarOf(many))).toBe(
      "the template's entry 'f100' is one more than the 100 entries allowed",
    );
    const large = tarOf([
      { name: 'a', data: Buffer.alloc(600_000) },
      { name: 'b', data: Buffer.alloc(600_000) },
    ]);
    expect(await refusal(large)).toMatch(/^the template's entry 'b' makes the template larger/);
    // GNU's old sparse form: the real size at byte 483, in base 256.
    const sparse = tarOf([{ name: 's', letter: 'S' }]);
    const size = Buffer.from('800000000004000000000000', 'hex');
    expect(await refusal(patched(sparse, 483, size))).toMatch(
      /^the template's entry 's' makes the template larger/,
    );
  });

  it('damage: cut off anywhere, a wrong sum, unknown kinds, numbers that are none', async () => {
    const archive = tarOf(
      [
        { name: 'a', data: 'data' },
        { name: 'b', data: 'data', pax: { comment: 'c' } },
      ],
      false,
    );
    for (let length = 0; length < archive.length; length += 100)
      expect(await refusal(archive.subarray(0, length))).toMatch(/^the archive ends too early, after/);
    const wrongSum = Buffer.from(archive);
    wrongSum[0] = 0x78;
    expect(await refusal(wrongSum)).toBe('the archive is damaged after its beginning: not a tar header');
    expect(await refusal(patched(archive, 156, Buffer.from('M')))).toMatch(/unknown kind 'M'$/);
    expect(await refusal(patched(archive, 124, Buffer.from('0000000000x\0')))).toMatch(
      /a number that is none$/,
    );
    expect(await refusal(patched(archive, 124, Buffer.alloc(12, 0xff)))).toMatch(/a number that is none$/);
    expect(await refusal(Buffer.alloc(1024))).toBe('the archive is empty');
    const names = tarOf([{ name: 'x', letter: 'L', data: Buffer.alloc(1024 * 1024) }], false);
    expect(await refusal(Buffer.concat(Array.from({ length: 20 }, () => names)))).toMatch(
      /: too many names$/,
    );
  });

  it('asks before each entry whether there is room', async () => {
    const asked: number[] = [];
    const counts = { entries: 0, bytes: 0 };
    const source = async function* () {
      yield tarOf([
        { name: 'a', data: 'four' },
        { name: 'b', data: 'seven77' },
      ]);
    };
    const all = filterTar(source(), { ...rules, admit: (bytes) => void asked.push(bytes) }, counts);
    for await (const _ of all);
    expect(asked).toEqual([4, 11]);
  });
});

describe('whatever comes', () => {
  it('damaged archives end in a refusal or in a plain archive', async () => {
    const base = tarOf([
      { name: './etc/', letter: '5' },
      { name: 'etc/x', data: 'x'.repeat(600), pax: { 'SCHILY.xattr.user.a': 'b' } },
      { name: 'l', letter: '2', linkName: '../..' },
    ]);
    const change = fc.tuple(
      fc.nat(base.length - 1),
      fc.uint8Array({ minLength: 1, maxLength: 12 }),
      fc.boolean(),
    );
    await fc.assert(
      fc.asyncProperty(change, async ([at, bytes, repaired]) => {
        const block = at - (at % 512);
        const damaged = Buffer.from(base);
        damaged.set(bytes.subarray(0, base.length - at), at);
        if (repaired) patched(damaged.subarray(block, block + 512), 0, Buffer.alloc(0)).copy(damaged, block);
        let out: Buffer;
        try {
          out = (await filter(damaged)).out;
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-input' });
          return;
        }
        expect((await filter(out)).out).toEqual(out);
        for (let offset = 0; offset < out.length; offset += 512) {
          const header = readHeaderIfOne(out.subarray(offset, offset + 512));
          if (header) expect(header.name.split('/')).not.toContain('..');
        }
      }),
      { numRuns: 400 },
    );
  });

  it('pax records: never a loop, never beyond the end', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void readPax(Buffer.from(bytes))));
    expect(readPax(Buffer.from('11 path=ab\n'))).toEqual([['path', Buffer.from('ab')]]);
    for (const wrong of ['0 a=b\n', '99 a=b\n', '6 a=bX', '-6 a=b\n', '6 acb\n', 'x'])
      expect(readPax(Buffer.from(wrong))).toBeUndefined();
  });
});

function readHeaderIfOne(block: Buffer) {
  try {
    return readRawHeader(block, '');
  } catch {
    return undefined;
  }
}
