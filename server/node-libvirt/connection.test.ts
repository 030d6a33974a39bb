// The connection against a server of our own: calls, their order and limits, keep-alive, loss, streams.
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection, type ConnectionOptions } from './connection.ts';
import { LibvirtError } from './errors.ts';
import { errorPayload, FakeLibvirtd } from './fake-libvirtd.ts';
import { encodePacket, MessageStatus, MessageType, type Packet } from './packet.ts';
import { keepAliveProcedure, keepAliveProgram, procedures } from './procedures.ts';
import { XdrEncoder } from './xdr-encoder.ts';

let server: FakeLibvirtd;
let connection: Connection;

const open = async (options: Partial<ConnectionOptions> = {}) => {
  connection = await Connection.open({ socketPath: server.socketPath, ...options });
  return connection;
};

beforeEach(async () => {
  server = await FakeLibvirtd.start();
  server.on('connectGetHostname', () => new XdrEncoder().string('here'));
});
afterEach(async () => {
  connection?.destroy();
  await server.close();
});

describe('calls', () => {
  it('resolve with their own reply, in whatever order replies come', async () => {
    const waiting: (() => void)[] = [];
    server.on('domainLookupByName', (args, packet, client) => {
      const reply = new XdrEncoder().string(args.string());
      const header = { ...packet, type: MessageType.reply, status: MessageStatus.ok };
      waiting.unshift(() => client.write(encodePacket(header, reply.finish())));
      if (waiting.length === 3) for (const answer of waiting) answer();
      return 'silence';
    });
    await open();
    const names = ['a', 'b', 'c'].map((name) =>
      connection.call('domainLookupByName', new XdrEncoder().string(name)).then((reply) => reply.string()),
    );
    expect(await Promise.all(names)).toEqual(['a', 'b', 'c']);
  });

  it('reject with the error libvirtd sent', async () => {
    server.on('domainLookupByName', () => ({ code: 42, message: 'no domain' }));
    await open();
    const call = connection.call('domainLookupByName', new XdrEncoder().string('x'));
    await expect(call).rejects.toMatchObject({ kind: 'remote', code: 42, domain: 10, message: 'no domain' });
    expect((await connection.call('connectGetHostname')).string()).toBe('here');
  });

  it('reject when no answer comes in time, and a late answer harms nobody', async () => {
    let answer = () => {};
    server.on('domainLookupByName', (_args, packet, client) => {
      answer = () =>
        client.write(encodePacket({ ...packet, type: MessageType.reply, status: 0 }, Buffer.alloc(4)));
      return 'silence';
    });
    await open({ callTimeoutMs: 30 });
    const call = connection.call('domainLookupByName', new XdrEncoder().string('x'));
    await expect(call).rejects.toMatchObject({
      kind: 'timeout',
      message: expect.stringContaining('domainLookupByName'),
    });
    answer();
    expect((await connection.call('connectGetHostname')).string()).toBe('here');
  });

  it('are not sent beyond what libvirtd takes at once', async () => {
    server.on('connectGetVersion', () => 'silence');
    await open({ maxCallsInFlight: 2, callTimeoutMs: 60 });
    const calls = Array.from({ length: 5 }, () => connection.call('connectGetVersion'));
    await Promise.allSettled(calls);
    expect(server.calls('connectGetVersion')).toBe(2);
  });

  it('can be given up by their caller, before and after they were sent', async () => {
    server.on('connectGetVersion', () => 'silence');
    await open();
    const abort = new AbortController();
    const call = connection.call('connectGetVersion', undefined, { signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toMatchObject({ kind: 'cancelled' });
    const late = connection.call('connectGetVersion', undefined, { signal: abort.signal });
    await expect(late).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('reject when the connection is lost, and so do later ones', async () => {
    server.on('connectGetVersion', () => 'silence');
    await open({ maxCallsInFlight: 1 });
    const calls = [connection.call('connectGetVersion'), connection.call('connectGetHostname')];
    await delay(10);
    await server.drop();
    for (const call of calls) await expect(call).rejects.toMatchObject({ kind: 'disconnected' });
    await expect(connection.call('connectGetHostname')).rejects.toMatchObject({ kind: 'disconnected' });
    expect((await connection.closed).kind).toBe('disconnected');
  });

  it('reject when libvirtd does not run', async () => {
    await server.drop();
    await expect(open()).rejects.toMatchObject({ kind: 'disconnected' });
  });
});

describe('nonsense from the other side', () => {
  it.each([
    ['an impossible length', Buffer.from('0000000100000000', 'hex')],
    ['an event that is cut short', encodePacket({ program: 1, procedure: 1, type: 2, serial: 0, status: 0 })],
    ['an error without content', undefined],
  ])('ends the connection: %s', async (_what, bytes) => {
    server.on('connectGetVersion', (_args, packet, client) => {
      client.write(
        bytes ?? encodePacket({ ...packet, type: MessageType.reply, status: MessageStatus.error }),
      );
      return 'silence';
    });
    await open();
    connection.onEvent = () => {
      throw new LibvirtError('protocol', 'the message ends in the middle of a value');
    };
    await expect(connection.call('connectGetVersion')).rejects.toMatchObject({ kind: 'protocol' });
  });
});

describe('keep-alive', () => {
  const pings = () => server.received.filter((p) => p.program === keepAliveProgram);

  it('answers a ping', async () => {
    await open({ keepAlive: false });
    await connection.call('connectGetHostname');
    server.sendMessage(keepAliveProgram, keepAliveProcedure.ping);
    for (let i = 0; i < 50 && pings().length === 0; i++) await delay(5);
    expect(pings()).toMatchObject([
      { procedure: keepAliveProcedure.pong, type: MessageType.message, serial: 0 },
    ]);
  });

  it('takes a server that answers nothing for lost', async () => {
    await open({ keepAlive: { intervalMs: 10, maxMissed: 2 } });
    const reason = await connection.closed;
    expect(reason.kind).toBe('disconnected');
    expect(pings().length).toBe(2);
  });
});

describe('streams', () => {
  let opened: Packet;
  const send = (status: number, data: Buffer = Buffer.alloc(0)) =>
    server.sendRaw(encodePacket({ ...opened, type: MessageType.stream, status }, data));
  const ofStream = () => server.received.filter((p) => p.type === MessageType.stream);

  beforeEach(() => {
    server.on('domainOpenConsole', (_args, packet) => {
      opened = packet;
      return new XdrEncoder();
    });
  });
  const openStream = async () =>
    (await connection.callWithStream('domainOpenConsole', new XdrEncoder())).stream;

  it('give what libvirtd sends until it ends, and confirm the end', async () => {
    await open();
    const stream = await openStream();
    send(MessageStatus.continue, Buffer.from('hello '));
    send(MessageStatus.continue, Buffer.from('world'));
    send(MessageStatus.continue);
    let text = '';
    for await (const chunk of stream) text += chunk;
    expect(text).toBe('hello world');
    for (let i = 0; i < 50 && ofStream().length === 0; i++) await delay(5);
    expect(ofStream()).toMatchObject([{ status: MessageStatus.ok, serial: opened.serial }]);
  });

  it('lose nothing that comes together with the reply', async () => {
    server.on('domainOpenConsole', (_args, packet, client) => {
      const reply = encodePacket({ ...packet, type: MessageType.reply, status: 0 });
      const data = encodePacket({ ...packet, type: MessageType.stream, status: 2 }, Buffer.from('early'));
      client.write(Buffer.concat([reply, data]));
      return 'silence';
    });
    await open();
    const stream = await openStream();
    expect(String((await once(stream, 'data'))[0])).toBe('early');
    stream.destroy();
  });

  it('send what is written, in pieces libvirtd takes', async () => {
    await open();
    const stream = await openStream();
    await new Promise((resolve) => stream.write(Buffer.alloc(600_000, 1), resolve));
    for (let i = 0; i < 100 && ofStream().reduce((n, p) => n + p.payload.length, 0) < 600_000; i++)
      await delay(5);
    const pieces = ofStream();
    expect(pieces.reduce((n, p) => n + p.payload.length, 0)).toBe(600_000);
    expect(Math.max(...pieces.map((p) => p.payload.length))).toBeLessThanOrEqual(262_120);
    stream.destroy();
  });

  it('fail with the error libvirtd sends', async () => {
    await open();
    const stream = await openStream();
    send(MessageStatus.error, errorPayload({ code: 38, message: 'gone' }).finish());
    await expect(once(stream, 'data')).rejects.toMatchObject({ kind: 'remote', code: 38 });
  });

  it('tell libvirtd when they are given up', async () => {
    await open();
    const stream = await openStream();
    stream.destroy();
    for (let i = 0; i < 50 && ofStream().length === 0; i++) await delay(5);
    expect(ofStream()).toMatchObject([{ status: MessageStatus.error }]);
  });

  it('are refused with the call that opens them', async () => {
    server.on('domainOpenConsole', () => ({ code: 55, message: 'not running' }));
    await open();
    await expect(openStream()).rejects.toMatchObject({ code: 55 });
    expect(ofStream()).toEqual([]);
    expect(procedures.domainOpenConsole.number).toBe(201);
  });

  it('fail when the connection is lost', async () => {
    await open();
    const stream = await openStream();
    const failed = once(stream, 'data');
    await server.drop();
    await expect(failed).rejects.toMatchObject({ kind: 'disconnected' });
  });
});
