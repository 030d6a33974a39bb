// The storage contract's part about disk images of each format: every declared feature works, every other one is refused and touches nothing.
import { open } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import type { Attachment, Capability, Feature, Storage } from '../../storage-plugins/plugin.ts';
import { refused } from './refused.ts';
import { declares, type RunningStorage, stemOf, testWhere } from './storage-traits.ts';

const context = quietContext();
const mebibyte = 1024 ** 2;
const sizeBytes = 8 * mebibyte;

export interface DiskSuiteOptions extends RunningStorage {
  /** Are the programs there that qcow2 images are made with? */
  readonly qcow2: boolean;
  /** And those that copy images? */
  readonly copies: boolean;
}

/** Writes a text at the disk's beginning, as a guest would; answers whether there is anything to write to. */
async function write(attachment: Attachment, text: string): Promise<boolean> {
  const isRaw =
    attachment.kind === 'file' || attachment.kind === 'block'
      ? (attachment.format ?? 'raw') === 'raw'
      : false;
  if (!isRaw || !('path' in attachment)) return false;
  const file = await open(attachment.path, 'r+').catch(() => undefined);
  if (!file) return false;
  try {
    const bytes = Buffer.alloc(4096);
    bytes.write(text);
    await file.write(bytes, 0, bytes.length, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  return true;
}

async function read(attachment: Attachment): Promise<string> {
  if (!('path' in attachment)) throw new Error(attachment.kind);
  const file = await open(attachment.path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    return buffer.toString().replace(/\0+$/, '');
  } finally {
    await file.close();
  }
}

export function describeDisks({ storage: get, declaration, qcow2, copies }: DiskSuiteOptions): void {
  let storage: Storage;
  beforeEach(() => {
    storage = get();
  });

  describe.each(['raw', 'qcow2'] as const)('disks of format %s', (format) => {
    const isMade = () => declaration().imageFormats.includes(format) && (format !== 'qcow2' || qcow2);
    const can = (feature: Feature, state: Capability['states'][number] = 'current') =>
      declares(declaration(), feature, format, state);
    const testDisk = testWhere(isMade);
    const testThat = (feature: Feature, state: Capability['states'][number] = 'current') =>
      testWhere(() => isMade() && can(feature, state));
    const make = async (vmid = 100) => await storage.createDisk(context, { vmid, format, sizeBytes });
    const everything = async () => JSON.stringify(await storage.list(context, {}));
    const fill = async (name: string, text: string) => {
      const written = await write(await storage.attach(context, name), text);
      await storage.detach(context, name);
      return written;
    };
    const expectText = async (name: string, text: string, snapshot?: string) => {
      expect(await read(await storage.attach(context, name, snapshot))).toBe(text);
      await storage.detach(context, name);
    };

    testDisk('are made in the size asked for and opened as what they are', async () => {
      const made = await make();
      expect(made).toMatchObject({ content: 'images', format, sizeBytes, vmid: 100, parent: undefined });
      expect(await storage.info(context, made.name)).toMatchObject({ name: made.name, format, sizeBytes });
      const attachment = await storage.attach(context, made.name);
      expect(['file', 'block']).toContain(attachment.kind);
      expect('format' in attachment ? (attachment.format ?? 'raw') : 'raw').toBe(format);
      expect(await storage.attach(context, made.name)).toEqual(attachment);
      await storage.detach(context, made.name);
      await storage.detach(context, made.name);
    });

    testDisk('what is not declared is refused, and nothing is touched', async () => {
      const { name } = await make();
      const before = await everything();
      const attempts: [Feature, () => Promise<unknown>][] = [
        ['snapshot', () => storage.snapshot(context, name, 'one')],
        ['clone', () => storage.clone(context, name, { vmid: 101, mode: 'full' })],
        ['template', () => storage.makeBase(context, name)],
        ['resize', () => storage.resize(context, name, 2 * sizeBytes)],
        ['annotate', () => storage.annotate(context, name, { notes: 'x' })],
        ['stream-out', () => storage.exportStream(context, name)],
      ];
      for (const [feature, attempt] of attempts) {
        if (can(feature)) continue;
        expect([feature, await refused(attempt())]).toEqual([feature, 'unsupported']);
        expect(await everything()).toBe(before);
      }
    });

    testThat('resize')('grow, repeatably, and never shrink', async () => {
      const { name } = await make();
      await storage.resize(context, name, 2 * sizeBytes);
      await storage.resize(context, name, 2 * sizeBytes);
      expect((await storage.info(context, name)).sizeBytes).toBe(2 * sizeBytes);
      for (const bad of [sizeBytes, 0, -1, 1.5, 2 ** 63, Number.NaN])
        expect(await refused(storage.resize(context, name, bad))).toBe('invalid-input');
      expect((await storage.info(context, name)).sizeBytes).toBe(2 * sizeBytes);
    });

    testThat('snapshot')('have snapshots that hold what was there', async () => {
      const { name } = await make();
      const isReal = await fill(name, 'first');
      await storage.snapshot(context, name, 'one');
      expect(await refused(storage.snapshot(context, name, 'one'))).toBe('already-exists');
      expect(await refused(storage.snapshot(context, name, '-l'))).toBe('invalid-input');
      expect(await refused(storage.rollback(context, name, 'never'))).toBe('not-found');
      expect(await storage.listSnapshots(context, name)).toEqual(['one']);
      if (isReal) {
        await fill(name, 'second');
        await storage.rollback(context, name, 'one');
        await expectText(name, 'first');
      } else await storage.rollback(context, name, 'one');
      expect(await storage.listSnapshots(context, name)).toEqual(['one']);
      await storage.removeSnapshot(context, name, 'one');
      await storage.removeSnapshot(context, name, 'one');
      expect(await storage.listSnapshots(context, name)).toEqual([]);
      expect((await storage.list(context, {})).map((volume) => volume.name)).toEqual([name]);
      if (isReal) await expectText(name, 'first');
    });

    testThat('snapshot')('go with their snapshots', async () => {
      const { name } = await make();
      await storage.snapshot(context, name, 'one');
      await storage.snapshot(context, name, 'two');
      expect(await storage.listSnapshots(context, name)).toEqual(['one', 'two']);
      await storage.remove(context, name);
      expect(await storage.list(context, {})).toEqual([]);
      expect((await make()).name).toBe(name);
      expect(await storage.listSnapshots(context, name)).toEqual([]);
    });

    testThat('clone')('have full clones that depend on nothing', async () => {
      if (!copies) return;
      const { name } = await make();
      const isReal = await fill(name, 'kept');
      const clone = await storage.clone(context, name, { vmid: 101, mode: 'full' });
      expect(clone).toMatchObject({ sizeBytes, vmid: 101, parent: undefined });
      expect(stemOf(clone.name)).toBe('vm-101-disk-0');
      const again = { vmid: 101, mode: 'full', name: 'vm-101-disk-0' } as const;
      expect(await refused(storage.clone(context, name, again))).toBe('already-exists');
      await storage.remove(context, name);
      if (isReal) await expectText(clone.name, 'kept');
    });

    testThat('template')('become bases repeatably, with linked clones where declared', async () => {
      const { name } = await make();
      const isReal = await fill(name, 'of the base');
      const early = await refused(storage.clone(context, name, { vmid: 101, mode: 'linked' }));
      expect(can('linked-clone', 'base') ? ['wrong-state'] : ['wrong-state', 'unsupported']).toContain(early);
      const base = await storage.makeBase(context, name);
      expect(stemOf(base.name)).toBe('base-100-disk-0');
      expect((await storage.makeBase(context, name)).name).toBe(base.name);
      expect((await storage.makeBase(context, base.name)).name).toBe(base.name);
      expect(await refused(storage.info(context, name))).toBe('not-found');
      const linked = storage.clone(context, base.name, { vmid: 101, mode: 'linked' });
      if (!can('linked-clone', 'base')) {
        expect(await refused(linked)).toBe('unsupported');
        return;
      }
      const clone = await linked;
      expect(stemOf(clone.name)).toBe('vm-101-disk-0');
      expect(clone).toMatchObject({ sizeBytes, vmid: 101 });
      if (isReal) {
        await expectText(clone.name, 'of the base');
        await fill(clone.name, 'of the clone');
        await expectText(base.name, 'of the base');
      }
      if (clone.parent !== undefined) {
        expect(clone.parent).toBe(base.name);
        expect(await refused(storage.remove(context, base.name))).toBe('busy');
        expect(await refused(storage.reassign(context, base.name, 105))).toBe('busy');
      }
      await storage.remove(context, clone.name);
      await storage.remove(context, base.name);
      expect(await storage.list(context, {})).toEqual([]);
    });

    testThat('copy')('are copied in from an attachment of any storage', async () => {
      if (!copies) return;
      const { name } = await make();
      const isReal = await fill(name, 'kept');
      const fractions: number[] = [];
      const copy = await storage.copyDisk(
        { ...context, progress: (fraction) => fractions.push(fraction) },
        await storage.attach(context, name),
        { vmid: 101, format },
      );
      expect(copy).toMatchObject({ format, sizeBytes, vmid: 101, parent: undefined });
      expect(stemOf(copy.name)).toBe('vm-101-disk-0');
      expect(fractions.at(-1)).toBe(1);
      const stopped = storage.copyDisk(
        quietContext(AbortSignal.abort()),
        await storage.attach(context, name),
        { vmid: 102, format },
      );
      expect(await refused(stopped)).toBe('cancelled');
      expect(await storage.list(context, { vmid: 102 })).toEqual([]);
      await storage.detach(context, name);
      await storage.remove(context, name);
      if (isReal) await expectText(copy.name, 'kept');
    });

    testDisk('change their owner', async () => {
      const { name } = await make();
      await make(101);
      const isReal = await fill(name, 'kept');
      const moved = await storage.reassign(context, name, 101);
      expect(moved).toMatchObject({ vmid: 101, format, sizeBytes });
      expect(stemOf(moved.name)).toBe('vm-101-disk-1');
      expect(await storage.list(context, { vmid: 100 })).toEqual([]);
      expect(await refused(storage.reassign(context, name, 101))).toBe('not-found');
      expect(await refused(storage.reassign(context, moved.name, 102, 'vm-101-disk-7'))).toBe(
        'invalid-input',
      );
      expect(await refused(storage.reassign(context, moved.name, 101, 'vm-101-disk-0'))).toBe(
        'already-exists',
      );
      const named = await storage.reassign(context, moved.name, 102, 'vm-102-data');
      expect(stemOf(named.name)).toBe('vm-102-data');
      if (isReal) await expectText(named.name, 'kept');
    });
  });

  test('a format that it does not make is refused, and nothing is made', async () => {
    const { imageFormats, rootFormats } = declaration();
    for (const format of ['raw', 'qcow2', 'vmdk', 'subvol', 'iso'] as const) {
      if (imageFormats.includes(format) || rootFormats.includes(format)) continue;
      const attempt = storage.createDisk(context, { vmid: 100, format, sizeBytes });
      expect([format, ['unsupported', 'invalid-input'].includes(await refused(attempt))]).toEqual([
        format,
        true,
      ]);
    }
    expect(await storage.list(context, { vmid: 100 })).toEqual([]);
  });
}
