// Writes disks as an archive gives them: many writes at a time, zeros as what they cost least.
import { kibibyte, mebibyte } from '../../core/units.ts';
import { Places } from '../compression/places.ts';
import { maxZeroesBytes, type NbdClient } from '../nbd/nbd-client.ts';

const writesAtOnce = 16;
/** Shorter zeros are written as data: making a hole takes longer, and tears a file apart. */
const leastHoleBytes = 64 * kibibyte;
const zeros = Buffer.alloc(mebibyte);

/** Writes under way, of all disks together; the first failure is thrown by every later call. */
export class DiskWrites {
  readonly #places = new Places(writesAtOnce);
  readonly #underWay = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  /** Resolves when it has begun. */
  async begin(write: () => Promise<void>): Promise<void> {
    await this.#places.take();
    if (this.#failure) this.#places.leave();
    this.#throwFailure();
    const done: Promise<void> = write()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#underWay.delete(done);
        this.#places.leave();
      });
    this.#underWay.add(done);
  }

  /** Resolves when all that was begun is done. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

export interface DiskTarget {
  readonly client: NbdClient;
  /** It reads as zeros wherever it was not written. */
  readonly isZero: boolean;
}

/** `data` must not change any more. At most 1 MiB. */
export async function writeData(
  { client }: DiskTarget,
  writes: DiskWrites,
  offset: number,
  data: Uint8Array,
): Promise<void> {
  await writes.begin(() => client.write(offset, data));
}

export async function writeZeros(
  { client, isZero }: DiskTarget,
  writes: DiskWrites,
  offset: number,
  bytes: number,
): Promise<void> {
  if (isZero) return;
  const asHole = client.writesZeros && bytes >= leastHoleBytes;
  const piece = asHole ? maxZeroesBytes : Math.min(zeros.length, client.blockSizes.maxBytes);
  for (let at = offset; at < offset + bytes; at += piece) {
    const length = Math.min(piece, offset + bytes - at);
    await writes.begin(() =>
      asHole ? client.writeZeroes(at, length) : client.write(at, zeros.subarray(0, length)),
    );
  }
}
