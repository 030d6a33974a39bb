// The storage contract's part about imports: files that come from outside, seen only when they are whole.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import type { Storage } from '../../storage-plugins/plugin.ts';
import { tarOf } from '../fixtures/appliance.ts';
import { refused } from './refused.ts';
import { holdsFiles, type RunningStorage, testWhere } from './storage-traits.ts';

export interface ImportsUnderTest extends RunningStorage {
  leftovers(): Promise<string[]>;
  tooManyBytes(): number;
}

const context = quietContext();

/** Imports a file in one go. */
export async function putFile(
  storage: Storage,
  content: 'iso' | 'vztmpl' | 'import' | 'snippets' | 'backup',
  file: string,
  bytes: Buffer,
) {
  const { id } = await storage.beginImport(context, content, file, {});
  await storage.writeImport(context, id, Readable.from([bytes]), {});
  return await storage.commitImport(context, id, false);
}

function describeAppliances({ storage, declaration }: RunningStorage): void {
  const test = testWhere(() => holdsFiles(declaration()));
  test('tells what an appliance describes, and hands out the disks in it', async () => {
    const members = [
      { name: 'box.ovf', bytes: '<Envelope/>' },
      { name: 'box disk.raw', bytes: Buffer.alloc(1024, 7) },
    ];
    await putFile(storage(), 'import', 'box.ova', tarOf(members));
    const disk = 'import/box.ova/box_disk.raw';
    expect(await storage().describeImport(context, 'import/box.ova')).toMatchObject({
      ...{ kind: 'ova', text: '<Envelope/>' },
      members: [{ name: 'box disk.raw', volume: disk, bytes: 1024 }],
    });
    expect(await storage().info(context, disk)).toMatchObject({
      name: disk,
      content: 'import',
      format: 'raw',
    });
    expect(await storage().attach(context, disk)).toMatchObject({
      kind: 'file',
      format: 'raw',
      foreign: true,
    });
    await storage().detach(context, disk);
    expect(await refused(storage().remove(context, disk))).toBe('invalid-input');
    expect(await refused(storage().exportStream(context, disk))).toBe('invalid-input');
    for (const name of [
      'import/box.ova/box.ovf',
      'import/box.ova/../box.ova',
      'import/disk.raw/x.raw',
      `${disk}/x.raw`,
    ])
      expect(await refused(storage().attach(context, name))).toBe('invalid-input');
    await putFile(storage(), 'import', '100.conf', Buffer.from('cores: 2\n'));
    expect(await storage().describeImport(context, 'import/100.conf')).toMatchObject({
      kind: 'conf',
      text: 'cores: 2\n',
    });
    expect(await storage().list(context, { contents: ['import'] })).toMatchObject([
      { name: 'import/100.conf', format: 'conf' },
      { name: 'import/box.ova', format: 'ova' },
    ]);
  });
}

