// Unpacking with the real programs: honest archives of GNU tar, hostile ones, cancelling; nothing of it is left anywhere else.
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exec } from '../../../core/exec.ts';
import { quietContext } from '../../../core/work-context.ts';
import { type TestEntry, tarOf } from './tar-fixture.ts';
import { createUnpack } from './unpack.ts';

const unpack = createUnpack(exec);
let base: string;
let root: string;
let mountsBefore: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'croft-unpack-'));
  root = join(base, 'root');
  mkdirSync(root);
  mountsBefore = readFileSync('/proc/self/mounts', 'utf8');
});
afterEach(() => {
  expect(readFileSync('/proc/self/mounts', 'utf8')).toBe(mountsBefore);
  expect(programsOf(process.pid)).toEqual([]);
  rmSync(base, { recursive: true });
});

/** Our children that still run, but for the test runner's own. */
function programsOf(pid: number): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [, comm, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(stat) ?? [];
        return Number(parent) === pid && state !== 'Z' && !/node|esbuild/.test(comm ?? '')
          ? [comm ?? '']
          : [];
      } catch {
        return [];
      }
    });
}

function archiveOf(entries: readonly TestEntry[]): string {
  const path = join(base, 'archive.tar.gz');
  writeFileSync(path, gzipSync(tarOf(entries)));
  return path;
}

const unprivileged = { unprivileged: true };

describe('an honest system', () => {
  const kinds = { zst: '--zstd', xz: '--xz', gz: '--gzip', bz2: '--bzip2' };

  it.each(Object.entries(kinds))('.tar.%s: owners, modes, links, holes, attributes', async (name, flag) => {
    const from = join(base, 'from');
    mkdirSync(join(from, 'usr/bin'), { recursive: true });
    mkdirSync(join(from, 'dev'));
    writeFileSync(join(from, 'usr/bin/su'), '\x7fELF');
    chownSync(join(from, 'usr/bin/su'), 7, 42);
    await exec('chmod', ['4755', join(from, 'usr/bin/su')]);
    await exec('setcap', ['cap_net_raw+ep', join(from, 'usr/bin/su')], { okExitCodes: [0, 1, 127] }).catch(
      () => undefined,
    );
    linkSync(join(from, 'usr/bin/su'), join(from, 'hard'));
    symlinkSync('/etc/../../passwd', join(from, 'away'));
    writeFileSync(join(from, 'holes'), 'begin');
    truncateSync(join(from, 'holes'), 300 * 1024 * 1024);
    await exec('mkfifo', [join(from, 'fifo')]);
    await exec('mknod', [join(from, 'dev/null'), 'c', '1', '3']);
    const archive = join(base, `template.tar.${name}`);
    await exec('tar', ['-C', from, '--sparse', '--xattrs', flag, '-cf', archive, '.']);
    const done = await unpack(quietContext(), archive, root, unprivileged);
    expect(done).toMatchObject({ osType: 'unmanaged', arch: undefined });
    const su = statSync(join(root, 'usr/bin/su'));
    expect([su.uid, su.gid, su.mode & 0o7777, su.nlink]).toEqual([100_007, 100_042, 0o4755, 2]);
    expect(readlinkSync(join(root, 'away'))).toBe('/etc/../../passwd');
    expect(statSync(join(root, 'holes'))).toMatchObject({ size: 300 * 1024 * 1024, uid: 100_000 });
    expect(statSync(join(root, 'holes')).blocks).toBeLessThan(100);
    expect(statSync(join(root, 'fifo')).isFIFO()).toBe(true);
    expect(readdirSync(join(root, 'dev'))).toEqual([]);
    rmSync(root, { recursive: true });
    mkdirSync(root);
    await unpack(quietContext(), archive, root, { unprivileged: false });
    expect(statSync(join(root, 'usr/bin/su')).uid).toBe(7);
  });
});

