// Writes values in XDR (RFC 4506): big-endian, everything padded to four bytes.
import { LibvirtError } from './errors.ts';
import { maxStringBytes } from './xdr-limits.ts';

/** Collects values in order; each method returns the encoder, so that calls chain. */
export class XdrEncoder {
  #parts: Buffer[] = [];

  i32(value: number): this {
    checkInteger(value, -0x80000000, 0x7fffffff, 'int');
    return this.#number(4, (b) => b.writeInt32BE(value));
  }

  u32(value: number): this {
    checkInteger(value, 0, 0xffffffff, 'unsigned int');
    return this.#number(4, (b) => b.writeUInt32BE(value));
  }

  bool(value: boolean): this {
    return this.u32(value ? 1 : 0);
  }

  i64(value: bigint | number): this {
    return this.#number(8, (b) => b.writeBigInt64BE(BigInt(value)));
  }

  u64(value: bigint | number): this {
    return this.#number(8, (b) => b.writeBigUInt64BE(BigInt(value)));
  }

  f64(value: number): this {
    return this.#number(8, (b) => b.writeDoubleBE(value));
  }

  /** Bytes of a length both sides know. */
  fixedOpaque(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes));
    const padding = (4 - (bytes.length % 4)) % 4;
    if (padding > 0) this.#parts.push(Buffer.alloc(padding));
    return this;
  }

  /** Bytes with their length in front. */
  opaque(bytes: Uint8Array): this {
    if (bytes.length > maxStringBytes) {
      throw new LibvirtError('protocol', `${bytes.length} bytes are more than libvirt takes in one value`);
    }
    return this.u32(bytes.length).fixedOpaque(bytes);
  }

  string(value: string): this {
    if (value.includes('\0')) throw new LibvirtError('protocol', 'a text for libvirt holds a zero byte');
    return this.opaque(Buffer.from(value, 'utf8'));
  }

  optionalString(value: string | undefined): this {
    return value === undefined ? this.u32(0) : this.u32(1).string(value);
  }

  array<T>(items: readonly T[], write: (encoder: this, item: T) => unknown): this {
    this.u32(items.length);
    for (const item of items) write(this, item);
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #number(size: number, write: (buffer: Buffer) => void): this {
    const buffer = Buffer.alloc(size);
    try {
      write(buffer);
    } catch (cause) {
      throw new LibvirtError('protocol', 'a number does not fit its place in the message', { cause });
    }
    this.#parts.push(buffer);
    return this;
  }
}

function checkInteger(value: number, min: number, max: number, type: string): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new LibvirtError('protocol', `${value} is no ${type}`);
  }
}
