// The client against our own server, and against servers that do not keep to the protocol.
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { listNbdExports, NbdClient } from './nbd-client.ts';
import type { NbdExport } from './nbd-export.ts';
import {
  blockBytes,
  hex,
  memoryExport,
  type RawPeer,
  randomBytes,
  rangesOf,
  scriptedServer,
  seededRandom,
  socketFolder,
} from './nbd-fixture.ts';
import type { NbdRange } from './nbd-protocol.ts';
import { NbdServer } from './nbd-server.ts';

const folder = socketFolder();
const socketPath = folder.path('nbd.sock');
const opened: { close(): unknown }[] = [];
beforeEach(() => {
  opened.length = 0;
});
afterEach(async () => {
  for (const each of opened.reverse()) await each.close();
});
afterAll(() => folder.remove());

async function serve(...exports: NbdExport[]): Promise<NbdServer> {
  const server = await NbdServer.listen({ socketPath, exports });
  opened.push(server);
  return server;
}

async function open(exportName = 'disk', options = {}): Promise<NbdClient> {
  const client = await NbdClient.open({ socketPath, exportName, ...options });
  opened.push(client);
  return client;
}

/** Half of the blocks are zeros; the size is no multiple of anything. */
function sparseContent(bytes: number, seed: number): Buffer {
  const random = seededRandom(seed);
  const content = randomBytes(bytes, seed);
  for (let at = 0; at < bytes; at += blockBytes)
    if (random(2) === 0) content.subarray(at, at + blockBytes).fill(0);
  return content;
}

describe('a client of our server', () => {
  const content = sparseContent(300_001, 1);

  it('learns what it has opened', async () => {
    await serve(memoryExport('disk', content), memoryExport('', Buffer.alloc(512), { readOnly: true }));
    const client = await open();
    expect(client).toMatchObject({
      sizeBytes: 300_001,
      readOnly: true,
      multiConnect: true,
      tellsAllocation: true,
      blockSizes: { minBytes: 1, preferredBytes: 4096, maxBytes: 32 * 1024 * 1024 },
    });
    expect(await listNbdExports(socketPath)).toEqual(['disk', '']);
    expect((await open('')).sizeBytes).toBe(512);
  });

  it('reads any part, many at a time, answered in any order, into any buffer', async () => {
    const order = seededRandom(3);
    const plain = memoryExport('disk', content);
    const read: NbdExport['read'] = async (...part) => {
      for (let turns = order(20); turns > 0; turns -= 1) await new Promise(setImmediate);
      return plain.read(...part);
    };
    await serve({ ...plain, read });
    const client = await open();
    const random = seededRandom(2);
    await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const offset = random(content.length);
        const length = 1 + random(Math.min(70_000, content.length - offset));
        const into = index % 2 === 0 ? undefined : Buffer.alloc(length, 0xee);
        const data = await client.read(offset, length, { into, sparse: index % 3 === 0 });
        if (into) expect(data).toBe(into);
        expect(Buffer.compare(data, content.subarray(offset, offset + length))).toBe(0);
      }),
    );
  });

  it('tells what is used, of any part and of the whole', async () => {
    await serve(memoryExport('disk', content));
    const client = await open();
    const random = seededRandom(5);
    for (let round = 0; round < 50; round += 1) {
      const offset = random(content.length);
      const length = 1 + random(content.length - offset);
      expect(await client.blockStatus(offset, length)).toEqual(rangesOf(content, offset, length));
    }
    const all: NbdRange[] = [];
    for await (const range of client.allocation({ windowBytes: 10_000 })) all.push(range);
    expect(all.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(content.length);
    const used = all.filter(({ zero }) => !zero);
    for (const { offset, bytes } of used)
      expect(rangesOf(content, offset, bytes).every(({ zero }) => !zero)).toBe(true);
  });

  it('asks on where a server told less than was asked, or more', async () => {
    const blockStatus: NbdExport['blockStatus'] = async (offset) => [
      { offset, bytes: 7000, zero: true, hole: false },
    ];
    await serve(memoryExport('disk', content, { blockStatus }));
    const client = await open();
    expect(await client.blockStatus(0, 20_000)).toEqual([
      { offset: 0, bytes: 20_000, zero: true, hole: false },
    ]);
  });

  it('takes everything for data when the server cannot tell', async () => {
    const { blockStatus: _, ...silent } = memoryExport('disk', content);
    await serve(silent);
    const client = await open();
    expect(client.tellsAllocation).toBe(false);
    expect(await client.blockStatus(10, 20)).toEqual([{ offset: 10, bytes: 20, zero: false, hole: false }]);
  });

  it.each([
    [new AppError('no-capacity', 'the archive is on a full disk'), 'no-capacity', 28],
    [new AppError('forbidden', 'not for you'), 'forbidden', 1],
    [new AppError('unsupported', 'unknown'), 'unsupported', 95],
    [new AppError('timeout', 'the share does not answer'), 'unavailable', 5],
    [new Error('/secret/path'), 'unavailable', 5],
  ] as const)('hears of %s, and reads on', async (error, code, errno) => {
    const plain = memoryExport('disk', content);
    const onError = vi.fn();
    const read: NbdExport['read'] = async (offset, length, signal) => {
      if (offset === 4096) throw error;
      return plain.read(offset, length, signal);
    };
    const server = await NbdServer.listen({ socketPath, exports: [{ ...plain, read }], onError });
    opened.push(server);
    const client = await open();
    const failed = await client.read(4096, 10).catch((thrown: unknown) => thrown);
    expect(failed).toMatchObject({ code, data: { errno, offset: 4096, length: 10 } });
    expect(failed).toHaveProperty('message', expect.stringContaining("read 'disk' at byte 4096"));
    expect(JSON.stringify(failed)).not.toContain('secret');
    expect(onError).toHaveBeenCalledExactlyOnceWith(error, 'disk');
    expect(Buffer.from(await client.read(0, 10))).toEqual(content.subarray(0, 10));
  });

  it.each([
    ['before the start', -1, 10],
    ['beyond the end', 300_000, 2],
    ['at the end', 300_001, 1],
    ['of nothing', 0, 0],
    ['of halves', 0.5, 1],
    ['of more than a request may ask for', 0, 32 * 1024 * 1024 + 1],
  ])('does not even ask for what lies %s', async (_, offset, length) => {
    const read = vi.fn();
    await serve(memoryExport('disk', content, { read }));
    const client = await open();
    await expect(client.read(offset, length)).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(client.read(0, 10, { into: Buffer.alloc(9) })).rejects.toMatchObject({ code: 'internal' });
    expect(read).not.toHaveBeenCalled();
  });
});

