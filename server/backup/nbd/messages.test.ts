// Messages of NBD against bytes recorded from qemu-nbd 7.2, and against those that nobody should send.
import { describe, expect, it } from 'vitest';
import {
  decodeContext,
  decodeContextQuery,
  decodeExportInfo,
  decodeExportQuery,
  decodeGreeting,
  decodeOptionHead,
  decodeOptionReplyHead,
  decodeServerReply,
  encodeClientFlags,
  encodeContext,
  encodeContextQuery,
  encodeExportQuery,
  encodeGreeting,
  encodeOption,
  encodeServerReply,
  encodeSizeAndFlags,
  readableText,
} from './handshake-messages.ts';
import { hex } from './nbd-fixture.ts';
import { Command, Option, readU64, writeU64 } from './nbd-protocol.ts';
import {
  decodeBlockStatus,
  decodeError,
  decodeReplyHead,
  decodeRequest,
  encodeBlockStatus,
  encodeDataHead,
  encodeError,
  encodeHole,
  encodeRequest,
} from './transmission-messages.ts';

const broken = expect.objectContaining({ code: 'unavailable' });

describe('the handshake', () => {
  it('begins with words that both sides know', () => {
    const recorded = hex('4e42444d4147494349484156454f50540003');
    expect(encodeGreeting()).toEqual(recorded);
    expect(decodeGreeting(recorded)).toEqual({ noZeroes: true });
    expect(encodeClientFlags(true)).toEqual(hex('00000003'));
  });

  it.each([
    ['the old style', '4e42444d41474943 00420281861253 00 0003'],
    ['new style that is not fixed', '4e42444d41474943 49484156454f5054 0000'],
    ['SSH', '5353482d322e302d4f70656e5353485f 392e'],
  ])('is not had with a server of %s', (_, bytes) => {
    expect(() => decodeGreeting(hex(bytes))).toThrow(broken);
  });

  it('asks as qemu-nbd was asked', () => {
    expect(encodeOption(Option.structuredReply)).toEqual(hex('49484156454f5054 00000008 00000000'));
    expect(encodeOption(Option.setMetaContext, encodeContextQuery('disk', ['base:allocation']))).toEqual(
      hex(
        '49484156454f5054 0000000a 0000001f 00000004 6469736b 00000001 0000000f 626173653a616c6c6f636174696f6e',
      ),
    );
    expect(encodeOption(Option.go, encodeExportQuery('disk', [3]))).toEqual(
      hex('49484156454f5054 00000007 0000000c 00000004 6469736b 0001 0003'),
    );
  });

  it('reads what qemu-nbd answered', () => {
    const head = hex('0003e889045565a9 00000007 00000003 0000000e');
    expect(decodeOptionReplyHead(head, Option.go)).toEqual({ type: 3, bytes: 14 });
    expect(decodeExportInfo(hex('0003 00000001 00001000 02000000'))).toEqual({
      blockSizes: { minBytes: 1, preferredBytes: 4096, maxBytes: 33_554_432 },
    });
    expect(decodeExportInfo(hex('0000 0000000000030000 058f'))).toEqual({ sizeBytes: 196_608, flags: 0x58f });
    expect(decodeContext(hex('00000000 626173653a616c6c6f636174696f6e'))).toEqual({
      id: 0,
      name: 'base:allocation',
    });
    expect(readableText(hex('6578706f727420276e6f626f647927206e6f742070726573656e74'))).toBe(
      "export 'nobody' not present",
    );
  });

  it('understands itself', () => {
    expect(decodeExportQuery(encodeExportQuery('ä', [0, 3]))).toEqual({ name: 'ä', wanted: [0, 3] });
    expect(decodeContextQuery(encodeContextQuery('', ['a', 'b']))).toEqual({ name: '', queries: ['a', 'b'] });
    expect(decodeServerReply(encodeServerReply('disk'))).toBe('disk');
    expect(decodeContext(encodeContext(7, 'x'))).toEqual({ id: 7, name: 'x' });
    expect(decodeExportInfo(encodeSizeAndFlags(2 ** 50, 3))).toEqual({ sizeBytes: 2 ** 50, flags: 3 });
    expect(decodeExportInfo(hex('0002 64697363'))).toBeUndefined();
  });

  it.each([
    ['an option of 16 MiB', () => decodeOptionHead(hex('49484156454f5054 00000007 01000000'))],
    ['another magic', () => decodeOptionHead(hex('49484156454f5055 00000007 00000000'))],
    ['a reply of 4 GiB', () => decodeOptionReplyHead(hex('0003e889045565a9 00000007 00000003 ffffffff'), 7)],
    [
      'a reply to another option',
      () => decodeOptionReplyHead(hex('0003e889045565a9 00000006 00000001 00000000'), 7),
    ],
    ['a size that is no exact number', () => decodeExportInfo(hex('0000 ffffffffffffffff 0001'))],
    ['a size that is cut off', () => decodeExportInfo(hex('0000 00000000'))],
    ['nothing', () => decodeExportInfo(hex(''))],
    ['blocks of 3 bytes', () => decodeExportInfo(hex('0003 00000003 00001000 02000000'))],
    ['blocks of 0 bytes', () => decodeExportInfo(hex('0003 00000000 00001000 02000000'))],
    ['a largest request below the smallest', () => decodeExportInfo(hex('0003 00000200 00001000 00000100'))],
    ['a context without a number', () => decodeContext(hex('0000'))],
    ['a name longer than its message', () => decodeServerReply(hex('00000010 61'))],
  ])('refuses %s', (_, decode) => {
    expect(decode).toThrow(broken);
  });

  it.each([
    ['no length', ''],
    ['a name longer than the rest', '000000ff 61'],
    ['no count', '00000001 61'],
    ['fewer numbers than counted', '00000001 61 0002 0003'],
    ['more numbers than counted', '00000001 61 0000 0003'],
  ])('calls a query with %s not well formed', (_, bytes) => {
    expect(decodeExportQuery(hex(bytes))).toBeUndefined();
  });

  it.each([
    ['a count without queries', '00000001 61 ffffffff'],
    ['a query that is cut off', '00000001 61 00000001 00000009 62'],
    ['a rest', '00000001 61 00000000 62'],
  ])('calls a question about contexts with %s not well formed', (_, bytes) => {
    expect(decodeContextQuery(hex(bytes))).toBeUndefined();
  });
});

