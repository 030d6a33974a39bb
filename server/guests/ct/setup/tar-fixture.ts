// Archives for the tests, made block by block, so that they can hold what no honest program writes.
import { blockBytes, padding, renderHeader } from './tar-header.ts';

export interface TestEntry {
  readonly name: string;
  /** The letter of its kind; `0` is a file. */
  readonly letter?: string;
  readonly linkName?: string;
  readonly data?: string | Buffer;
  readonly mode?: number;
  readonly uid?: number;
  /** What the header claims; default: the length of the data. */
  readonly size?: number;
  readonly pax?: Readonly<Record<string, string>>;
}

export function tarOf(entries: readonly TestEntry[], end = true): Buffer {
  const blocks = entries.flatMap((entry) => {
    const data = Buffer.from(entry.data ?? '');
    const header = renderHeader({
      letter: entry.letter ?? '0',
      name: Buffer.from(entry.name),
      linkName: Buffer.from(entry.linkName ?? ''),
      mode: entry.mode ?? (entry.letter === '5' ? 0o755 : 0o644),
      uid: entry.uid ?? 0,
      gid: 0,
      size: entry.size ?? data.length,
      mtime: 1_700_000_000,
      records: Object.entries(entry.pax ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const),
    });
    return [header, data, Buffer.alloc(padding(data.length))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(end ? 2 * blockBytes : 0)]);
}

/** A header's field changed, and its sum made right again. */
export function patched(header: Buffer, at: number, bytes: Buffer): Buffer {
  const block = Buffer.from(header);
  bytes.copy(block, at);
  block.fill(' ', 148, 156);
  const sum = block.subarray(0, blockBytes).reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