describe('hostile archives', () => {
  const secret = () => join(base, 'secret');
  const through = (target: string): TestEntry[] => [
    { name: 'd', letter: '2', linkName: target },
    { name: 'd/written', data: 'x' },
  ];
  const cases: [string, () => TestEntry[]][] = [
    ['a link to a folder of the host, then a file below it', () => through(base)],
    ['a link to the whole host', () => [...through('/'), { name: 'd/etc/written', data: 'x' }]],
    ['a climbing link, then a file below it', () => through('../../../../../../../../../../../tmp')],
    [
      'a hard link through a link',
      () => [
        { name: 'd', letter: '2', linkName: base },
        { name: 'h', letter: '1', linkName: 'd/secret' },
      ],
    ],
    [
      'a file over a link to the host',
      () => [
        { name: 'f', letter: '2', linkName: secret() },
        { name: 'f', data: 'overwritten' },
      ],
    ],
    [
      'a folder over a link to the host',
      () => [
        { name: 'd', letter: '2', linkName: base },
        { name: 'd/', letter: '5', mode: 0o777 },
        { name: 'd/written', data: 'x' },
      ],
    ],
    [
      'a chain of links',
      () => [
        { name: 'a', letter: '2', linkName: '.' },
        { name: 'a/b', letter: '2', linkName: 'a/../..' },
        { name: 'b/written', data: 'x' },
      ],
    ],
  ];

  it.each(cases)('%s: nothing outside', async (_name, entries) => {
    const { mode } = statSync(base);
    for (const how of [true, false]) {
      writeFileSync(secret(), 'secret');
      rmSync(root, { recursive: true });
      mkdirSync(root);
      await unpack(quietContext(), archiveOf(entries()), root, { unprivileged: how }).catch(
        (error: unknown) => expect(error).toMatchObject({ code: 'invalid-input' }),
      );
      expect(readdirSync(base).sort()).toEqual(['archive.tar.gz', 'root', 'secret']);
      expect(readFileSync(secret(), 'utf8')).toBe('secret');
      expect(statSync(secret()).nlink).toBe(1);
      expect(statSync(base).mode).toBe(mode);
      for (const path of ['/written', '/etc/written', '/tmp/written']) expect(existsSync(path)).toBe(false);
    }
  });

  it('a foreign owner, a device, too much, a bomb, damage: refused in words', async () => {
    const refused = (entries: TestEntry[], limits?: { mostEntries: number; mostBytes: number }) =>
      unpack(quietContext(), archiveOf(entries), root, {
        ...unprivileged,
        ...(limits ? { limits } : {}),
      }).then(
        () => 'unpacked',
        (error: unknown) => (error instanceof Error ? error.message : error),
      );
    const again = () => {
      rmSync(root, { recursive: true });
      mkdirSync(root);
    };
    expect(await refused([{ name: 'x', uid: 70_000 }])).toBe(
      "the template's entry 'x' belongs to the unknown id 70000",
    );
    expect(await refused([{ name: 'x', letter: '3' }])).toBe("the template's entry 'x' is a device node");
    expect(await refused([{ name: 'x' }, { name: 'y' }], { mostEntries: 1, mostBytes: 1 })).toMatch(
      /'y' is one more/,
    );
    again();
    const holes = {
      name: 'x',
      pax: { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'x' },
    };
    expect(
      await refused([{ ...holes, pax: { ...holes.pax, 'GNU.sparse.realsize': '1125899906842624' } }]),
    ).toMatch(/larger than the 65536 MiB allowed$/);
    again();
    const bomb = join(base, 'bomb.tar.zst');
    const zeros = Buffer.alloc(64 * 1024 * 1024);
    const header = tarOf([{ name: 'zeros', size: 8 * 1024 ** 3 - 512 }], false);
    writeFileSync(join(base, 'small'), Buffer.concat([header, zeros]));
    await exec('zstd', ['-q', join(base, 'small'), '-o', bomb]);
    await expect(unpack(quietContext(), bomb, root, unprivileged)).rejects.toMatchObject({
      message: "the template is a bomb: more than 200 times its archive's size",
    });
    expect(readdirSync(root)).toEqual([]);
    const cut = archiveOf([{ name: 'x', data: randomBytes(9000) }]);
    truncateSync(cut, 8000);
    await expect(unpack(quietContext(), cut, root, unprivileged)).rejects.toMatchObject({
      message: expect.stringMatching(/^the archive is damaged: gzip: stdin: unexpected end of file$/),
    });
    again();
    // The last byte but eight: of the check of all data, when everything is unpacked already.
    const flipped = readFileSync(archiveOf([{ name: 'x', data: randomBytes(9000) }]));
    flipped[flipped.length - 8] = (flipped[flipped.length - 8] as number) ^ 1;
    writeFileSync(cut, flipped);
    await expect(unpack(quietContext(), cut, root, unprivileged)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^the archive is damaged: gzip: stdin: invalid compressed data--crc error$/,
      ),
    });
    again();
    writeFileSync(cut, 'no archive');
    await expect(unpack(quietContext(), cut, root, unprivileged)).rejects.toMatchObject({
      code: 'invalid-input',
    });
    writeFileSync(join(root, 'mine'), '');
    await expect(unpack(quietContext(), cut, root, unprivileged)).rejects.toMatchObject({
      code: 'wrong-state',
    });
  });
});

it('cancelled in the middle, it ends at once and leaves only the folder', async () => {
  const many = Array.from({ length: 400 }, (_, index) => ({
    name: `f${index}`,
    data: Buffer.alloc(200_000, index),
  }));
  const archive = archiveOf(many);
  const abort = new AbortController();
  const work = unpack({ ...quietContext(abort.signal) }, archive, root, unprivileged);
  const outcome = work.then(
    () => 'done',
    (error: unknown) => error,
  );
  while (!existsSync(join(root, 'f3'))) await new Promise((resolve) => setTimeout(resolve, 2));
  abort.abort();
  expect(await outcome).toMatchObject({ code: 'cancelled' });
  const count = readdirSync(root).length;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(readdirSync(root).length).toBe(count);
  await expect(
    unpack(quietContext(abort.signal), archive, join(base, 'root'), unprivileged),
  ).rejects.toMatchObject({
    code: expect.stringMatching(/cancelled|wrong-state/),
  });
});
