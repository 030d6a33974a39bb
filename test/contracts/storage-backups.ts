// The storage contract's part about backups: their names, what lies beside them, protection, and writers of their own.
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect } from 'vitest';
import { readLocalZone } from '../../server/core/local-zone.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { makeArchiveName } from '../../storage-plugins/backup-names/archive-name.ts';
import type { Attachment, Storage } from '../../storage-plugins/plugin.ts';
import { refused } from './refused.ts';
import { putFile } from './storage-imports.ts';
import { type RunningStorage, testWhere } from './storage-traits.ts';

export interface BackupsUnderTest extends RunningStorage {
  leftovers(): Promise<string[]>;
}

const context = quietContext();
/** 1 June 2026, in the middle of a day in any zone. */
const atMs = Date.UTC(2026, 5, 1, 12, 30, 0);
const nameOf = (kind: 'qemu' | 'lxc', vmid: number, laterSeconds = 0) =>
  makeArchiveName({ kind, vmid, atMs: atMs + laterSeconds * 1000, compression: 'zst' }, readLocalZone());
const pathOf = (attachment: Attachment): string => {
  if (attachment.kind !== 'file') throw new Error(`a backup is attached as a ${attachment.kind}`);
  return attachment.path;
};

/** Within a `describe` that makes the storage before each test. */
export function describeBackups({ storage: get, declaration, leftovers }: BackupsUnderTest): void {
  let storage: Storage;
  beforeEach(() => {
    storage = get();
  });
  const test = testWhere(() => declaration().contents.includes('backup'));
  const put = async (file: string, text = 'an archive') =>
    await putFile(storage, 'backup', file, Buffer.from(text));
  /** What `info` and the list tell alike. */
  const facts = async (name: string) => {
    const info = await storage.info(context, name);
    const listed = await storage.list(context, { contents: ['backup'] });
    expect(listed.find((one) => one.name === name)).toEqual(info);
    return info;
  };

  describe('backups', () => {
    testWhere(() => !declaration().contents.includes('backup'))('are not taken', async () => {
      const name = 'backup/vzdump-qemu-100-2026_06_01-02_30_00.vma.zst';
      expect(await refused(storage.beginImport(context, 'backup', name.slice(7), {}))).toBe('unsupported');
      expect(await refused(storage.importPath(context, 'x'))).toBe('unsupported');
      expect(await refused(storage.putBeside(context, name, 'log', Buffer.from('x')))).toBe('unsupported');
      expect(await refused(storage.readBeside(context, name, 'log'))).toBe('unsupported');
    });

    test('are told by their names: whose, of when, of what format', async () => {
      const vm = await put(nameOf('qemu', 100), 'vm');
      const ct = await put(nameOf('lxc', 101, 60));
      await put('golden image-100-x.vma'.replace(' ', '_'));
      await put('vzdump-openvz-102-2011_01_01-00_00_00.tgz');
      for (const ending of ['vma', 'vma.gz', 'vma.lzo', 'vma.bz2', 'tar', 'tar.zst', 'tar.gz', 'tar.lzo'])
        expect((await put(`kept.${ending}`)).format).toBe(ending);
      expect(await facts(vm.name)).toMatchObject({
        ...{ name: `backup/${nameOf('qemu', 100)}`, content: 'backup', format: 'vma.zst', vmid: 100 },
        ...{ sizeBytes: 2, parent: undefined, createdAt: atMs / 1000 },
      });
      expect(await facts(ct.name)).toMatchObject({
        ...{ format: 'tar.zst', vmid: 101, createdAt: atMs / 1000 + 60 },
      });
      expect((await facts('backup/kept.tar.gz')).vmid).toBeUndefined();
      expect((await facts('backup/vzdump-openvz-102-2011_01_01-00_00_00.tgz')).vmid).toBe(102);
      const of100 = await storage.list(context, { contents: ['backup'], vmid: 100 });
      expect(of100.map(({ name }) => name)).toEqual(['backup/golden_image-100-x.vma', vm.name]);
      expect(await storage.list(context, { contents: ['images', 'rootdir'], vmid: 100 })).toEqual([]);
      expect(await storage.list(context, { contents: ['backup'], vmid: 0 })).toEqual([]);
    });

    test('are opened by their path, to be read as what they are', async () => {
      const { name } = await put(nameOf('qemu', 100), 'bytes');
      const attachment = await storage.attach(context, name);
      expect(attachment).toMatchObject({ kind: 'file', format: 'vma.zst' });
      expect(String(await readFile(pathOf(attachment)))).toBe('bytes');
      expect(String(await buffer(await storage.exportStream(context, name)))).toBe('bytes');
      expect(await refused(storage.attach(context, name, 'snap'))).not.toBe('nothing was refused');
      await storage.detach(context, name);
      expect(await refused(storage.describeImport(context, name))).toBe('invalid-input');
      expect(await refused(storage.resize(context, name, 1024))).toBe('unsupported');
      for (const call of [storage.makeBase(context, name), storage.reassign(context, name, 101)])
        expect(await refused(call)).toBe('unsupported');
    });

    test('are written by a program of their own, and seen when that is through', async () => {
      const { id, name } = await storage.beginImport(context, 'backup', nameOf('qemu', 100), { key: 'task' });
      const path = await storage.importPath(context, id);
      const { size, mode } = await stat(path);
      expect([size, mode & 0o777]).toEqual([0, 0o600]);
      await writeFile(path, 'first attempt');
      expect((await storage.beginImport(context, 'backup', nameOf('qemu', 100), { key: 'task' })).id).toBe(
        id,
      );
      expect(await storage.importPath(context, id)).toBe(path);
      expect((await stat(path)).size).toBe(0);
      await writeFile(path, 'whole');
      await appendFile(path, ' archive');
      expect(await storage.list(context, {})).toEqual([]);
      expect(await storage.sweep(context, [id])).toEqual([]);
      expect(await refused(storage.putBeside(context, name, 'log', Buffer.from('x')))).toBe('not-found');
      expect(String(await buffer(await storage.readImport(context, id)))).toBe('whole archive');
      expect(await storage.commitImport(context, id, false)).toMatchObject({ name, sizeBytes: 13 });
      expect((await storage.commitImport(context, id, false)).name).toBe(name);
      expect(await refused(storage.importPath(context, id))).toBe('not-found');
      const back = await readFile(pathOf(await storage.attach(context, name)));
      expect(String(back)).toBe('whole archive');
    });

    test('that were given up leave nothing', async () => {
      const { id } = await storage.beginImport(context, 'backup', nameOf('qemu', 100), {});
      await writeFile(await storage.importPath(context, id), 'half');
      await storage.discardImport(context, id);
      await storage.discardImport(context, id);
      expect(await refused(storage.importPath(context, id))).toBe('not-found');
      expect(await refused(storage.commitImport(context, id, false))).toBe('not-found');
      expect(await leftovers()).toEqual([]);
      const other = await storage.beginImport(context, 'iso', 'a.iso', {});
      expect(await refused(storage.importPath(context, other.id))).toBe('unsupported');
      await storage.discardImport(context, other.id);
      for (const foreign of [
        '',
        'backup/a.vma#x#1',
        '../x',
        'backup/../a.vma#.croft-x-0000000000000000.part#1',
      ])
        expect(['invalid-input', 'not-found']).toContain(await refused(storage.importPath(context, foreign)));
    });

    test('have files beside them, which go with them', async () => {
      const { name } = await put(nameOf('qemu', 100));
      for (const kind of ['log', 'picture', 'proof'] as const) {
        expect(await storage.readBeside(context, name, kind)).toBeUndefined();
        await storage.putBeside(context, name, kind, Buffer.from(`${kind} one, and longer`));
        await storage.putBeside(context, name, kind, Buffer.from(`${kind} two`));
        const read = await storage.readBeside(context, name, kind);
        expect(Buffer.from(read ?? []).toString()).toBe(`${kind} two`);
      }
      await storage.annotate(context, name, { notes: 'guest\nσ' });
      expect((await storage.list(context, {})).map((one) => one.name)).toEqual([name]);
      await storage.remove(context, name);
      await storage.remove(context, name);
      expect(await refused(storage.readBeside(context, name, 'log'))).toBe('not-found');
      await put(nameOf('qemu', 100));
      expect((await facts(name)).notes).toBeUndefined();
      for (const kind of ['log', 'picture', 'proof'] as const)
        expect(await storage.readBeside(context, name, kind)).toBeUndefined();
    });

    test('have no more beside them than is bearable, and nothing beside what is no backup', async () => {
      const { name } = await put('kept.tar.zst');
      const tooMuch = Buffer.alloc(16 * 1024 ** 2 + 1);
      expect(await refused(storage.putBeside(context, name, 'picture', tooMuch))).toBe('invalid-input');
      expect(await refused(storage.putBeside(context, name, 'log', Buffer.from('x')))).toBe('unsupported');
      expect(await storage.readBeside(context, name, 'log')).toBeUndefined();
      await storage.putBeside(context, name, 'proof', Buffer.alloc(0));
      expect((await storage.readBeside(context, name, 'proof'))?.length).toBe(0);
      const iso = await putFile(storage, 'iso', 'a.iso', Buffer.from('x'));
      expect(await refused(storage.putBeside(context, iso.name, 'log', Buffer.from('x')))).toBe(
        'unsupported',
      );
      expect(await refused(storage.readBeside(context, iso.name, 'log'))).toBe('unsupported');
      expect(await refused(storage.readBeside(context, 'backup/../a.vma', 'log'))).toBe('invalid-input');
    });

    test('are not removed or replaced while they are protected', async () => {
      const { name } = await put(nameOf('lxc', 100));
      await storage.annotate(context, name, { notes: 'keep <b>me</b>', protected: true });
      await storage.annotate(context, name, { protected: true });
      await storage.annotate(context, name, {});
      expect(await facts(name)).toMatchObject({ notes: 'keep <b>me</b>', protected: true });
      expect(await refused(storage.remove(context, name))).toBe('wrong-state');
      const { id } = await storage.beginImport(context, 'backup', nameOf('lxc', 100), {});
      await storage.writeImport(context, id, Readable.from([Buffer.from('other')]), {});
      expect(await refused(storage.commitImport(context, id, true))).toBe('wrong-state');
      await storage.annotate(context, name, { notes: '', protected: false });
      await storage.annotate(context, name, { protected: false });
      const plain = await facts(name);
      expect([plain.notes, plain.protected]).toEqual([undefined, undefined]);
      await storage.putBeside(context, name, 'log', Buffer.from('old'));
      expect((await storage.commitImport(context, id, true)).sizeBytes).toBe(5);
      expect(await storage.readBeside(context, name, 'log')).toBeUndefined();
      expect(await refused(storage.annotate(context, name, { notes: 'x'.repeat(65_537) }))).toBe(
        'invalid-input',
      );
      await storage.remove(context, name);
      expect(await refused(storage.annotate(context, name, { protected: true }))).toBe('not-found');
    });

    for (const file of [
      ...['', '.vma', 'a', 'a.zip', 'a.vma.xz', 'a.tar.zst.part', '.a.vma', '-a.vma', '../a.vma', '/a.vma'],
      ...['b/a.vma', 'b\\a.vma', 'a\n.vma', 'a\0.vma', 'a\u202e.vma', 'a b.vma', 'a#b.vma', 'ä.vma'],
      ...['a.vma.notes', 'a.vma.protected', 'a.log', 'a.vma.png', `${'a'.repeat(250)}.vma`],
    ])
      test(`are not taken in as ${JSON.stringify(file)}`, async () => {
        expect(await refused(storage.beginImport(context, 'backup', file, {}))).toBe('invalid-input');
        const fine = /^[^/\\\n\0\u202e]* ?[^/\\\n\0\u202e]*$/.test(file);
        const codes = fine ? ['invalid-input', 'not-found'] : ['invalid-input'];
        expect(codes).toContain(await refused(storage.info(context, `backup/${file}`)));
      });
  });
}
