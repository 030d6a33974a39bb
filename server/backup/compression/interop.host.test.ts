// Archives go both ways between us and the programs that Proxmox VE uses: zstd, gzip, lzop, and bzip2 for reading.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mebibyte } from '../../core/units.ts';
import { collector, drained, errorOf, mixedContent, readAll, sourceOf } from './compression-fixture.ts';
import { openArchiveSink } from './open-archive-sink.ts';
import { readArchive } from './read-archive.ts';

const content = Buffer.concat([mixedContent(7 * mebibyte), Buffer.alloc(3 * mebibyte), mixedContent(100)]);

const missing = (program: string) => spawnSync(program, ['--version']).error !== undefined;
const lacks = (program: string, packageName = program) =>
  missing(program) ? `the package ${packageName} is not installed` : undefined;

const reason = (why: string | undefined) => (why ? ` (${why})` : '');

function run(argv: readonly string[], input: Buffer): Buffer {
  return execFileSync(argv[0]!, argv.slice(1), {
    input,
    maxBuffer: 100 * mebibyte,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

async function written(
  compression: 'zst' | 'gz' | 'lzo',
  parts: readonly Buffer[] = [content],
): Promise<Buffer> {
  const { target, file } = collector();
  const sink = openArchiveSink({ compression, target, inFlight: 2 });
  for (const part of parts) await sink.write(part);
  await sink.end(Buffer.from('an index'));
  return file();
}

const cases = [
  { compression: 'zst', unpack: ['zstd', '-d', '-q', '-c'], test: ['zstd', '-t', '-q'], why: lacks('zstd') },
  { compression: 'gz', unpack: ['zcat'], test: ['gzip', '-t'], why: lacks('zcat', 'gzip') },
  { compression: 'lzo', unpack: ['lzop', '-d', '-c'], test: ['lzop', '-t'], why: lacks('lzop') },
] as const;

describe.each(cases)('$compression', ({ compression, unpack, test, why }) => {
  it.skipIf(why)(`that we write is read by the program${reason(why)}`, { timeout: 60_000 }, async () => {
    const file = await written(compression);
    run(test, file);
    expect(run(unpack, file).equals(content)).toBe(true);
    expect(run(unpack, await written(compression, [])).length).toBe(0);
  });
});

const packers: readonly (readonly [string, 'zst' | 'gz' | 'lzo' | 'bz2', readonly string[]])[] = [
  ['zstd as vzdump calls it', 'zst', ['zstd', '--rsyncable', '--threads=1', '-c']],
  ['zstd with two threads', 'zst', ['zstd', '--rsyncable', '--threads=2', '-c']],
  ['zstd -1', 'zst', ['zstd', '-1', '-c']],
  ['zstd -19 without a checksum', 'zst', ['zstd', '-19', '--no-check', '-c']],
  ['gzip --rsyncable', 'gz', ['gzip', '--rsyncable', '-c']],
  ['lzop', 'lzo', ['lzop', '-c']],
  ['lzop -9', 'lzo', ['lzop', '-9', '-c']],
  ['bzip2', 'bz2', ['bzip2', '-c']],
];

describe.each(packers)('what %s wrote', (_, packing, argv) => {
  const why = lacks(argv[0]!);
  let file: Buffer;
  beforeAll(() => {
    if (!why) file = run(argv, content);
  });

  it.skipIf(why)(`is read, also two of them in one file${reason(why)}`, { timeout: 60_000 }, async () => {
    const read = await readAll(file, { named: packing }, [65_536, 100, 300_000]);
    expect(read.content.equals(content)).toBe(true);
    expect(read.trailer).toBe('none');
    if (packing === 'lzo') return;
    const twice = await readAll(Buffer.concat([file, file]), { named: packing });
    expect(twice.content.equals(Buffer.concat([content, content]))).toBe(true);
  });

  it.skipIf(why)(`is refused when it is cut off or changed${reason(why)}`, { timeout: 60_000 }, async () => {
    for (const length of [file.length - 1, file.length - 3, file.length >> 1, 20]) {
      const error = await errorOf(readAll(file.subarray(0, length), { named: packing }));
      expect(error.message).toMatch(/at byte \d+ of its file/);
    }
    if (argv.includes('--no-check')) return;
    for (const part of [0.3, 0.6, 0.9]) {
      const changed = Buffer.from(file);
      changed[Math.floor(file.length * part)]! ^= 0x55;
      await errorOf(readAll(changed, { named: packing }));
    }
  });
});

describe.skipIf(missing('lzop'))(`lzop${reason(lacks('lzop'))}`, () => {
  const running = () =>
    spawnSync('pgrep', ['-c', '-f', '^lzop --(stdout|decompress)']).stdout.toString().trim();

  it('ends with its reader, its writer, and its target', { timeout: 60_000 }, async () => {
    const file = await written('lzo');
    const source = sourceOf(file);
    for await (const _ of (await readArchive(source.chunks)).content) break;
    expect(source.state.closed).toBe(true);

    const broken = async function* () {
      yield file.subarray(0, 200_000);
      throw new Error('the network is gone');
    };
    await expect(drained((await readArchive(broken())).content)).rejects.toThrow('the network is gone');

    const given = openArchiveSink({
      compression: 'lzo',
      target: () => sleep(60_000, undefined, { ref: false }),
    });
    const writes = Promise.allSettled(Array.from({ length: 5 }, () => given.write(content)));
    const failing = openArchiveSink({
      compression: 'lzo',
      target: async () => {
        throw new Error('full');
      },
    });
    await expect(
      Promise.all([failing.write(content), failing.write(content), failing.end()]),
    ).rejects.toThrow('full');
    void given.abort();
    expect((await writes).at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } });
    await expect.poll(running).toBe('0');
  });
});

describe('a program that is not there', () => {
  const path = process.env['PATH'];
  const folder = mkdtempSync(join(tmpdir(), 'croft-no-lzop-'));
  beforeAll(() => {
    const setpriv = path!
      .split(':')
      .map((place) => join(place, 'setpriv'))
      .find((file) => existsSync(file));
    symlinkSync(setpriv!, join(folder, 'setpriv'));
    process.env['PATH'] = folder;
  });
  afterAll(() => {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true });
  });

  it('is named', async () => {
    const lzop = Buffer.from('894c5a4f000d0a1a0a0000', 'hex');
    expect((await errorOf(readAll(lzop), 'unavailable')).message).toBe(
      'read the archive: lzop is not installed',
    );
    const sink = openArchiveSink({ compression: 'lzo', target: collector().target });
    const outcome = Promise.all([sink.write(content), sink.write(content), sink.end()]);
    expect((await errorOf(outcome, 'unavailable')).message).toMatch(/lzop is not installed/);
    await sink.abort();
  });
});