/** Within a `describe` that makes the storage before each test. */
export function describeImports({ storage, declaration, leftovers, tooManyBytes }: ImportsUnderTest): void {
  describeAppliances({ storage, declaration });
  const test = testWhere(() => holdsFiles(declaration()));

  test('imports each kind, with checksum, invisible until committed', async () => {
    const bytes = Buffer.from('not really an ISO image');
    const { id, name: volume } = await storage().beginImport(context, 'iso', 'debian-13.iso', {});
    const written = await storage().writeImport(context, id, Readable.from([bytes]), {
      checksumAlgorithm: 'sha256',
      exactBytes: bytes.length,
    });
    expect(written).toEqual({
      sizeBytes: bytes.length,
      checksum: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(await storage().list(context, {})).toEqual([]);
    expect(await buffer(await storage().readImport(context, id))).toEqual(bytes);
    const info = await storage().commitImport(context, id, false);
    expect(info).toMatchObject({ name: volume, content: 'iso', format: 'iso', sizeBytes: bytes.length });
    expect(await buffer(await storage().exportStream(context, volume))).toEqual(bytes);

    await putFile(storage(), 'vztmpl', 'debian.tar.zst', bytes);
    await putFile(storage(), 'snippets', 'user-data.yaml', bytes);
    await putFile(storage(), 'import', 'disk.raw', bytes);
    expect(await storage().describeImport(context, 'import/disk.raw')).toEqual({ kind: 'image' });
    expect(await refused(storage().describeImport(context, volume))).toBe('invalid-input');
    const names = (await storage().list(context, {})).map((v) => `${v.name} ${v.format}`);
    expect(names).toEqual([
      'import/disk.raw raw',
      'iso/debian-13.iso iso',
      'snippets/user-data.yaml snippet',
      'vztmpl/debian.tar.zst tzst',
    ]);
    expect((await storage().list(context, { contents: ['vztmpl'] })).map((v) => v.name)).toEqual([
      'vztmpl/debian.tar.zst',
    ]);
  });

  test('commits repeatably; replaces only when asked', async () => {
    await putFile(storage(), 'iso', 'a.iso', Buffer.from('old'));
    const { id } = await storage().beginImport(context, 'iso', 'a.iso', {});
    await storage().writeImport(context, id, Readable.from([Buffer.from('newer')]), {});
    expect(await refused(storage().commitImport(context, id, false))).toBe('already-exists');
    await storage().commitImport(context, id, true);
    expect((await storage().commitImport(context, id, true)).sizeBytes).toBe(5);
    await storage().discardImport(context, id);
    expect(String(await buffer(await storage().exportStream(context, 'iso/a.iso')))).toBe('newer');
  });

  test('writes an import anew from the beginning', async () => {
    const { id } = await storage().beginImport(context, 'iso', 'a.iso', {});
    await storage().writeImport(context, id, Readable.from([Buffer.from('a longer text')]), {});
    await storage().writeImport(context, id, Readable.from([Buffer.from('short')]), {});
    expect((await storage().commitImport(context, id, false)).sizeBytes).toBe(5);
  });

  test('an import of another length than promised leaves nothing', async () => {
    for (const exactBytes of [2, 4]) {
      const { id } = await storage().beginImport(context, 'iso', 'a.iso', {});
      const work = storage().writeImport(context, id, Readable.from([Buffer.from('abc')]), { exactBytes });
      expect(await refused(work)).toBe('invalid-input');
      expect(await leftovers()).toEqual([]);
      expect(await refused(storage().commitImport(context, id, false))).toBe('not-found');
    }
    expect(await storage().list(context, {})).toEqual([]);
  });

  test('an aborted import leaves nothing', async () => {
    const abort = new AbortController();
    const { id } = await storage().beginImport(context, 'iso', 'a.iso', {});
    const endless = new Readable({
      read() {
        setImmediate(() => this.push(Buffer.alloc(1024)));
      },
    });
    setTimeout(() => abort.abort(), 20);
    const work = storage().writeImport(quietContext(abort.signal), id, endless, {});
    expect(await refused(work)).toBe('cancelled');
    expect(endless.destroyed).toBe(true);
    expect(await leftovers()).toEqual([]);
  });

  test('a source that breaks leaves nothing', async () => {
    const { id } = await storage().beginImport(context, 'iso', 'a.iso', {});
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('some');
        throw new Error('connection lost');
      })(),
    );
    expect(await refused(storage().writeImport(context, id, broken, {}))).toBe('internal');
    expect(await leftovers()).toEqual([]);
  });

  test('refuses at once what cannot fit', async () => {
    const work = storage().beginImport(context, 'iso', 'a.iso', { expectedBytes: tooManyBytes() });
    expect(await refused(work)).toBe('no-capacity');
  });

  test('discards repeatably, and refuses imports that it did not make', async () => {
    const { id } = await storage().beginImport(context, 'iso', 'a.iso', {});
    await storage().discardImport(context, id);
    await storage().discardImport(context, id);
    expect(await refused(storage().commitImport(context, id, false))).toBe('not-found');
    for (const foreign of ['', 'x', 'iso/a.iso#../../etc/passwd#1', '../etc/passwd#x#1'])
      expect(['invalid-input', 'not-found']).toContain(
        await refused(storage().commitImport(context, foreign, true)),
      );
  });

  test('finds an import again by its key', async () => {
    const { id } = await storage().beginImport(context, 'iso', 'a.iso', { key: 'task 1' });
    await storage().writeImport(context, id, Readable.from([Buffer.from('x')]), {});
    expect((await storage().beginImport(context, 'iso', 'a.iso', { key: 'task 1' })).id).toBe(id);
    const other = await storage().beginImport(context, 'iso', 'a.iso', { key: 'task 2' });
    expect(other.id).not.toBe(id);
    await storage().discardImport(context, other.id);
    expect((await storage().commitImport(context, id, false)).sizeBytes).toBe(1);
  });

  test('takes back what it published, and nothing else', async () => {
    const first = await storage().beginImport(context, 'iso', 'a.iso', {});
    await storage().writeImport(context, first.id, Readable.from([Buffer.from('x')]), {});
    await storage().commitImport(context, first.id, false);
    await storage().discardImport(context, first.id);
    expect((await storage().list(context, {})).length).toBe(1);
    await storage().discardImport(context, first.id, { published: true });
    expect(await storage().list(context, {})).toEqual([]);
    await storage().discardImport(context, first.id, { published: true });
  });

  test('sweeping does not touch imports in work', async () => {
    const { id } = await storage().beginImport(context, 'iso', 'a.iso', {});
    expect(await storage().sweep(context, [])).toEqual([]);
    await storage().writeImport(context, id, Readable.from([Buffer.from('x')]), {});
    await storage().commitImport(context, id, false);
  });

  for (const [content, fileName] of [
    ['iso', '../a.iso'],
    ['iso', '/a.iso'],
    ['iso', 'a/b.iso'],
    ['iso', 'a\\b.iso'],
    ['iso', '.a.iso'],
    ['iso', '-a.iso'],
    ['iso', 'a\n.iso'],
    ['iso', 'a\0.iso'],
    ['iso', 'a,b.iso'],
    ['iso', 'a.txt'],
    ['iso', '.iso'],
    ['iso', ''],
    ['iso', `${'a'.repeat(252)}.iso`],
    ['vztmpl', 'a.zip'],
    ['import', 'a.exe'],
    ['snippets', '..'],
    ['images', 'vm-100-disk-0.raw'],
    ['backup', 'a.zip'],
    ['backup', '../a.vma'],
  ] as const)
    test(`refuses to import ${content} ${JSON.stringify(fileName)}`, async () => {
      expect(await refused(storage().beginImport(context, content, fileName, {}))).toBe('invalid-input');
    });
}
