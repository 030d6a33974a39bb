// Reads XDR (RFC 4506) values, never past the end of the message and never more than the limits.
import { LibvirtError } from './errors.ts';
import { maxArrayItems, maxStringBytes } from './xdr-limits.ts';

/** Reads values in order; every method throws a `protocol` error when the message does not hold the value. */
export class XdrDecoder {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  i32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  bool(): boolean {
    return this.u32() !== 0;
  }

  i64(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8));
  }

  u64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#take(8));
  }

  f64(): number {
    return this.#bytes.readDoubleBE(this.#take(8));
  }

  fixedOpaque(length: number): Buffer {
    const start = this.#take(length + ((4 - (length % 4)) % 4));
    return this.#bytes.subarray(start, start + length);
  }

  opaque(): Buffer {
    const length = this.u32();
    if (length > maxStringBytes) throw new LibvirtError('protocol', `a value of ${length} bytes is too long`);
    return this.fixedOpaque(length);
  }

  string(): string {
    return this.opaque().toString('utf8');
  }

  optional<T>(read: (decoder: this) => T): T | undefined {
    return this.u32() === 0 ? undefined : read(this);
  }

  optionalString(): string | undefined {
    return this.optional((d) => d.string());
  }

  array<T>(read: (decoder: this) => T): T[] {
    const count = this.u32();
    // Each item takes at least four bytes, so a count that lies is found before anything is allocated.
    if (count > maxArrayItems || count * 4 > this.remaining) {
      throw new LibvirtError('protocol', `a list of ${count} items does not fit its message`);
    }
    return Array.from({ length: count }, () => read(this));
  }

  /** The rest of the message. */
  rest(): Buffer {
    const bytes = this.#bytes.subarray(this.#offset);
    this.#offset = this.#bytes.length;
    return bytes;
  }

  #take(length: number): number {
    if (length > this.remaining)
      throw new LibvirtError('protocol', 'the message ends in the middle of a value');
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}
