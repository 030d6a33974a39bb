// Writes an update into the slot that does not run. At every moment a power cut leaves the running slot as it was.
import { imageFiles, otherSlot, type Slot, slots } from '../core/appliance-layout.ts';
import { AppError } from '../core/errors.ts';
import { mebibyte } from '../core/units.ts';
import type { UpdateManifest } from '../core/update-manifest.ts';
import type { readUpdate, UpdateFile } from '../core/update-reader.ts';
import type { WorkContext } from '../core/work-context.ts';
import type { BootChoices } from './boot-choice.ts';
import type { SlotFiles } from './slot-files.ts';
import { imageBytes, manifestName, readSlot } from './slots.ts';

export interface SlotWriterParts {
  readonly files: SlotFiles;
  readonly boot: Pick<BootChoices, 'read'>;
  /** The slot that runs; throws `unsupported` where there are none. */
  readonly runningSlot: () => Slot;
  readonly onTrial: () => boolean;
  /** Of the state as it is now; undefined without a state. */
  readonly stateSchema: () => number | undefined;
  readonly readUpdate: typeof readUpdate;
  /** PEM texts of the keys that updates may be signed with. */
  readonly publicKeys: () => Promise<readonly string[]>;
}

/** What was written, for the log and the lists. */
export interface WrittenImage {
  readonly slot: Slot;
  readonly version: string;
}

export interface SlotWriter {
  /** Throws `wrong-state` or `unsupported` when no update can be written now; answers the slot it would go to. */
  target(): Promise<Slot>;
  /**
   * Takes an update from its stream and puts it into the slot that does not run. Refuses before it writes anything;
   * when it fails later, or is cancelled, `sweep` brings everything back. Can be repeated with a fresh stream.
   */
  write(context: WorkContext, source: AsyncIterable<Uint8Array>, totalBytes?: number): Promise<WrittenImage>;
  /** Puts right what a crash or a failure left half done; does nothing when there is nothing. Answers what it did. */
  sweep(): Promise<readonly string[]>;
}

/** Space that is left beside the image: for the folders, the journal, and what ext4 keeps back. */
const spareBytes = 16 * mebibyte;

export function createSlotWriter(parts: SlotWriterParts): SlotWriter {
  const { files } = parts;

  async function target(): Promise<Slot> {
    const running = parts.runningSlot();
    const { slot, try: tried } = await parts.boot.read();
    if (parts.onTrial())
      throw new AppError(
        'wrong-state',
        `slot ${running} is on trial: wait until it is kept, or go back first`,
      );
    if (slot !== running)
      throw new AppError(
        'wrong-state',
        `slot ${running} runs, but ${slot === undefined ? 'no slot' : `slot ${slot}`} boots by default: keep the running version ("confirm"), or reboot, first`,
      );
    if (tried !== undefined)
      throw new AppError('wrong-state', `slot ${tried} boots on trial at the next start: reboot first`);
    return otherSlot(running);
  }

  function requireFitting(manifest: UpdateManifest): void {
    const schema = parts.stateSchema();
    if (schema !== undefined && manifest.stateSchema < schema)
      throw new AppError(
        'unsupported',
        `version ${manifest.version} cannot read this machine's state: it knows layout ${manifest.stateSchema}, the state has ${schema}. Its state was written by a newer version`,
      );
  }

  /** Makes room, if need be by giving up what the slot holds now: it is going to be replaced anyway. */
  async function makeRoom(context: WorkContext, slot: Slot, needed: number): Promise<void> {
    const free = await files.freeBytes();
    if (free >= needed) return;
    const old = await bytesIn(slot);
    if (free + old < needed)
      throw new AppError(
        'no-capacity',
        `the system partition has ${mib(free + old)} for this update, which needs ${mib(needed + mebibyte - 1)}`,
      );
    context.log(`slot ${slot} is removed first: there is no room for both versions`);
    // Under this name it is a left-over from the first moment on: half removed, it must never look like a slot.
    await files.rename(slot, `${slot}.new`);
    await files.flushFolder();
    await files.remove(`${slot}.new`);
  }

  async function bytesIn(slot: Slot): Promise<number> {
    const sizes = await Promise.all(imageFiles.map((name) => files.size(slot, name)));
    return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  }

  /** Into `<slot>.new`: every byte flushed, every hash checked by the update's own streams. */
  async function receive(context: WorkContext, slot: Slot, update: UpdateFile): Promise<void> {
    const folder = `${slot}.new`;
    await files.makeFolder(folder);
    const total = imageBytes(update.manifest);
    let done = 0;
    const counted = async function* (stream: AsyncIterable<Uint8Array>) {
      for await (const chunk of stream) {
        context.signal.throwIfAborted();
        done += chunk.length;
        context.progress(Math.min(1, done / total));
        yield chunk;
      }
    };
    for await (const { name, stream } of update.members) await files.write(folder, name, counted(stream));
    // The last one: without it the folder is no image.
    await files.write(folder, manifestName, once(update.manifestText));
    await files.flushFolder(folder);
    await files.flushFolder();
    const { problem } = await readSlot(files, slot, folder);
    if (problem !== undefined) throw new AppError('internal', `the update was not written whole: ${problem}`);
  }

  async function publish(slot: Slot): Promise<void> {
    if ((await files.list()).includes(slot)) await files.rename(slot, `${slot}.old`);
    await files.rename(`${slot}.new`, slot);
    await files.flushFolder();
    await files.remove(`${slot}.old`);
    await files.flushFolder();
  }

  /** Runs with a writable system partition, and leaves it read-only however it ends. */
  async function writable<T>(work: () => Promise<T>): Promise<T> {
    await files.makeWritable();
    let result: T;
    try {
      result = await work();
    } catch (error) {
      // The first failure is the one to tell.
      await files.makeReadOnly().catch(() => {});
      throw error;
    }
    await files.makeReadOnly();
    return result;
  }

  async function leftOvers(): Promise<string[]> {
    const present = new Set(await files.list());
    return slots.flatMap((slot) => [`${slot}.old`, `${slot}.new`]).filter((name) => present.has(name));
  }

  async function tidy(): Promise<string[]> {
    const did: string[] = [];
    const present = new Set(await files.list());
    for (const slot of slots) {
      const old = `${slot}.old`;
      if (!present.has(old)) continue;
      if (present.has(slot)) await files.remove(old);
      else await files.rename(old, slot);
      did.push(present.has(slot) ? `removed ${old}` : `put ${old} back as ${slot}`);
    }
    for (const slot of slots) {
      if (!present.has(`${slot}.new`)) continue;
      await files.remove(`${slot}.new`);
      did.push(`removed ${slot}.new`);
    }
    await files.flushFolder();
    return did;
  }

  return {
    target,

    async write(context, source, totalBytes) {
      const slot = await target();
      const publicKeys = await parts.publicKeys();
      const update = await parts.readUpdate(source, { publicKeys, totalBytes });
      const { manifest } = update;
      try {
        requireFitting(manifest);
        context.log(`version ${manifest.version} of ${manifest.built} goes to slot ${slot}`);
        await writable(async () => {
          await tidy();
          await makeRoom(context, slot, imageBytes(manifest) + spareBytes);
          await receive(context, slot, update);
          await publish(slot);
        });
      } finally {
        await update.close();
      }
      context.log(`slot ${slot} holds version ${manifest.version} now`);
      return { slot, version: manifest.version };
    },

    async sweep() {
      if ((await leftOvers()).length === 0) return [];
      return await writable(tidy);
    },
  };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function mib(bytes: number): string {
  return `${Math.floor(bytes / mebibyte)} MiB`;
}
