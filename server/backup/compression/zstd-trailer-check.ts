// Compares the frames of an archive that is read as a stream with the table at its end.
import { crc32 } from 'node:zlib';
import type { ByteSource } from '../../core/tar-stream.ts';
import { cutOff, damaged } from './damage.ts';
import {
  emptyChecksum,
  entryBytes,
  type FrameEntry,
  footerBytes,
  type IndexHead,
  indexCrc,
  indexHeadBytes,
  indexMagic,
  readIndexHead,
  renderEntry,
  renderFooter,
  renderTableHeader,
} from './trailer.ts';
import { skippableHeaderBytes } from './zstd-format.ts';

/** Keeps nothing of a frame but what it adds to a checksum. */
export class TrailerCheck {
  readonly #bytes: ByteSource;
  #crc = 0;
  #count = 0;

  constructor(bytes: ByteSource) {
    this.#bytes = bytes;
  }

  /** Every frame, in order. */
  add(entry: FrameEntry): void {
    this.#crc = crc32(renderEntry(entry), this.#crc);
    this.#count += 1;
  }

  /**
   * Passes over a frame without content, of which magic and length are read already. True when it was our index: then the
   * table was read too, fits every frame that was added, and nothing follows it. Throws `invalid-input` when it does not.
   */
  async passOver(magic: number, contentBytes: number): Promise<boolean> {
    const at = this.#bytes.position - skippableHeaderBytes;
    let head: IndexHead | undefined;
    let crc = 0;
    let missing = contentBytes;
    if (magic === indexMagic && missing >= indexHeadBytes) {
      const start = await exactly(this.#bytes, indexHeadBytes, 'its index');
      head = readIndexHead(start);
      crc = indexCrc(start, Buffer.alloc(0));
      missing -= indexHeadBytes;
    }
    while (missing > 0) {
      const part = await this.#bytes.take(missing);
      if (!part) throw cutOff(this.#bytes.position, 'it ends in a frame without content');
      if (head) crc = crc32(part, crc);
      missing -= part.length;
    }
    this.add({
      compressedBytes: skippableHeaderBytes + contentBytes,
      contentBytes: 0,
      checksum: emptyChecksum,
    });
    if (!head) return false;
    if (crc !== head.ownCrc) throw damaged(at, 'its index does not fit its checksum');
    if (this.#crc !== head.entriesCrc) throw damaged(at, 'what is before it is not what was written');
    await this.#readTable();
    return true;
  }

  /** Head and foot of the table follow from the number of frames; its entries from their checksum. */
  async #readTable(): Promise<void> {
    const at = this.#bytes.position;
    const wrong = () => damaged(at, 'the table of its frames is wrong');
    const header = await exactly(this.#bytes, skippableHeaderBytes, 'the table of its frames');
    if (!header.equals(renderTableHeader(this.#count))) throw wrong();
    let crc = 0;
    for (let missing = this.#count * entryBytes; missing > 0; ) {
      const part = await this.#bytes.take(missing);
      if (!part) throw cutOff(this.#bytes.position, 'it ends in the table of its frames');
      crc = crc32(part, crc);
      missing -= part.length;
    }
    const footer = await exactly(this.#bytes, footerBytes, 'the table of its frames');
    if (crc !== this.#crc || !footer.equals(renderFooter(this.#count))) throw wrong();
    const end = this.#bytes.position;
    if (await this.#bytes.take(1)) throw damaged(end, 'something follows its end');
  }
}

/** Exactly so many bytes, for small pieces; `invalid-input` when the file ends before. */
export async function exactly(bytes: ByteSource, count: number, where: string): Promise<Buffer> {
  const found = await bytes.exactly(count);
  if (!found) throw cutOff(bytes.position, `it ends in ${where}`);
  return Buffer.from(found.buffer, found.byteOffset, found.byteLength);
}
