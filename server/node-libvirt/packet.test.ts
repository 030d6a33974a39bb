// Packets: found again however the socket cuts the stream; impossible lengths end it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePacket, headerBytes, type Packet, PacketReader } from './packet.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const small = fc.integer({ min: 0, max: 5 });
const packets = fc.array(
  fc.record({
    program: u32,
    procedure: small,
    type: small,
    serial: u32,
    status: small,
    payload: fc.uint8Array(),
  }),
  { maxLength: 12 },
);

describe('PacketReader', () => {
  it('finds the packets however the stream is cut', () => {
    fc.assert(
      fc.property(packets, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(({ payload, ...header }) => encodePacket(header, payload)));
        const reader = new PacketReader();
        const found: Packet[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = cuts[i % cuts.length] as number;
          found.push(...reader.push(stream.subarray(at, at + size)));
          at += size;
        }
        expect(found).toEqual(sent.map((p) => ({ ...p, version: 1, payload: Buffer.from(p.payload) })));
      }),
    );
  });

  it('joins a large packet from many pieces in reasonable time', () => {
    const header = { program: 1, procedure: 1, type: 1, serial: 1, status: 0 };
    const stream = encodePacket(header, Buffer.alloc(16 * 1024 * 1024, 7));
    const reader = new PacketReader();
    const found: Packet[] = [];
    const begin = performance.now();
    for (let at = 0; at < stream.length; at += 4096)
      found.push(...reader.push(stream.subarray(at, at + 4096)));
    expect(found).toHaveLength(1);
    expect(found[0]?.payload.length).toBe(16 * 1024 * 1024);
    expect(performance.now() - begin).toBeLessThan(2000);
  });

  it.each([0, 4, headerBytes - 1, 0x7fffffff])('refuses a packet of %i bytes', (length) => {
    const word = Buffer.alloc(4);
    word.writeUInt32BE(length);
    expect(() => new PacketReader().push(word)).toThrow(/not possible/);
  });

  it('refuses a packet above its limit as soon as the length is known', () => {
    const packet = encodePacket(
      { program: 1, procedure: 1, type: 1, serial: 1, status: 0 },
      Buffer.alloc(100),
    );
    expect(() => new PacketReader(100).push(packet.subarray(0, 4))).toThrow(/not possible/);
  });
});
