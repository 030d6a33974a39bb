// XDR: what is written is read again, known bytes come out, hostile bytes do no harm.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LibvirtError } from './errors.ts';
import { XdrDecoder } from './xdr-decoder.ts';
import { XdrEncoder } from './xdr-encoder.ts';
import { maxStringBytes } from './xdr-limits.ts';

const read = (encoder: XdrEncoder) => new XdrDecoder(encoder.finish());
const text = fc.string({ unit: 'grapheme' }).filter((s) => !s.includes('\0'));

describe('XDR', () => {
  it('writes the bytes of RFC 4506', () => {
    const bytes = new XdrEncoder()
      .u32(1)
      .i32(-2)
      .string('abcde')
      .bool(true)
      .u64(5)
      .f64(1)
      .optionalString(undefined)
      .finish();
    expect(bytes.toString('hex')).toBe(
      '00000001fffffffe00000005616263646500000000000001' +
        '0000000000000005' +
        '3ff0000000000000' +
        '00000000',
    );
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(
        fc.record({
          i32: fc.integer({ min: -0x80000000, max: 0x7fffffff }),
          u32: fc.integer({ min: 0, max: 0xffffffff }),
          i64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
          f64: fc.double({ noNaN: true }),
          bool: fc.boolean(),
          text,
          optional: fc.option(text, { nil: undefined }),
          bytes: fc.uint8Array({ maxLength: 70 }),
          list: fc.array(text, { maxLength: 20 }),
        }),
        (v) => {
          const encoder = new XdrEncoder()
            .i32(v.i32)
            .u32(v.u32)
            .i64(v.i64)
            .u64(v.u64)
            .f64(v.f64)
            .bool(v.bool);
          encoder.string(v.text).optionalString(v.optional).opaque(v.bytes).fixedOpaque(v.bytes);
          encoder.array(v.list, (e, item) => e.string(item));
          const d = read(encoder);
          expect([d.i32(), d.u32(), d.i64(), d.u64(), d.f64(), d.bool()]).toEqual([
            ...[v.i32, v.u32, v.i64, v.u64, v.f64, v.bool],
          ]);
          expect([d.string(), d.optionalString()]).toEqual([v.text, v.optional]);
          expect(new Uint8Array(d.opaque())).toEqual(v.bytes);
          expect(new Uint8Array(d.fixedOpaque(v.bytes.length))).toEqual(v.bytes);
          expect(d.array((item) => item.string())).toEqual(v.list);
          expect(d.remaining).toBe(0);
        },
      ),
    );
  });

  it('takes or refuses any bytes, and never reads beyond them', () => {
    const reads = fc.constantFrom('u32', 'i64', 'f64', 'string', 'optionalString', 'opaque', 'list');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(reads, { maxLength: 12 }), (bytes, steps) => {
        const decoder = new XdrDecoder(Buffer.from(bytes));
        try {
          for (const step of steps) {
            if (step === 'list') decoder.array((d) => d.string());
            else decoder[step as 'u32' | 'string']();
          }
        } catch (error) {
          expect(error).toBeInstanceOf(LibvirtError);
          expect((error as LibvirtError).kind).toBe('protocol');
        }
        expect(decoder.remaining).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('refuses a list whose count lies, without building it', () => {
    const lie = new XdrDecoder(new XdrEncoder().u32(0xffffffff).u32(0).finish());
    expect(() => lie.array((d) => d.u32())).toThrow(/does not fit/);
  });

  it('refuses values that are too long or do not fit', () => {
    expect(() => new XdrEncoder().string('x'.repeat(maxStringBytes + 1))).toThrow(LibvirtError);
    expect(() => new XdrEncoder().string('a\0b')).toThrow(/zero byte/);
    expect(() => new XdrEncoder().u32(-1)).toThrow(LibvirtError);
    expect(() => new XdrEncoder().i32(1.5)).toThrow(LibvirtError);
    expect(() => new XdrEncoder().u64(-1n)).toThrow(LibvirtError);
    expect(() => new XdrDecoder(Buffer.from('00400001', 'hex')).string()).toThrow(/too long/);
  });
});
