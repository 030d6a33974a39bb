// Archives that were made to do harm: nothing outside of the target changes, and each that is refused says which entry is to blame.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { type TestEntry, tarOf } from '../../guests/ct/setup/tar-fixture.ts';
import { checkTar, describeTar, readTar } from './read-tar.ts';
import type { TarTarget } from './tar-orders.ts';
import { freshFolder, inPieces, map, quiet, whyNoTrees } from './trees-fixture.ts';

const obstacle = whyNoTrees();
if (obstacle) console.warn(`hostile trees: skipped, ${obstacle}`);
const limits = { mostEntries: 1000, mostBytes: 10e6 };
const conf: TestEntry = { name: './etc/vzdump/pct.conf', data: 'hostname: x\n' };

describe.skipIf(obstacle !== undefined)('hostile archives', () => {
  const folder = freshFolder('hostile');
  let base: string;
  let root: string;
  beforeEach(() => {
    base = folder();
    root = join(base, 'root');
    mkdirSync(root);
    mkdirSync(join(base, 'beside'), { mode: 0o777 });
    writeFileSync(join(base, 'secret'), 'secret', { mode: 0o666 });
  });
  const into = (more: Partial<TarTarget> = {}): TarTarget => ({
    ...{ idMap: map, limits, parts: [{ key: 'rootfs', path: root, target: '/' }] },
    ...more,
  });
  const outside = () => ({
    names: readdirSync(base).sort(),
    beside: readdirSync(join(base, 'beside')),
    secret: readFileSync(join(base, 'secret'), 'utf8'),
    facts: ['', 'beside', 'secret'].map((name) => {
      const { mode, uid, gid, nlink } = statSync(join(base, name));
      return [mode, uid, gid, nlink];
    }),
  });
  const unpack = (entries: readonly TestEntry[], more: Partial<TarTarget> = {}) =>
    readTar(into(more), inPieces(tarOf([conf, ...entries])), quiet).then(
      () => 'unpacked',
      (error: unknown) =>
        error instanceof Error && 'code' in error ? `${error.code}: ${error.message}` : error,
    );

  const link = (name: string, linkName: string): TestEntry => ({ name, letter: '2', linkName });
  const hard = (name: string, linkName: string): TestEntry => ({ name, letter: '1', linkName });
  const refusals: [string, (at: string) => TestEntry[], RegExp][] = [
    [
      'an absolute name',
      (at) => [{ name: `${at}/beside/x`, data: 'x' }],
      /entry '.*\/beside\/x' has an absolute name/,
    ],
    ['an absolute hard link', (at) => [hard('h', `${at}/secret`)], /h: Cannot hard link to .*secret/],
    ['..', () => [{ name: './a/../../x', data: 'x' }], /entry '\.\/a\/\.\.\/\.\.\/x' has '\.\.' in its name/],
    ['a hard link by ..', () => [hard('h', '../secret')], /entry 'h' has '\.\.' in its name/],
    [
      'a file through a link',
      (at) => [link('d', `${at}/beside`), { name: 'd/x', data: 'x' }],
      /d\/x: Cannot open/,
    ],
    [
      'a file through a climbing link',
      () => [link('d', '../beside'), { name: 'd/x', data: 'x' }],
      /d\/x: Cannot open/,
    ],
    [
      'a hard link through a link',
      (at) => [link('d', at), hard('h', 'd/secret')],
      /d\/secret: Cannot stat: Not a directory/,
    ],
    ['a folder through a link', (at) => [link('d', at), { name: 'd/made/', letter: '5' }], /d\/made: Cannot/],
    ['a device node', () => [{ name: 'srv/sda', letter: '4' }], /entry 'srv\/sda' is a device node/],
    [
      'a number beyond the map',
      () => [{ name: 'x', uid: 65_536 }],
      /entry 'x' belongs to the unknown id 65536/,
    ],
    [
      'too many entries',
      () => Array.from({ length: 1001 }, (_, at) => ({ name: `f${at}` })),
      /one more than the 1000 entries allowed/,
    ],
    ['too many bytes', () => [{ name: 'x', data: Buffer.alloc(11e6) }], /larger than the 9 MiB allowed/],
    ['a size that is a lie', () => [{ name: 'x', size: 8 ** 11 - 1 }], /larger than the 9 MiB allowed/],
    [
      'a configuration without end',
      () => [{ name: 'etc/vzdump/pct.fw', data: Buffer.alloc(2 ** 21) }],
      /pct\.fw is larger than a configuration/,
    ],
  ];

  test.each(refusals)('%s: refused by its name', async (_what, entries, message) => {
    const before = outside();
    for (const idMap of [map, undefined]) {
      rmSync(root, { recursive: true });
      mkdirSync(root);
      const expected = _what === 'a number beyond the map' && !idMap ? /^unpacked$/ : message;
      expect(await unpack(entries(base), { idMap, devices: 'refuse' })).toMatch(expected);
      expect(outside()).toEqual(before);
    }
  });

  const harmless: [string, (at: string) => TestEntry[]][] = [
    [
      'a file over a link to the host',
      (at) => [link('f', `${at}/secret`), { name: 'f', data: 'overwritten' }],
    ],
    [
      'a folder over a link to the host',
      (at) => [link('d', `${at}/beside`), { name: 'd/', letter: '5', mode: 0o700 }],
    ],
    ['a link over a folder', (at) => [{ name: 'd/', letter: '5' }, link('d', at)]],
    ['programs that become root, of the container alone', () => [{ name: 'su', data: 'x', mode: 0o6755 }]],
    ['links in a circle', () => [link('a', 'b'), link('b', 'a')]],
    ['a mode and an owner for the root', () => [{ name: './', letter: '5', mode: 0o777, uid: 12 }]],
  ];
  test.each(harmless)('%s: nothing outside', async (_what, entries) => {
    const before = outside();
    for (const idMap of [map, undefined]) {
      rmSync(root, { recursive: true });
      mkdirSync(root);
      await unpack(entries(base), { idMap });
      expect(outside()).toEqual(before);
      if (existsSync(join(root, 'su')))
        expect(statSync(join(root, 'su'))).toMatchObject({ uid: idMap?.first ?? 0, mode: 0o106755 });
    }
  });

  test('device nodes of a privileged container are left out and told; hard links to them, too', async () => {
    const log: string[] = [];
    const nodes: TestEntry[] = [
      { name: 'dev/null', letter: '3' },
      hard('dev/zero', 'dev/null'),
      { name: 'srv/sda', letter: '4' },
      hard('srv/same', 'srv/sda'),
      { name: 'srv/file', data: 'x' },
    ];
    const done = await readTar(into({ idMap: undefined }), inPieces(tarOf([conf, ...nodes])), {
      ...quiet,
      log: (line) => log.push(line),
    });
    expect(done).toMatchObject({ leftOut: 2, entries: 6 });
    expect(readdirSync(join(root, 'srv'))).toEqual(['file']);
    expect(existsSync(join(root, 'dev'))).toBe(false);
    expect(log.map((line) => line.split(' is ')[0])).toEqual(["left out: 'srv/sda'", "left out: 'srv/same'"]);
  });

  test('a link where a mount point is to be leads nowhere', async () => {
    mkdirSync(join(base, 'data'));
    const before = outside();
    const parts = [
      { key: 'rootfs', path: root, target: '/' },
      { key: 'mp0', path: join(base, 'data'), target: '/srv/data' },
    ];
    for (const name of ['srv', 'srv/data'])
      expect(
        await unpack([link(name, join(base, 'beside')), { name: `${name}/x`, data: 'x' }], { parts }),
      ).toMatch(/Cannot|not empty/);
    expect({ ...outside(), names: before.names }).toEqual(before);
  });

  test('a full file system is said to be one, whatever the archive says', async () => {
    const small = join(base, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'croft-small', small]);
    try {
      const parts = [{ key: 'rootfs', path: small, target: '/' }];
      expect(await unpack([{ name: 'x', data: Buffer.alloc(3e6) }], { parts })).toMatch(
        /^no-capacity: the backup does not fit: 1 MiB are free/,
      );
      execFileSync('sh', ['-c', 'rm -rf ./*'], { cwd: small });
      const over = [
        { key: 'rootfs', path: root, target: '/' },
        { key: 'mp0', path: small, target: '/m' },
      ];
      expect(await unpack([{ name: 'm/x', data: Buffer.alloc(3e6) }], { parts: over })).toMatch(
        /^no-capacity: unpack the backup: m\/x: /,
      );
    } finally {
      execFileSync('umount', [small]);
    }
  });

  test('a target that holds something is left alone', async () => {
    writeFileSync(join(root, 'kept'), 'kept');
    expect(await unpack([{ name: 'x' }])).toMatch(/^wrong-state: rootfs: .* is not empty/);
    expect(readdirSync(root)).toEqual(['kept']);
  });

  test('cut off, no archive at all, an error of its source, an abort', async () => {
    const whole = tarOf([conf, { name: 'a', data: Buffer.alloc(3000) }]);
    const attempt = async (content: AsyncIterable<Buffer>, signal = quiet.signal) => {
      rmSync(root, { recursive: true });
      mkdirSync(root);
      return readTar(into(), content, { ...quiet, signal }).catch((error: Error) => error.message);
    };
    for (let at = 0; at < whole.length - 1024; at += 700)
      expect(await attempt(inPieces(whole.subarray(0, at)))).toMatch(/^the archive ends too early, after/);
    expect(await attempt(inPieces(Buffer.alloc(5000, 'x')))).toBe(
      'the archive is damaged after its beginning: not a tar header',
    );
    const failing = async function* () {
      yield whole.subarray(0, 1000);
      throw new Error('the disk is gone');
    };
    expect(await attempt(failing())).toBe('the disk is gone');
    const abort = new AbortController();
    const aborting = async function* () {
      yield whole.subarray(0, 1000);
      abort.abort();
      yield whole.subarray(1000);
    };
    expect(await attempt(aborting(), abort.signal)).toMatch(/cancelled/);
  });

  test('asking for the configuration reads little, and never without end', async () => {
    let read = 0;
    const endless = async function* (first: Buffer) {
      yield first;
      for (;;) {
        read += 1e6;
        yield Buffer.alloc(1_000_448);
      }
    };
    const huge = tarOf([conf, { name: 'a', size: 8 ** 11 - 1 }], false);
    expect(await describeTar(endless(huge))).toEqual({ texts: [{ name: 'pct.conf', text: conf.data }] });
    expect(read).toBeLessThan(3e6);
    await expect(describeTar(endless(tarOf([{ name: 'a', size: 8 ** 11 - 1 }], false)))).rejects.toThrow(
      'has no configuration',
    );
    expect(read).toBeLessThan(90e6);
    await expect(describeTar(inPieces(tarOf([{ name: 'a', data: 'a' }])))).rejects.toThrow(
      'has no configuration',
    );
  });

  test('a check refuses what a restore would', async () => {
    const check = (entries: TestEntry[]) => checkTar(inPieces(tarOf(entries)), quiet);
    await expect(check([{ name: '../x' }])).rejects.toThrow("has '..' in its name");
    expect(await check([conf, { name: 'srv/sda', letter: '4' }])).toMatchObject({ entries: 2, leftOut: 1 });
  });
});
