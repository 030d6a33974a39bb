// What the writing guest writes where (`guest/writer.c`), and which moments of its life the content of its disks can be of.

export const blockBytes = 4096;
/** Where numbered blocks begin on each disk. */
export const firstBlockAt = 1024 * 1024;
/** Where a disk tells what it is. */
export const headAt = 64 * 1024;
/** So many blocks are on their way at the same time at most: a block is begun when all that are so far behind it are on the disk. */
export const window = 16;

const blockMagic = 0x42575243;
const headMagic = 0x48575243;
/** A quarter of the writes goes to so many blocks. */
const hotBlocks = 64;

function mix(of: number): number {
  let x = of >>> 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d) >>> 0;
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b) >>> 0;
  return (x ^ (x >>> 16)) >>> 0;
}

export interface Place {
  readonly disk: number;
  readonly block: number;
}

/** Where block `number` (from 1) of a life of the guest goes. `blocks`: of each disk. */
export function placeOf(generation: number, number: number, blocks: readonly number[]): Place {
  const hash = mix(number ^ mix(Math.imul(generation, 0x9e3779b9)));
  const disk = hash & 1;
  const range = ((hash >>> 1) & 3) === 0 ? hotBlocks : blocks[disk]!;
  return { disk, block: (hash >>> 3) % range };
}

/** Its content. */
export function blockContent(generation: number, number: number, { disk, block }: Place): Buffer {
  const bytes = Buffer.alloc(blockBytes);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, blockBytes / 4);
  words.set([blockMagic, generation, number, ((disk << 24) | block) >>> 0]);
  let x = mix(number ^ mix(generation));
  for (let i = 4; i < words.length; i += 1) words[i] = x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
  return bytes;
}

/** How many numbered blocks a disk of this size has. */
export const blocksOf = (diskBytes: number) => Math.floor((diskBytes - firstBlockAt) / blockBytes);

/** The sector that tells which disk it is. `text`: what the guest says of itself, ASCII, at most 63 characters. */
export function diskHead(disk: number, text: string): Buffer {
  const head = Buffer.alloc(blockBytes);
  head.writeUInt32LE(headMagic, 0);
  head.writeUInt32LE(disk, 4);
  head.write(text.slice(0, 63), 16, 'latin1');
  return head;
}

/** Which life of the guest was the last that used the disk. */
export const generationOn = (disk: Buffer) => disk.readUInt32LE(headAt + 8);

export interface Moment {
  /** The last block that is there. Everything up to `window` before it is there, of those between perhaps some are not. */
  readonly last: number;
  /** Of the blocks between, how many are not. */
  readonly missing: number;
}

/**
 * The moment that both disks together are of, in a life of the guest that began with `before`. Throws when there is none: naming the first
 * place that does not fit. Every byte is looked at.
 */
export function momentOf(disks: readonly Buffer[], before: readonly Buffer[], generation: number): Moment {
  const blocks = disks.map(({ length }) => blocksOf(length));
  const at = (block: number) => firstBlockAt + block * blockBytes;
  let last = 0;
  disks.forEach((disk, index) => {
    if (disk.length !== before[index]!.length) throw new Error(`disk ${index} has ${disk.length} bytes`);
    for (let block = 0; block < blocks[index]!; block += 1)
      if (disk.readUInt32LE(at(block)) === blockMagic && disk.readUInt32LE(at(block) + 4) === generation)
        last = Math.max(last, disk.readUInt32LE(at(block) + 8));
  });
  /** By place: what was written there by then, the last one that must have been overwritten or be there, and those after it. */
  const allowed = new Map<number, number[]>();
  const key = ({ disk, block }: Place) => disk * 0x1000000 + block;
  for (let number = 1; number <= last; number += 1) {
    const place = key(placeOf(generation, number, blocks));
    if (number <= last - window) allowed.set(place, [number]);
    else allowed.set(place, [...(allowed.get(place) ?? [0]), number]);
  }
  let missing = 0;
  disks.forEach((disk, index) => {
    const first = before[index]!;
    if (!sameHead(disk, first, index, generation))
      throw new Error(`disk ${index}: what is before the blocks is not as it was`);
    for (let block = 0; block < blocks[index]!; block += 1) {
      const place = { disk: index, block };
      const found = disk.subarray(at(block), at(block) + blockBytes);
      const wanted = allowed.get(key(place)) ?? [0];
      const fits = wanted
        .toReversed()
        .find((number) =>
          number === 0
            ? found.equals(first.subarray(at(block), at(block) + blockBytes))
            : found.readUInt32LE(8) === number && found.equals(blockContent(generation, number, place)),
        );
      if (fits === undefined)
        throw new Error(
          `disk ${index}, block ${block}: with ${last} as the last, ${wanted.join(' or ')} should be there, not ${nameOf(found)}`,
        );
      missing += wanted.filter((number) => number > fits).length;
    }
    const end = at(blocks[index]!);
    if (!disk.subarray(end).equals(first.subarray(end)))
      throw new Error(`disk ${index}: its end is not as it was`);
  });
  return { last, missing };
}

/** The guest changes nothing there but its generation, on the first disk. */
function sameHead(disk: Buffer, first: Buffer, index: number, generation: number): boolean {
  const wanted = Buffer.from(first.subarray(0, firstBlockAt));
  if (index === 0) wanted.writeUInt32LE(generation, headAt + 8);
  return disk.subarray(0, firstBlockAt).equals(wanted);
}

function nameOf(block: Buffer): string {
  const [magic, generation, number, place] = [0, 4, 8, 12].map((at) => block.readUInt32LE(at));
  return magic === blockMagic
    ? `block ${number} of life ${generation}${place === undefined ? '' : ` (for ${place >>> 24}/${place & 0xffffff})`}`
    : `what begins with ${block.toString('hex', 0, 16)}`;
}
