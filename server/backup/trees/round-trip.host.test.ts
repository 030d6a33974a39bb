// Packed by the real tar, listed by a plain one, unpacked again: everything comes back, for unprivileged and privileged containers alike.
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkTar, describeTar, readTar } from './read-tar.ts';
import type { TarSource, TarTarget, TreePart } from './tar-orders.ts';
import {
  fillTree,
  freshFolder,
  hugeBytes,
  inPieces,
  map,
  memorySink,
  quiet,
  readTree,
  whyNoTrees,
} from './trees-fixture.ts';
import { writeTar } from './write-tar.ts';

const obstacle = whyNoTrees();
if (obstacle) console.warn(`trees of containers: skipped, ${obstacle}`);
const limits = { mostEntries: 1_000_000, mostBytes: 1e9 };

describe.skipIf(obstacle !== undefined)('packed and unpacked', () => {
  const base = freshFolder('trees');

  const folder = (name: string) => {
    mkdirSync(join(base(), name));
    return join(base(), name);
  };
  const source = (parts: TreePart[], more: Partial<TarSource> = {}): TarSource => ({
    ...{ idMap: map, parts, exclude: [], standardExcludes: false, estimatedBytes: 0 },
    texts: [
      { name: 'pct.conf', text: 'hostname: ä\n' },
      { name: 'pct.fw', text: '' },
    ],
    ...more,
  });
  const target = (parts: TreePart[], more: Partial<TarTarget> = {}): TarTarget => ({
    idMap: map,
    parts,
    limits,
    ...more,
  });
  const packed = async (from: TarSource) => {
    const sink = memorySink();
    const { processedBytes } = await writeTar(from, sink, quiet);
    expect(sink.all().length).toBe(processedBytes);
    return sink.all();
  };
  const listed = (archive: Buffer) => {
    const path = join(base(), 'archive.tar');
    writeFileSync(path, archive);
    return execFileSync('tar', ['-tf', path], { encoding: 'latin1' }).trimEnd().split('\n');
  };

  test.each([
    ['an unprivileged', map],
    ['a privileged', undefined],
  ])('%s container: the same files', async (_what, idMap) => {
    const from = folder('from');
    fillTree(from, idMap?.first ?? 0);
    const archive = await packed(source([{ key: 'rootfs', path: from, target: '/' }], { idMap }));
    expect(archive.length).toBeLessThan(200_000);
    expect(listed(archive).slice(0, 3)).toEqual(['./etc/vzdump/pct.conf', './etc/vzdump/pct.fw', './']);
    expect(await describeTar(inPieces(archive, 1000))).toEqual({ texts: source([]).texts });

    const log: string[] = [];
    const to = folder('to');
    const done = await readTar(
      target([{ key: 'rootfs', path: to, target: '/' }], { idMap }),
      inPieces(archive),
      {
        ...quiet,
        log: (line) => log.push(line),
      },
    );
    expect(done.texts).toEqual(source([]).texts);
    const before = { ...readTree(from) };
    const after = readTree(to);
    // Device nodes are LXC's matter, or their administrator's.
    delete before['var/null'];
    delete before['dev/sda'];
    if (!idMap) expect(log).toEqual([expect.stringContaining("left out: './var/null' is a device node")]);
    // Something was taken out of them.
    for (const name of ['', 'var', 'dev'])
      for (const each of [before, after]) each[name] = String(each[name]).replace(/ \S+$/, '');
    expect(after).toEqual(before);
    const holes = statSync(join(to, 'holes'));
    expect([holes.size, holes.blocks < 200]).toEqual([hugeBytes, true]);
    expect(execFileSync('dd', [`if=${to}/holes`, 'bs=4k', 'skip=999', 'count=6'], { stdio: 'pipe' })).toEqual(
      execFileSync('dd', [`if=${from}/holes`, 'bs=4k', 'skip=999', 'count=6'], { stdio: 'pipe' }),
    );
    expect(existsSync(join(to, 'etc/vzdump'))).toBe(false);
    const checked = await checkTar(inPieces(archive), quiet);
    expect(checked).toMatchObject({ entries: done.entries, bytes: done.bytes });
  });

  test('owners in the archive are those inside', async () => {
    const from = folder('from');
    fillTree(from, map.first);
    writeFileSync(join(base(), 'a.tar'), await packed(source([{ key: 'rootfs', path: from, target: '/' }])));
    const list = execFileSync(
      'tar',
      ['-tvf', join(base(), 'a.tar'), '--numeric-owner', '--acls', '--xattrs'],
      {
        encoding: 'latin1',
      },
    );
    expect(list).toMatch(/^-rwsr-sr-x\*? +0\/42 .* \.\/(bin\/su|home\/hard link)$/m);
    expect(list).toMatch(/^-rw-rw-r--\+? +1000\/65535 .* \.\/home\/user$/m);
    const archive = readFileSync(join(base(), 'a.tar'));
    expect(archive.includes('SCHILY.acl.access=user::rw-\nuser:7:rw-\n')).toBe(true);
    expect(archive.includes('SCHILY.xattr.security.capability=')).toBe(true);
  });

  test('a privileged one becomes unprivileged and back; a number beyond the map is refused', async () => {
    const from = folder('from');
    fillTree(from, 0);
    rmSync(join(from, 'var/null'));
    const archive = await packed(source([{ key: 'rootfs', path: from, target: '/' }], { idMap: undefined }));
    const to = folder('to');
    await readTar(target([{ key: 'rootfs', path: to, target: '/' }]), inPieces(archive), quiet);
    const before = readTree(from);
    delete before['dev/sda'];
    for (const name of ['', 'dev', 'var']) delete before[name];
    expect(readTree(to, map.first)).toMatchObject(before);
    const far = folder('far');
    chownSync(far, 70_000, 0);
    const other = await packed(source([{ key: 'rootfs', path: far, target: '/' }], { idMap: undefined }));
    const refused = readTar(
      target([{ key: 'rootfs', path: folder('to2'), target: '/' }]),
      inPieces(other),
      quiet,
    );
    await expect(refused).rejects.toThrow("the backup's entry './' belongs to the unknown id 70000");
  });

  test('mount points at their places, also in one another and where the root has no folder for them', async () => {
    const paths = ['root', 'srv', 'data', 'new'].map(folder);
    const [root = '', srv = '', data = '', fresh = ''] = paths;
    mkdirSync(join(root, 'srv'));
    writeFileSync(join(root, 'srv/hidden'), 'below a mount point');
    mkdirSync(join(srv, 'da[ta'));
    writeFileSync(join(srv, 's'), 's');
    writeFileSync(join(data, 'd'), 'd');
    writeFileSync(join(fresh, 'f'), 'f');
    mkdirSync(join(fresh, 'lost+found'));
    for (const path of paths) execFileSync('chown', ['-R', '100000:100000', path]);
    const places = ['/', '/srv', '/srv/da[ta', '/opt/n/new'];
    const parts = (from: readonly string[]) =>
      places.map((at, index) => ({ key: `mp${index}`, path: from[index] ?? '', target: at }));
    const archive = await packed(source(parts(paths)));
    const to = ['to0', 'to1', 'to2', 'to3'].map(folder);
    await readTar(target(parts(to)), inPieces(archive), quiet);
    expect(to.map((path) => readdirSync(path).sort())).toEqual([
      ['opt', 'srv'],
      ['da[ta', 's'],
      ['d'],
      ['f'],
    ]);
    // What the root has below a mount point comes to lie in it: an archive has one place for a path.
    expect(readdirSync(join(to[1] ?? '', 'da[ta'))).toEqual([]);
    expect(statSync(join(to[3] ?? '', 'f')).uid).toBe(100_000);
  });

  test('what is left out, is', async () => {
    const from = folder('from');
    fillTree(from, map.first);
    const names = async (more: Partial<TarSource>) =>
      listed(await packed(source([{ key: 'rootfs', path: from, target: '/' }], more)));
    const standard = await names({ standardExcludes: true });
    expect(standard).toEqual(expect.arrayContaining(['./tmp/', './var/tmp/', './var/run/kept']));
    for (const name of ['./tmp/gone', './var/tmp/gone', './var/run/x.pid'])
      expect(standard).not.toContain(name);
    const own = await names({ exclude: ['/etc', 'user', '/srv/d*', '/fif?'] });
    expect(own.slice(0, 3)).toEqual(['./etc/vzdump/pct.conf', './etc/vzdump/pct.fw', './']);
    expect(own.filter((name) => /^\.\/(etc(?!\/vzdump)|home\/user|srv\/.|fifo)/.test(name))).toEqual([]);
  });

  test('100,000 files', async () => {
    const from = folder('from');
    execFileSync(
      'sh',
      ['-c', 'for d in $(seq 100); do mkdir $d; (cd $d && seq 1000 | split -l 1 -a 3); done'],
      { cwd: from },
    );
    execFileSync('chown', ['-R', '100000:100000', from]);
    const archive = await packed(source([{ key: 'rootfs', path: from, target: '/' }]));
    const to = folder('to');
    const done = await readTar(target([{ key: 'rootfs', path: to, target: '/' }]), inPieces(archive), quiet);
    expect(done.entries).toBe(100_000 + 100 + 1 + 2);
    expect(readTree(to)).toEqual(readTree(from));
  });

  test('a file that cannot be read, or changes, fails by its name; a sink that fails says so; an abort is one', async () => {
    const from = folder('from');
    writeFileSync(join(from, 'of nobody known'), 'x', { mode: 0o600 });
    const whole = [{ key: 'rootfs', path: from, target: '/' }];
    chownSync(from, 100_000, 100_000);
    await expect(packed(source(whole))).rejects.toMatchObject({
      code: 'command-failed',
      message: expect.stringContaining('./of nobody known: Cannot open: Permission denied'),
    });
    writeFileSync(join(from, 'large'), Buffer.alloc(20e6));
    execFileSync('chown', ['-R', '100000:100000', from]);
    const full = { write: () => Promise.reject(new Error('the target is full')) };
    await expect(writeTar(source(whole), full, quiet)).rejects.toThrow('the target is full');
    let pieces = 0;
    const changing = {
      write: async () => {
        if (++pieces === 20) writeFileSync(join(from, 'large'), Buffer.alloc(10));
      },
    };
    await expect(writeTar(source(whole), changing, quiet)).rejects.toThrow(/\.\/large: /);
    const abort = new AbortController();
    const stopping = {
      write: async () => {
        abort.abort();
      },
    };
    await expect(writeTar(source(whole), stopping, { ...quiet, signal: abort.signal })).rejects.toMatchObject(
      { code: 'cancelled' },
    );
  });
});
