// A guest in one sector that writes to its disk without a pause, and says on its serial line when each write was done and how long it took.

/** Where the PC's firmware puts the first sector of a disk. */
const origin = 0x7c00;
/** Where it puts its requests to write (EDD's disk address packet), its number, and what it measures. */
const packet = 0x7f00;
const number = 0x8000;
const before = 0x8008;
const after = 0x8010;
const took = 0x8018;
/** What it writes. */
const block = 0x9000;

const sectorsPerWrite = 8;
const sectorBytes = 512;
/** Of one write, and of what the places are multiples of. */
const writtenBytes = sectorsPerWrite * sectorBytes;
/** What it says counts so many ticks of the processor's clock as one: thirty-two bits last for minutes then. */
const ticksShift = 10;

export interface StampedWrite {
  /** Of the guest's clock, in units of 1024 ticks; it starts again from 0 after 2^32. */
  readonly done: number;
  /** In the same units. */
  readonly took: number;
}

type Code = readonly (
  | number
  /** An operation with a place relative to its end, in two bytes. */
  | { readonly op: number; readonly to: string }
  /** A place before, in one byte. */
  | { readonly back: string }
  | { readonly label: string }
)[];

const word = (value: number) => [value & 0xff, (value >> 8) & 0xff];
const long = (value: number) => [...word(value & 0xffff), ...word(value >>> 16)];
const callPut = { op: 0xe8, to: 'put' };
/** mov word [at], value */
const store = (at: number, value: number) => [0xc7, 0x06, ...word(at), ...word(value)];
/** eax = the processor's clock / 1024 (rdtsc; shrd eax, edx, 10); mov [at], eax */
const stamp = (at: number) => [0x0f, 0x31, 0x66, 0x0f, 0xac, 0xd0, ticksShift, 0x66, 0xa3, ...word(at)];
/** Eight hexadecimal digits of what lies there. */
const say = (at: number, label: string): Code => [
  ...[0x66, 0x8b, 0x1e, ...word(at), 0xb9, 8, 0], // mov ebx, [at]; mov cx, 8
  { label },
  ...[0x66, 0xc1, 0xc3, 4, 0x88, 0xd8, 0x24, 0x0f, 0x04, 0x30, 0x3c, 0x3a, 0x72, 2, 0x04, 7], // a digit in al
  ...[callPut, 0xe2, { back: label }], // loop
];

/** 16-bit x86 (Intel's manual, volume 2). The places: the numbers of a linear congruential generator, their upper bits. */
const codeFor = (firstSector: number, blocks: number): Code => [
  ...[0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, ...word(origin), 0xfb], // stack and segments
  ...[...store(packet, 0x10), ...store(packet + 2, sectorsPerWrite), ...store(packet + 4, block)],
  ...[...store(packet + 6, 0), ...store(packet + 12, 0), ...store(packet + 14, 0)],
  ...[...store(number, 1), ...store(number + 2, 0)],
  { label: 'next' },
  ...[0x66, 0x69, 0x06, ...word(number), ...long(1_664_525)], // imul eax, [number], 1664525
  ...[0x66, 0x05, ...long(1_013_904_223), 0x66, 0xa3, ...word(number)], // add eax, ...; mov [number], eax
  ...[0x66, 0xa3, ...word(block)], // each block is another one
  ...[0x66, 0xc1, 0xe8, 8, 0x66, 0x25, ...long(blocks - 1)], // shr eax, 8; and eax, blocks - 1
  ...[0x66, 0xc1, 0xe0, 3, 0x66, 0x05, ...long(firstSector)], // shl eax, 3; add eax, firstSector
  ...[0x66, 0xa3, ...word(packet + 8)],
  ...stamp(before),
  ...[0xbe, ...word(packet), 0xb2, 0x80, 0xb8, 0x00, 0x43, 0xcd, 0x13, 0xfb], // int 13h with ah = 43h
  ...[0x73, 5, 0xb0, 0x21, callPut], // on an error a '!'
  ...stamp(after),
  ...[0x66, 0x2b, 0x06, ...word(before), 0x66, 0xa3, ...word(took)], // sub eax, [before]; mov [took], eax
  ...say(after, 'one'),
  ...say(took, 'two'),
  ...[0xb0, 0x0a, callPut],
  { op: 0xe9, to: 'next' }, // jmp
  { label: 'put' },
  ...[0x50, 0xba, ...word(0x3fd), 0xec, 0xa8, 0x20, 0x74, 0xfb], // until COM1 takes a byte
  ...[0xba, ...word(0x3f8), 0x58, 0xee, 0xc3],
];

/**
 * Its first sector. It writes to random places of so many bytes from `from` on: `bytes` is a power of two of blocks of 4096, at most
 * 2^24 of them, and `from` such a block's beginning.
 */
export function stampingSector(from: number, bytes: number): Buffer {
  const sector = Buffer.alloc(sectorBytes);
  const code = codeFor(from / sectorBytes, bytes / writtenBytes);
  const labels = new Map<string, number>();
  let at = 0;
  for (const part of code) {
    if (typeof part === 'number' || 'back' in part) at += 1;
    else if ('op' in part) at += 3;
    else labels.set(part.label, at);
  }
  const placeOf = (label: string, end: number) => (labels.get(label) ?? Number.NaN) - end;
  at = 0;
  for (const part of code) {
    if (typeof part === 'number') at = sector.writeUInt8(part, at);
    else if ('back' in part) at = sector.writeInt8(placeOf(part.back, at + 1), at);
    else if ('op' in part) {
      at = sector.writeUInt8(part.op, at);
      at = sector.writeInt16LE(placeOf(part.to, at + 2), at);
    }
  }
  sector.writeUInt16BE(0x55aa, 510);
  return sector;
}

/** What it said in one line. Undefined for the firmware's words; throws when a write has failed. */
export function readStamp(line: string): StampedWrite | undefined {
  if (line.includes('!')) throw new Error('a write of the guest has failed');
  const match = /^([0-9A-F]{8})([0-9A-F]{8})$/.exec(line);
  if (!match?.[1] || !match[2]) return undefined;
  return { done: Number.parseInt(match[1], 16), took: Number.parseInt(match[2], 16) };
}
