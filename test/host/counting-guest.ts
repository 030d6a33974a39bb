// A guest in one sector: it counts in its memory, and writes each number on its serial line, if wanted on its disk first. Up in a second, also emulated.

/** Where the PC's firmware puts the first sector of a disk, and where the guest keeps its count. */
const origin = 0x7c00;
const count = 0x8000;
/** Where it puts its requests to write (EDD's disk address packet). */
const packet = 0x7f00;
/** Number n is written to this sector and n more. */
export const firstCountSector = 64;

type Code = readonly (
  | number
  | { readonly call: string }
  | { readonly back: string }
  | { readonly label: string }
)[];

const low = (word: number) => word & 0xff;
const high = (word: number) => word >> 8;

/** mov word [at], value */
const store = (at: number, value: number): Code => [0xc7, 0x06, low(at), high(at), low(value), high(value)];

/** Sector count + 64 gets the count in its first two bytes: the BIOS' extended write, int 13h with ah = 43h. */
const writeCount: Code = [
  ...[...store(packet, 0x10), ...store(packet + 2, 1), ...store(packet + 4, count), ...store(packet + 6, 0)],
  ...[...store(packet + 10, 0), ...store(packet + 12, 0), ...store(packet + 14, 0)],
  ...[0xa1, low(count), high(count), 0x05, firstCountSector, 0, 0xa3, low(packet + 8), high(packet + 8)],
  ...[0xbe, low(packet), high(packet), 0xb2, 0x80, 0xb8, 0x00, 0x43, 0xcd, 0x13, 0xfb],
];

/** 16-bit x86 (Intel's manual, volume 2): lines `=0001`, `=0002`, ... nine times a second, by the timer of the BIOS. */
const codeFor = (writes: boolean): Code => [
  ...[0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, low(origin), high(origin), 0xfb], // stack and segments
  ...[0xa3, low(count), high(count)], // mov [count], ax
  { label: 'next' },
  ...[0xff, 0x06, low(count), high(count)], // inc word [count]
  ...(writes ? writeCount : []),
  ...[0xb0, 0x3d, { call: 'put' }], // '='
  ...[0x8b, 0x1e, low(count), high(count), 0xb9, 4, 0], // mov bx, [count]; mov cx, 4
  { label: 'digit' },
  ...[0xc1, 0xc3, 4, 0x88, 0xd8, 0x24, 0x0f, 0x04, 0x30, 0x3c, 0x3a, 0x72, 2, 0x04, 7], // a hexadecimal digit in al
  ...[{ call: 'put' }, 0xe2, { back: 'digit' }], // loop digit
  ...[0xb0, 0x0a, { call: 'put' }], // a new line
  ...[0xa1, 0x6c, 0x04, 0x05, 2, 0], // ax = [ticks] + 2
  { label: 'wait' },
  ...[0xf4, 0x39, 0x06, 0x6c, 0x04, 0x78, { back: 'wait' }], // hlt; cmp [ticks], ax; js wait
  ...[0xeb, { back: 'next' }],
  { label: 'put' },
  ...[0x50, 0xba, 0xfd, 0x03, 0xec, 0xa8, 0x20, 0x74, 0xfb], // until COM1 takes a byte
  ...[0xba, 0xf8, 0x03, 0x58, 0xee, 0xc3],
];

/** The disk: one sector that boots, in 1 MiB. With `writes` each number is on it before it is on the serial line. */
export function countingDisk({ writes = false } = {}): Buffer {
  const code = codeFor(writes);
  const labels = new Map<string, number>();
  let at = 0;
  for (const part of code) {
    if (typeof part === 'number' || 'back' in part) at += 1;
    else if ('call' in part) at += 3;
    else labels.set(part.label, at);
  }
  const disk = Buffer.alloc(1024 * 1024);
  at = 0;
  for (const part of code) {
    if (typeof part === 'number') at = disk.writeUInt8(part, at);
    else if ('back' in part) at = disk.writeInt8(labels.get(part.back)! - (at + 1), at);
    else if ('call' in part) {
      disk.writeUInt8(0xe8, at);
      at = disk.writeInt16LE(labels.get(part.call)! - (at + 3), at + 1);
    }
  }
  disk.writeUInt16BE(0x55aa, 510);
  return disk;
}

/** The numbers in what the guest wrote, the last line left out: it may be half of one. */
export function countsIn(text: string): number[] {
  return [...text.matchAll(/=([0-9A-F]{4})\n/g)].map((match) => Number.parseInt(match[1] ?? '', 16));
}

/** Up to which number, from 1, each is on the raw disk where it belongs. */
export function countsOn(disk: Buffer): number {
  let number = 0;
  const at = (n: number) => (firstCountSector + n) * 512;
  while (at(number + 2) <= disk.length && disk.readUInt16LE(at(number + 1)) === number + 1) number += 1;
  return number;
}
