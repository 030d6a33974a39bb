// The server with clients that write, and with those that ask for more than it wants to hold.
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { encodeExportQuery } from './handshake-messages.ts';
import type { NbdExport } from './nbd-export.ts';
import { ask, hex, memoryExport, randomBytes, request } from './nbd-fixture.ts';
import { Command, maxRequestBytes, Option } from './nbd-protocol.ts';
import { servedToPeers } from './server-fixture.ts';

const content = randomBytes(100_000, 7);
const { onError, serve, connections, greeted, chosen } = servedToPeers(content);

describe('writes', () => {
  const writable = () => {
    const bytes = Buffer.alloc(1000);
    const flush = vi.fn(async () => {});
    const write: NbdExport['write'] = async (offset, data) => {
      bytes.set(data, offset);
    };
    return { bytes, flush, served: memoryExport('disk', bytes, { readOnly: false, write, flush }) };
  };

  it('are done, and made durable', async () => {
    const { bytes, flush, served } = writable();
    await serve([served]);
    const peer = await greeted();
    const [, size] = await ask(peer, Option.go, encodeExportQuery('disk', []));
    // Has flags, flushes; another connection need not see the same.
    expect(size?.data.readUInt16BE(10)).toBe(5);
    peer.send(Buffer.concat([request(Command.write, 4, 6, 1n), Buffer.from('hello!')]));
    expect(await peer.take(16)).toEqual(hex('67446698 00000000 0000000000000001'));
    expect(bytes.toString('utf8', 4, 10)).toBe('hello!');
    peer.send(request(Command.flush, 0, 0, 2n));
    await peer.take(16);
    expect(flush).toHaveBeenCalledOnce();
    peer.send(Buffer.concat([request(Command.write, 998, 6, 3n), Buffer.from('beyond')]));
    expect(await peer.take(16)).toEqual(hex('67446698 0000001c 0000000000000003'));
  });

  it('are refused where nothing may be written, and their data are no requests', async () => {
    await serve();
    const peer = await chosen();
    const data = Buffer.concat(Array.from({ length: 3000 }, () => request(Command.read, 0, 1)));
    peer.send(Buffer.concat([request(Command.write, 0, data.length, 1n), data]));
    expect((await peer.take(26)).readUInt32BE(20)).toBe(1);
    peer.send(request(Command.read, 0, 1, 2n));
    expect((await peer.take(29)).readBigUInt64BE(8)).toBe(2n);
  });

  it('of more than 32 MiB end the connection', async () => {
    await serve([writable().served]);
    const peer = await chosen();
    peer.send(request(Command.write, 0, maxRequestBytes + 1));
    await peer.closed;
  });
});

describe('a client that asks for much', () => {
  it('has only so much under way, and only so much waiting for it', async () => {
    const mebibyte = 1024 * 1024;
    let running = 0;
    let most = 0;
    let asked = 0;
    const read: NbdExport['read'] = async (_, length) => {
      asked += 1;
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return Buffer.alloc(length, 1);
    };
    const big = memoryExport('disk', content, { sizeBytes: 2 ** 40, read });
    await serve([big], { maxBytesInFlight: 5 * mebibyte });
    const peer = await chosen();
    peer.socket.pause();
    for (let handle = 1n; handle <= 4000n; handle += 1n)
      peer.send(request(Command.read, 0, mebibyte, handle));
    await delay(300);
    // Four replies, with what belongs to them, fit; what the kernel took of them makes room for little more.
    expect(asked).toBeLessThan(10);
    expect(most).toBeLessThanOrEqual(4);
    peer.socket.resume();
    for (let replies = 0; replies < 50; replies += 1) await peer.take(28 + mebibyte);
    expect(most).toBeLessThanOrEqual(4);
  });

  it('gets a request larger than its share all the same, one at a time', async () => {
    await serve(undefined, { maxBytesInFlight: 1000 });
    const peer = await chosen();
    for (let handle = 1n; handle <= 5n; handle += 1n) peer.send(request(Command.read, 0, 5000, handle));
    expect((await peer.take(5 * 5028)).length).toBe(25_140);
  });

  it('and dies is not worked for any more', async () => {
    let asked = 0;
    const read: NbdExport['read'] = (_, __, signal) => {
      asked += 1;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone'))));
    };
    await serve([memoryExport('disk', content, { read })]);
    const peer = await chosen();
    for (let handle = 1n; handle <= 200n; handle += 1n) peer.send(request(Command.read, 0, 1, handle));
    await expect.poll(() => asked).toBe(64);
    peer.socket.destroy();
    await expect.poll(() => connections()).toBe(0);
    await delay(10);
    expect(asked).toBe(64);
    expect(onError).not.toHaveBeenCalled();
  });
});
