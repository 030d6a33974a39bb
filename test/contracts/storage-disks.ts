// The storage contract's part about disk images of each format: every declared feature works, every other one is refused and touches nothing.
import { open } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { exec } from '../../server/core/exec.ts';
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
  readonly contents: () => DiskContents;
}

/** Of which disks there are bytes that can be written and read: of those of any format, of raw ones only, or of none. */
export type DiskContents = 'all' | 'raw' | 'none';

function pathOf(attachment: Attachment): string {
  if (attachment.kind !== 'file' && attachment.kind !== 'block') throw new Error(attachment.kind);
  return attachment.path;
}

const length = 4096;
/** Images in formats of their own are filled with one byte, another one for each text. */
const byteOf = (text: string) => Buffer.from(text).reduce((sum, byte) => (sum + byte) % 256, 0);

/** Writes a text at the disk's beginning, as a guest would. */
async function write(attachment: Attachment, format: 'raw' | 'qcow2', text: string): Promise<void> {
  const path = pathOf(attachment);
  if (format === 'qcow2') {
    await exec('qemu-io', ['-f', format, '-c', `write -P ${byteOf(text)} 0 ${length}`, path]);
    return;
  }
  const file = await open(path, 'r+');
  try {
    const bytes = Buffer.alloc(length);
    bytes.write(text);
    await file.write(bytes, 0, bytes.length, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function expectWritten(attachment: Attachment, format: 'raw' | 'qcow2', text: string): Promise<void> {
  const path = pathOf(attachment);
  if (format === 'qcow2') {
    const look = ['-r', '-f', format, '-c', `read -P ${byteOf(text)} 0 ${length}`, path];
    const { stdout } = await exec('qemu-io', look, { okExitCodes: [0, 1] });
    expect(stdout, text).toContain(`read ${length}/${length} bytes`);
    expect(stdout, text).not.toContain('verification failed');
    return;
  }
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, 0);
    expect(buffer.toString().replace(/\0+$/, '')).toBe(text);
  } finally {
    await file.close();
  }
}

export function describeDisks({
  storage: get,
  declaration,
  qcow2,
  copies,
  contents,
}: DiskSuiteOptions): void {
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
    /** Answers whether there is anything to write to. */
    const fill = async (name: string, text: string) => {
      if (contents() === 'none' || (contents() === 'raw' && format !== 'raw')) return false;
      await write(await storage.attach(context, name), format, text);
      await storage.detach(context, name);
      return true;
    };
    const expectText = async (name: string, text: string) => {
      await expectWritten(await storage.attach(context, name), format, text);
      await storage.detach(context, name);
    };

    testDisk('are made in the size asked for and opened as what they are', async () => {
      const made = await make();
      expect(made).toMatchObject({ content: 'images', format, sizeBytes, vmid: 100, parent: undefined });
      const asVolume = format === 'raw' ? 'vm-100-disk-0' : `vm-100-disk-0.${format}`;
      expect([asVolume, `100/vm-100-disk-0.${format}`]).toContain(made.name);
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
      const missing = storage.clone(context, name.replace('disk-0', 'disk-9'), { vmid: 101, mode: 'full' });
      expect(await refused(missing)).toBe('not-found');
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
      if (copies && can('clone', 'base')) {
        const full = await storage.clone(context, base.name, { vmid: 102, mode: 'full' });
        expect([stemOf(full.name), full.parent]).toEqual(['vm-102-disk-0', undefined]);
        if (isReal) await expectText(full.name, 'of the base');
        await storage.remove(context, full.name);
      }
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
