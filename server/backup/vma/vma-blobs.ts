// The blob buffer of a VMA header: names and small files, each after its length, found by its offset in the buffer.
import { AppError } from '../../core/errors.ts';
import { damaged, largestBlobBytes } from './vma-format.ts';

/** Collects blobs for a header. */
export class BlobBuffer {
  /** Offset 0 means "none", so the buffer begins with a byte that belongs to nothing. */
  readonly #parts: Uint8Array[] = [new Uint8Array(1)];
  #bytes = 1;

  /** Its offset. Throws `invalid-input` when it is longer than 65535 bytes; `what` names it. */
  add(blob: Uint8Array, what: string): number {
    if (blob.length > largestBlobBytes) {
      throw new AppError(
        'invalid-input',
        `${what} has ${blob.length} bytes, a VMA archive holds at most ${largestBlobBytes}`,
      );
    }
    const offset = this.#bytes;
    const length = Buffer.alloc(2);
    // The one number of the format that is little-endian.
    length.writeUInt16LE(blob.length);
    this.#parts.push(length, blob);
    this.#bytes += length.length + blob.length;
    return offset;
  }

  /** A name: its bytes and a NUL. */
  addName(name: string, what: string): number {
    return this.add(Buffer.from(`${name}\0`), what);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** Where a header points into its blobs. */
export interface BlobPointer {
  /** Offset in the buffer. */
  readonly offset: number;
  /** Where in the archive the pointer itself stands. */
  readonly at: number;
}

/**
 * The blobs of a header that are pointed to. A pointer has to hit a blob's beginning, as found by going from one to the
 * next: so no two overlap. Only what is asked for is kept: a buffer of 4 MiB could hold two million empty blobs.
 */
export class BlobReader {
  readonly #found = new Map<number, Buffer>();

  /** `buffer` is the blob buffer alone. */
  constructor(buffer: Buffer, pointers: readonly BlobPointer[]) {
    const wanted = new Set(pointers.map(({ offset }) => offset));
    for (let offset = 1; offset + 2 <= buffer.length; ) {
      const end = offset + 2 + buffer.readUInt16LE(offset);
      if (end > buffer.length) break;
      if (wanted.has(offset)) this.#found.set(offset, buffer.subarray(offset + 2, end));
      offset = end;
    }
  }

  read({ offset, at }: BlobPointer): Buffer {
    const blob = this.#found.get(offset);
    if (!blob) throw damaged(at, `nothing is stored at offset ${offset} of the names and files`);
    return blob;
  }

  /** A name: ends with its only NUL. What it may be made of is for the caller to check. */
  readName(pointer: BlobPointer): string {
    const blob = this.read(pointer);
    if (blob.length === 0 || blob.indexOf(0) !== blob.length - 1)
      throw damaged(pointer.at, 'this does not point to a name');
    return blob.toString('latin1', 0, blob.length - 1);
  }
}
