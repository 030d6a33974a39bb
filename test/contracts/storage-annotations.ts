// The storage contract's part about notes and protection: of files, disks and trees; where a plugin declares `annotate`.
import { beforeEach, describe, expect, test } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import type { Storage, VolumeFormat } from '../../storage-plugins/plugin.ts';
import { refused } from './refused.ts';
import { putFile } from './storage-imports.ts';
import { declares, type RunningStorage } from './storage-traits.ts';

const context = quietContext();
const mebibyte = 1024 ** 2;

export function describeAnnotations({
  storage: get,
  declaration,
  qcow2,
}: RunningStorage & {
  /** Are the programs there that qcow2 images are made with? */
  readonly qcow2: boolean;
}): void {
  let storage: Storage;
  beforeEach(() => {
    storage = get();
  });
  const can = (feature: 'annotate' | 'template', format: VolumeFormat) =>
    declares(declaration(), feature, format);
  const facts = async (name: string) => {
    const { notes, protected: isProtected } = await storage.info(context, name);
    const listed = (await storage.list(context, {})).find((one) => one.name === name);
    expect([listed?.notes, listed?.protected]).toEqual([notes, isProtected]);
    return { notes, isProtected: isProtected ?? false };
  };
  const free = async (name: string) => {
    await storage.annotate(context, name, { protected: false });
    await storage.remove(context, name);
  };

  describe('notes and protection', () => {
    test('of a file: set each alone, taken away, gone with it', async () => {
      if (!can('annotate', 'iso')) return;
      const { name } = await putFile(storage, 'iso', 'a.iso', Buffer.from('x'));
      expect(await facts(name)).toEqual({ notes: undefined, isProtected: false });
      await storage.annotate(context, name, { notes: 'from the <b>vendor</b>\nσ' });
      await storage.annotate(context, name, { protected: true });
      await storage.annotate(context, name, {});
      expect(await facts(name)).toEqual({ notes: 'from the <b>vendor</b>\nσ', isProtected: true });
      expect(await refused(storage.remove(context, name))).toBe('wrong-state');
      await storage.annotate(context, name, { notes: '' });
      expect(await facts(name)).toEqual({ notes: undefined, isProtected: true });
      await free(name);
      await putFile(storage, 'iso', 'a.iso', Buffer.from('y'));
      expect(await facts(name)).toEqual({ notes: undefined, isProtected: false });
      await storage.annotate(context, name, { notes: 'again' });
      await storage.remove(context, name);
    });

    test('a protected file is not replaced; what replaces another has no notes', async () => {
      if (!can('annotate', 'iso')) return;
      const { name } = await putFile(storage, 'iso', 'a.iso', Buffer.from('x'));
      await storage.annotate(context, name, { notes: 'old', protected: true });
      const { id } = await storage.beginImport(context, 'iso', 'a.iso', {});
      expect(await refused(storage.commitImport(context, id, true))).toBe('wrong-state');
      await storage.annotate(context, name, { protected: false });
      await storage.commitImport(context, id, true);
      expect(await facts(name)).toEqual({ notes: undefined, isProtected: false });
      await storage.remove(context, name);
    });

    test.each(['raw', 'qcow2', 'subvol'] as const)(
      'of a volume of format %s: they follow it',
      async (format) => {
        const kinds = [...declaration().imageFormats, ...declaration().rootFormats];
        if (!can('annotate', format) || !kinds.includes(format) || (format === 'qcow2' && !qcow2)) return;
        const made = await storage.createDisk(context, { vmid: 100, format, sizeBytes: 4 * mebibyte });
        await storage.annotate(context, made.name, { notes: 'precious', protected: true });
        const given = await storage.reassign(context, made.name, 101);
        expect(given).toMatchObject({ notes: 'precious', protected: true });
        expect(await refused(storage.remove(context, given.name))).toBe('wrong-state');
        let { name } = given;
        if (can('template', format)) {
          ({ name } = await storage.makeBase(context, name));
          await storage.makeBase(context, name);
          expect(await facts(name)).toEqual({ notes: 'precious', isProtected: true });
        }
        const other = await storage.createDisk(context, { vmid: 100, format, sizeBytes: 4 * mebibyte });
        expect(other.name).toBe(made.name);
        expect(await facts(other.name)).toEqual({ notes: undefined, isProtected: false });
        await storage.remove(context, other.name);
        await free(name);
        expect(await storage.list(context, {})).toEqual([]);
      },
    );

    test('notes have a limit, and only what is there has any', async () => {
      if (!can('annotate', 'iso')) return;
      const { name } = await putFile(storage, 'iso', 'a.iso', Buffer.from('x'));
      await storage.annotate(context, name, { notes: 'x'.repeat(64 * 1024) });
      expect(await refused(storage.annotate(context, name, { notes: 'ω'.repeat(40_000) }))).toBe(
        'invalid-input',
      );
      expect((await facts(name)).notes).toHaveLength(64 * 1024);
      await storage.remove(context, name);
      expect(await refused(storage.annotate(context, name, { notes: 'x' }))).toBe('not-found');
      expect(await refused(storage.annotate(context, 'iso/../a.iso', { notes: 'x' }))).toBe('invalid-input');
    });
  });
}
