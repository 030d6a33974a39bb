// Tar archives of plain files (POSIX ustar, pax(1)), as a stream: headers, padding, and reading by pieces.
import { AppError } from './errors.ts';

export const tarBlockBytes = 512;
/** An archive ends with two blocks of zeros. */
export const tarEndBytes = 2 * tarBlockBytes;
/** The most that a ustar header can say: eleven octal digits. */
export const largestTarMember = 8 ** 11 - 1;

export interface TarHeader {
  /** Plain ASCII name without folders, at most 100 bytes. */
  readonly name: string;
  readonly bytes: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
}

/** A header as we write it: a plain file, mode 0644, owner 0, no names of owners. The same for the same input. */
export function renderTarHeader({ name, bytes, mtime }: TarHeader): Uint8Array {
  if (!/^[\w.-]{1,100}$/.test(name) || !isSize(bytes) || !isSize(mtime)) {
    throw new AppError('invalid-input', `'${name}' (${bytes} bytes) does not fit into a tar archive`);
  }
  const block = Buffer.alloc(tarBlockBytes);
  block.write(name, 0, 'ascii');
  block.write(octal(0o644, 7), 100, 'ascii');
  block.write(octal(0, 7), 108, 'ascii');
  block.write(octal(0, 7), 116, 'ascii');
  block.write(octal(bytes, 11), 124, 'ascii');
  block.write(octal(mtime, 11), 136, 'ascii');
  block.write('0', 156, 'ascii');
  block.write('ustar\0' + '00', 257, 'ascii');
  block.write(octal(0, 7), 329, 'ascii');
  block.write(octal(0, 7), 337, 'ascii');
  // The sum is taken with its own eight bytes as spaces; it ends with NUL and a space.
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148, 'ascii');
  return block;
}

/**
 * Reads a header; undefined when the block is not one that `renderTarHeader` writes, to the last byte. So nothing can
 * hide in it: no links, no folders, no long names, no sizes in other notations.
 */
export function readTarHeader(block: Uint8Array): TarHeader | undefined {
  const text = Buffer.from(block).toString('latin1');
  const name = /^[\w.-]{1,100}(?=\0)/.exec(text)?.[0];
  const bytes = readOctal(text.slice(124, 136));
  const mtime = readOctal(text.slice(136, 148));
  if (name === undefined || bytes === undefined || mtime === undefined) return undefined;
  const header = { name, bytes, mtime };
  return Buffer.compare(renderTarHeader(header), block) === 0 ? header : undefined;
}

/** Zeros that fill the last block of a member of this size. */
export function tarPaddingBytes(bytes: number): number {
  return (tarBlockBytes - (bytes % tarBlockBytes)) % tarBlockBytes;
}

/** Length of a whole archive with members of these sizes. */
export function tarTotalBytes(sizes: readonly number[]): number {
  return sizes.reduce((total, bytes) => total + tarBlockBytes + bytes + tarPaddingBytes(bytes), tarEndBytes);
}

/** Takes a stream of chunks apart at given lengths, holding one chunk at a time. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  #position = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** Bytes handed out so far. */
  get position(): number {
    return this.#position;
  }

  /** The next bytes: at least one, at most `most`; undefined at the end. */
  async take(most: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return undefined;
      this.#rest = next.value;
    }
    const taken = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(taken.length);
    this.#position += taken.length;
    return taken;
  }

  /** Exactly so many bytes, for small pieces; undefined when the stream ends before. */
  async exactly(bytes: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    for (let missing = bytes; missing > 0; ) {
      const part = await this.take(missing);
      if (!part) return undefined;
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** Tells the stream that no more of it is wanted. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

function isSize(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= largestTarMember;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function readOctal(field: string): number | undefined {
  return /^[0-7]{11}\0$/.test(field) ? Number.parseInt(field, 8) : undefined;
}
