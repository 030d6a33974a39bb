import { expect, test } from 'vitest';
import { readStamp, stampingSector } from './stamping-guest.ts';

test('it fits one sector, which boots', () => {
  const sector = stampingSector(1024 * 1024, 128 * 1024 * 1024);
  expect(sector.length).toBe(512);
  expect(sector.readUInt16BE(510)).toBe(0x55aa);
  // Its last code is the call's return; the rest is empty.
  const code = sector.subarray(0, sector.subarray(0, 510).findLastIndex((byte) => byte !== 0) + 1);
  expect(code.at(-1)).toBe(0xc3);
  // jmp next: back to the multiplication that makes the next number.
  const jump = code.lastIndexOf(0xe9);
  const next = jump + 3 + code.readInt16LE(jump + 1);
  expect([...code.subarray(next, next + 3)]).toEqual([0x66, 0x69, 0x06]);
});

test('lines of the guest are read, those of its firmware are not', () => {
  expect(readStamp('0000010A000000FF')).toEqual({ done: 266, took: 255 });
  for (const line of ['SeaBIOS (version 1.16.2)', '', '0000010A000000F', '0000010A000000FFF'])
    expect(readStamp(line)).toBeUndefined();
  expect(() => readStamp('!0000010A000000FF')).toThrow('failed');
});