describe('requests and replies', () => {
  it('are those that qemu-nbd took and gave', () => {
    const request = { flags: 0, type: Command.read, handle: 2n, offset: 0xfff0, length: 64 };
    const recorded = hex('25609513 0000 0000 0000000000000002 000000000000fff0 00000040');
    expect(encodeRequest(request)).toEqual(recorded);
    expect(decodeRequest(recorded)).toEqual(request);
    const hole = hex('668e33ef 0000 0002 0000000000000002 0000000c 000000000000fff0 00000010');
    expect(decodeReplyHead(hole)).toEqual({ kind: 'chunk', handle: 2n, type: 2, done: false });
    // Ours say at once that they are all.
    expect(encodeHole(2n, 0xfff0, 16).subarray(6)).toEqual(hole.subarray(6));
    expect(encodeDataHead(2n, 0x10000, 48)).toEqual(
      hex('668e33ef 0001 0001 0000000000000002 00000038 0000000000010000'),
    );
  });

  it('reads ranges as qemu-nbd sends them, and writes the same', () => {
    const payload = hex('00000000 00001000 00000000 0000f000 00000003 00001000 00000000 0001f000 00000003');
    const { contextId, ranges } = decodeBlockStatus(payload, 0, 196_608);
    expect(contextId).toBe(0);
    expect(ranges).toEqual([
      { offset: 0, bytes: 4096, zero: false, hole: false },
      { offset: 4096, bytes: 61_440, zero: true, hole: true },
      { offset: 65_536, bytes: 4096, zero: false, hole: false },
      { offset: 69_632, bytes: 126_976, zero: true, hole: true },
    ]);
    expect(encodeBlockStatus(1n, 0, ranges).subarray(20)).toEqual(payload);
  });

  it('cuts off what goes beyond the request, which only the last range may', () => {
    expect(decodeBlockStatus(hex('00000001 ffffffff 00000002'), 100, 200).ranges).toEqual([
      { offset: 100, bytes: 100, zero: true, hole: false },
    ]);
    const beyond = hex('00000001 00000064 00000000 00000001 00000000');
    expect(() => decodeBlockStatus(beyond, 100, 200)).toThrow(broken);
  });

  it('reads errors with and without a place', () => {
    expect(decodeError(0x8001, encodeError(1n, 5, 'bad').subarray(20))).toEqual({
      errno: 5,
      text: Buffer.from('bad'),
      offset: undefined,
    });
    expect(decodeError(0x8002, hex('00000005 0001 78 0000000000001000')).offset).toBe(4096);
    // An error of a kind that we do not know begins as all do.
    expect(decodeError(0x8077, hex('00000005 0000 1234')).errno).toBe(5);
  });

  it.each([
    ['a request with another magic', () => decodeRequest(Buffer.alloc(28))],
    ['a reply with another magic', () => decodeReplyHead(Buffer.alloc(16))],
    ['ranges without a context', () => decodeBlockStatus(hex('00000001'), 0, 1)],
    ['ranges that are cut off', () => decodeBlockStatus(hex('00000001 00000001 00'), 0, 1)],
    ['a range of 0 bytes', () => decodeBlockStatus(hex('00000001 00000000 00000000'), 0, 1)],
    ['an error that is cut off', () => decodeError(0x8001, hex('00000005 00'))],
    ['an error with a text longer than itself', () => decodeError(0x8001, hex('00000005 0009 78'))],
    ['an error without its place', () => decodeError(0x8002, hex('00000005 0001 78'))],
  ])('refuses %s', (_, decode) => {
    expect(decode).toThrow(broken);
  });

  it.each([0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5, Number.MAX_SAFE_INTEGER])(
    'writes %d in 64 bits',
    (value) => {
      const bytes = Buffer.alloc(8);
      writeU64(bytes, value, 0);
      expect(bytes.readBigUInt64BE(0)).toBe(BigInt(value));
      expect(readU64(bytes, 0)).toBe(value);
    },
  );
});