describe('giving up', () => {
  const never: NbdExport['read'] = (_, __, signal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone'))));
  const content = Buffer.alloc(100_000, 1);

  it('ends one read and leaves the others', async () => {
    const plain = memoryExport('disk', content);
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const read: NbdExport['read'] = async (offset, length, signal) => {
      if (offset === 0) await gate;
      return plain.read(offset, length, signal);
    };
    await serve({ ...plain, read });
    const client = await open();
    const abort = new AbortController();
    const given = client.read(0, 1000, { signal: abort.signal });
    abort.abort();
    await expect(given).rejects.toMatchObject({ code: 'cancelled' });
    release();
    expect((await client.read(1000, 1000)).length).toBe(1000);
    await expect(client.read(0, 1, { signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('ends the connection with everything on it, and the server stops working for it', async () => {
    const signals: AbortSignal[] = [];
    const read: NbdExport['read'] = (offset, length, signal) => {
      signals.push(signal);
      return never(offset, length, signal);
    };
    const server = await serve(memoryExport('disk', content, { read }));
    const abort = new AbortController();
    const client = await open('disk', { signal: abort.signal });
    const reads = [client.read(0, 10), client.read(10, 10)].map((each) => each.catch((error) => error.code));
    await expect.poll(() => signals.length).toBe(2);
    abort.abort();
    expect(await Promise.all(reads)).toEqual(['cancelled', 'cancelled']);
    expect(await client.closed).toMatchObject({ code: 'cancelled' });
    await expect(client.read(0, 1)).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => signals.every((signal) => signal.aborted)).toBe(true);
    await expect.poll(() => server.connections).toBe(0);
  });

  it('before it is open, too', async () => {
    await serve(memoryExport('disk', content));
    const signal = AbortSignal.abort();
    await expect(NbdClient.open({ socketPath, exportName: 'disk', signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('says why the others end when the client is closed or the server goes', async () => {
    const server = await serve(memoryExport('disk', content, { read: never }));
    const first = await open();
    const closing = first.read(0, 10).catch((error) => error.code);
    await first.close();
    expect(await closing).toBe('cancelled');
    const second = await open();
    const lost = second.read(0, 10).catch((error) => error);
    await server.close();
    expect(await lost).toMatchObject({ code: 'unavailable' });
    await second.close();
  });
});

describe('who is not there', () => {
  it('is told in words', async () => {
    await expect(
      NbdClient.open({ socketPath: folder.path('nobody'), exportName: 'disk' }),
    ).rejects.toMatchObject({ code: 'unavailable', message: 'the block server does not listen' });
    await serve(memoryExport('disk', Buffer.alloc(10)));
    await expect(open('other')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining("'other'"),
    });
  });

  it('or does not answer', async () => {
    opened.push(await scriptedServer(socketPath, () => new Promise(() => {})));
    await expect(open('disk', { openWithinMs: 50 })).rejects.toMatchObject({ code: 'timeout' });
  });
});

/** A server that agrees as qemu-nbd does, on 1 MiB, and then answers the first request with `reply`. */
function agreeing(reply: string | ((request: Buffer) => string)): (peer: RawPeer) => Promise<void> {
  return async (peer) => {
    peer.send('4e42444d4147494349484156454f50540003');
    await peer.take(4 + 16);
    peer.send('0003e889045565a9 00000008 00000001 00000000');
    await peer.take(16 + 31);
    peer.send('0003e889045565a9 0000000a 00000004 00000013 00000000 626173653a616c6c6f636174696f6e');
    peer.send('0003e889045565a9 0000000a 00000001 00000000');
    await peer.take(16 + 12);
    peer.send('0003e889045565a9 00000007 00000003 0000000c 0000 0000000000100000 058f');
    peer.send('0003e889045565a9 00000007 00000001 00000000');
    const request = await peer.take(28);
    peer.send(typeof reply === 'string' ? reply : reply(request));
    await peer.closed;
  };
}

const chunk = (type: string, payload: string, done = true, handle = '0000000000000001') =>
  `668e33ef ${done ? '0001' : '0000'} ${type} ${handle} ${hex(payload).length.toString(16).padStart(8, '0')} ${payload}`;

describe('a server that breaks the protocol', () => {
  const none = chunk('0000', '');
  const eight = '0102030405060708';
  const read = (client: NbdClient) => client.read(16, 8);
  const status = (client: NbdClient) => client.blockStatus(16, 8);
  const cases: [string, (client: NbdClient) => Promise<unknown>, string][] = [
    ['answers what nobody asked', read, chunk('0000', '', true, '0000000000000009')],
    ['answers in no known form', read, '00'.repeat(16)],
    ['answers a read without chunks', read, `67446698 00000000 0000000000000001 ${eight}`],
    ['says that nothing is all', read, none],
    ['sends less than was asked', read, chunk('0001', '0000000000000010 01020304')],
    ['sends more than was asked', read, chunk('0001', `0000000000000010 ${eight} 09`)],
    ['sends 4 GiB', read, '668e33ef 0001 0001 0000000000000001 ffffffff 0000000000000010'],
    ['sends what lies before', read, chunk('0001', `000000000000000f ${eight}`)],
    ['sends what lies behind', read, chunk('0001', `7fffffffffffffff ${eight}`)],
    ['sends no data', read, chunk('0001', '0000000000000010')],
    [
      'sends the same twice',
      read,
      chunk('0001', '0000000000000010 01', false) + chunk('0001', `0000000000000010 ${eight}`),
    ],
    ['sends a hole that goes too far', read, chunk('0002', '0000000000000010 00000009')],
    ['sends a hole of nothing', read, chunk('0002', '0000000000000010 00000000')],
    ['sends a hole that is cut off', read, chunk('0002', '0000000000000010')],
    ['sends an empty chunk that is not empty', read, chunk('0000', '00')],
    ['sends an unknown chunk', read, chunk('0042', '00')],
    ['sends ranges for a read', read, chunk('0005', '00000000 00000008 00000000')],
    ['sends an error without a number', read, chunk('8001', '00000000 0000')],
    ['sends an error without end', read, '668e33ef 0001 8001 0000000000000001 7fffffff'],
    ['sends data for a question', status, chunk('0001', `0000000000000010 ${eight}`)],
    ['does not answer a question', status, none],
    ['answers for another context', status, chunk('0005', '00000007 00000008 00000000')],
    ['sends ranges without end', status, '668e33ef 0001 0005 0000000000000001 7ffffffc'],
    ['sends a range of nothing', status, chunk('0005', '00000000 00000000 00000000')],
    [
      'answers a question twice',
      status,
      chunk('0005', '00000000 00000008 00000000', false) + chunk('0005', '00000000 00000008 00000000'),
    ],
  ];

  it.each(cases)('is hung up on: it %s', async (_, ask, reply) => {
    opened.push(await scriptedServer(socketPath, agreeing(reply)));
    const client = await open();
    await expect(ask(client)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('breaks the protocol'),
    });
    await client.closed;
  });

  it.each([
    ['another greeting', '485454502f312e3120343030204261642052657175657374'],
    ['the old style', '4e42444d4147494300420281861253 00000000'],
  ])('is hung up on: %s', async (_, greeting) => {
    const behave = async (peer: RawPeer) => {
      peer.send(greeting);
      await peer.closed;
    };
    opened.push(await scriptedServer(socketPath, behave));
    await expect(open()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is hung up on: replies to an option that do not end', async () => {
    let sent = 0;
    const behave = async (peer: RawPeer) => {
      peer.send('4e42444d4147494349484156454f50540003');
      await peer.take(20);
      const reply = hex('0003e889045565a9 00000008 00000003 00000008 0001 414141414141');
      for (; !peer.socket.destroyed && sent < 100_000; sent += 1) {
        peer.send(reply);
        if (sent % 100 === 0) await new Promise(setImmediate);
      }
    };
    opened.push(await scriptedServer(socketPath, behave));
    await expect(open()).rejects.toThrow('do not end');
    expect(sent).toBeLessThan(100_000);
  });
});

describe('a server that may do so', () => {
  it('sends the parts of a read in any order, with an end of its own', async () => {
    const reply =
      chunk('0001', '0000000000000014 05060708', false) +
      chunk('0002', '0000000000000010 00000004', false) +
      chunk('0000', '');
    opened.push(await scriptedServer(socketPath, agreeing(reply)));
    const client = await open();
    const into = Buffer.alloc(8, 0xee);
    expect(Buffer.from(await client.read(16, 8, { into }))).toEqual(hex('0000000005060708'));
  });

  it('tells where a read failed, and in words that are cleaned', async () => {
    const text = Buffer.from('dead\u001b[31m disk').toString('hex');
    const reply =
      chunk('0001', '0000000000000010 01020304', false) +
      chunk('8002', `00000005 000e ${text} 0000000000000014`);
    opened.push(await scriptedServer(socketPath, agreeing(reply)));
    const client = await open();
    const failed = await client.read(16, 8).catch((error) => error);
    expect(failed).toMatchObject({ code: 'unavailable', data: { errno: 5, at: 20 } });
    expect(failed.message).toContain('at byte 20');
    expect(failed.detail).toBe('8 bytes: dead [31m disk');
  });

  it('knows neither chunks nor what is used', async () => {
    const behave = async (peer: RawPeer) => {
      peer.send('4e42444d4147494349484156454f50540001');
      expect(await peer.take(4)).toEqual(hex('00000001'));
      await peer.take(16);
      peer.send('0003e889045565a9 00000008 80000001 00000000');
      await peer.take(16 + 12);
      peer.send('0003e889045565a9 00000007 00000003 0000000c 0000 0000000000100000 0001');
      peer.send('0003e889045565a9 00000007 00000001 00000000');
      await peer.take(28);
      peer.send('67446698 00000000 0000000000000001 0102030405060708');
      await peer.take(28);
      peer.send('67446698 0000001c 0000000000000002');
      await peer.closed;
    };
    opened.push(await scriptedServer(socketPath, behave));
    const client = await open();
    expect(client).toMatchObject({ tellsAllocation: false, readOnly: false, multiConnect: false });
    expect(Buffer.from(await client.read(0, 8))).toEqual(hex('0102030405060708'));
    await expect(client.read(0, 8)).rejects.toMatchObject({ code: 'no-capacity', data: { errno: 28 } });
  });
});
