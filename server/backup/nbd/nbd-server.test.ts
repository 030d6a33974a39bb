// The server against raw bytes: what clients of all kinds ask, and what none should.
import { statSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { encodeContextQuery, encodeExportQuery, encodeOption } from './handshake-messages.ts';
import type { NbdExport } from './nbd-export.ts';
import { ask, hex, memoryExport, randomBytes, request } from './nbd-fixture.ts';
import { Command, maxRequestBytes, Option } from './nbd-protocol.ts';
import { NbdServer } from './nbd-server.ts';
import { servedToPeers } from './server-fixture.ts';

const content = randomBytes(100_000, 7);
content.fill(0, 40_960, 81_920);
const { socketPath, onError, serve, close, connections, connected, greeted, chosen } = servedToPeers(content);

const unsupported = 0x8000_0001;
const invalid = 0x8000_0003;
const unknown = 0x8000_0006;

describe('the socket', () => {
  it('belongs to its owner alone, and replaces what lay there', async () => {
    writeFileSync(socketPath, '');
    const owner = process.getuid?.() === 0 ? { uid: 1, gid: 1 } : undefined;
    await serve(undefined, { owner });
    const found = statSync(socketPath);
    expect([found.isSocket(), found.mode & 0o777]).toEqual([true, 0o600]);
    if (owner) expect([found.uid, found.gid]).toEqual([1, 1]);
    await close();
    expect(() => statSync(socketPath)).toThrow('ENOENT');
  });

  it.each([
    ['a path that is too long', { socketPath: `/tmp/${'x'.repeat(103)}` }],
    ['two exports of one name', { exports: [memoryExport('a', content), memoryExport('a', content)] }],
    ['a name that is too long', { exports: [memoryExport('ä'.repeat(2049), content)] }],
  ])('is not made with %s', async (_, options) => {
    await expect(NbdServer.listen({ socketPath, exports: [], ...options })).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });
});

describe('the handshake', () => {
  it('lists, describes and opens exports', async () => {
    await serve([memoryExport('disk', content, { preferredBytes: 65_536 }), memoryExport('b', content)]);
    const peer = await greeted();
    expect(await ask(peer, Option.list)).toEqual([
      { type: 2, data: hex('00000004 6469736b') },
      { type: 2, data: hex('00000001 62') },
      { type: 1, data: Buffer.alloc(0) },
    ]);
    const described = [
      { type: 3, data: hex('0003 00000001 00010000 02000000') },
      // Has flags, read-only, many connections.
      { type: 3, data: hex('0000 00000000000186a0 0103') },
      { type: 1, data: Buffer.alloc(0) },
    ];
    expect(await ask(peer, Option.info, encodeExportQuery('disk', [3]))).toEqual(described);
    expect(await ask(peer, Option.go, encodeExportQuery('disk', [3]))).toEqual(described);
    peer.send(request(Command.read, 0, 4));
    expect(await peer.take(20)).toEqual(
      Buffer.concat([hex('67446698 00000000 0000000000000005'), content.subarray(0, 4)]),
    );
  });

  it.each([
    ['with the zeros of old', '00000001', 134],
    ['without them', '00000003', 10],
  ])('opens an export for old clients, %s', async (_, flags, bytes) => {
    await serve();
    const peer = await greeted(flags);
    peer.send(encodeOption(Option.exportName, Buffer.from('disk')));
    const told = await peer.take(bytes);
    expect(told.subarray(0, 10)).toEqual(hex('00000000000186a0 0103'));
    peer.send(request(Command.read, 99_999, 1));
    expect((await peer.take(17))[16]).toBe(content[99_999]);
  });

  it('tells about allocation, to those who can understand it', async () => {
    const { blockStatus: _, ...silent } = memoryExport('silent', content);
    await serve([memoryExport('disk', content), silent]);
    const peer = await greeted();
    const query = (name: string, ...queries: string[]) => encodeContextQuery(name, queries);
    const types = async (option: number, data: Buffer) =>
      (await ask(peer, option, data)).map(({ type }) => type);
    expect(await types(Option.setMetaContext, query('disk', 'base:allocation'))).toEqual([invalid]);
    expect(await types(Option.structuredReply, Buffer.from('x'))).toEqual([invalid]);
    expect(await types(Option.structuredReply, Buffer.alloc(0))).toEqual([1]);
    expect(await types(Option.setMetaContext, query('disk', 'base:allocation'))).toEqual([4, 1]);
    expect(await types(Option.setMetaContext, query('disk', 'qemu:dirty-bitmap:x'))).toEqual([1]);
    expect(await types(Option.setMetaContext, query('silent', 'base:allocation'))).toEqual([1]);
    expect(await types(Option.setMetaContext, query('nobody', 'base:allocation'))).toEqual([unknown]);
    expect(await types(Option.setMetaContext, Buffer.from('zz'))).toEqual([invalid]);
    expect(await types(Option.listMetaContext, query('disk'))).toEqual([4, 1]);
    expect(await types(Option.listMetaContext, query('disk', 'base:'))).toEqual([4, 1]);
    expect(await types(Option.listMetaContext, query('disk', 'x-y:'))).toEqual([1]);
  });

  it('refuses politely what it does not know, and lets go who wants to go', async () => {
    await serve();
    const peer = await greeted();
    expect(await ask(peer, 5)).toMatchObject([{ type: unsupported }]);
    expect(await ask(peer, 4711, Buffer.alloc(100))).toMatchObject([{ type: unsupported }]);
    expect(await ask(peer, Option.go, encodeExportQuery('nobody', []))).toMatchObject([{ type: unknown }]);
    expect(await ask(peer, Option.go, Buffer.from('zz'))).toMatchObject([{ type: invalid }]);
    expect(await ask(peer, Option.list, Buffer.from('zz'))).toMatchObject([{ type: invalid }]);
    expect(await ask(peer, Option.abort)).toMatchObject([{ type: 1 }]);
    await peer.closed;
    expect(onError).not.toHaveBeenCalled();
  });

  it.each([
    ['flags that nobody offered', ['00000007']],
    ['the old handshake', ['00000000']],
    ['no option', ['00000003', '00'.repeat(16)]],
    ['an option without end', ['00000003', '49484156454f5054 00000003 7fffffff']],
    [
      'an export that is not there, which cannot be answered',
      ['00000003', '49484156454f5054 00000001 00000001 78'],
    ],
    ['options without end', ['00000003', '49484156454f5054 00000003 00000000'.repeat(65)]],
  ])('ends with a client that sends %s', async (_, messages) => {
    await serve();
    const peer = await connected();
    for (const message of messages) peer.send(message);
    await peer.closed;
    expect(onError).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ code: 'unavailable' }),
      undefined,
    );
  });

  it('ends when it takes too long, and not later', async () => {
    await serve(undefined, { handshakeMs: 40 });
    const slow = await greeted();
    const quick = await chosen();
    await slow.closed;
    quick.send(request(Command.read, 0, 1));
    expect((await quick.take(29)).length).toBe(29);
  });

  it('is had with so many clients at a time', async () => {
    await serve(undefined, { maxConnections: 2 });
    const first = await chosen();
    await chosen();
    const third = await connected();
    await third.closed;
    first.socket.destroy();
    await expect.poll(() => connections()).toBe(1);
    await chosen();
  });
});

describe('requests', () => {
  it('are answered with data, holes and ranges', async () => {
    await serve();
    const peer = await chosen();
    peer.send(request(Command.read, 10, 4));
    expect(await peer.take(32)).toEqual(
      Buffer.concat([
        hex('668e33ef 0001 0001 0000000000000005 0000000c 000000000000000a'),
        content.subarray(10, 14),
      ]),
    );
    peer.send(request(Command.read, 40_960, 4096));
    expect(await peer.take(32)).toEqual(
      hex('668e33ef 0001 0002 0000000000000005 0000000c 000000000000a000 00001000'),
    );
    peer.send(request(Command.blockStatus, 0, 90_000));
    expect(await peer.take(48)).toEqual(
      hex(
        '668e33ef 0001 0005 0000000000000005 0000001c 00000001 0000a000 00000000 0000a000 00000003 00001f90 00000000',
      ),
    );
    peer.send(request(Command.blockStatus, 0, 90_000, 5n, 8));
    expect((await peer.take(32)).subarray(24)).toEqual(hex('0000a000 00000000'));
  });

  const refused: [string, number, number, number, number][] = [
    ['a read beyond the end', Command.read, 99_999, 2, 22],
    ['a read far beyond', Command.read, 2 ** 52, 1, 22],
    ['a read of nothing', Command.read, 0, 0, 22],
    ['a question beyond the end', Command.blockStatus, 100_000, 1, 22],
    ['an unknown command', 99, 0, 1, 22],
    ['a trim', 4, 0, 1, 22],
  ];

  it.each(refused)('are refused: %s', async (_, type, offset, length, errno) => {
    await serve();
    const peer = await chosen();
    peer.send(request(type, offset, length));
    expect(await peer.take(26)).toEqual(
      hex(`668e33ef 0001 8001 0000000000000005 00000006 ${errno.toString(16).padStart(8, '0')} 0000`),
    );
    peer.send(request(Command.read, 0, 1));
    expect((await peer.take(29)).length).toBe(29);
  });

  it('are refused: more than 32 MiB at once', async () => {
    const read = vi.fn();
    await serve([memoryExport('disk', content, { sizeBytes: 2 ** 40, read })]);
    const peer = await chosen();
    peer.send(request(Command.read, 0, maxRequestBytes + 1));
    expect((await peer.take(26)).readUInt32BE(20)).toBe(75);
    expect(read).not.toHaveBeenCalled();
  });

  it('are refused: questions about allocation by who did not agree on that', async () => {
    await serve();
    const peer = await chosen({ contexts: false });
    peer.send(request(Command.blockStatus, 0, 10));
    expect((await peer.take(26)).readUInt32BE(20)).toBe(22);
  });

  it('end with what is none', async () => {
    await serve();
    const peer = await chosen();
    peer.send(Buffer.alloc(28, 0x41));
    await peer.closed;
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.anything(), 'disk');
  });

  it('are all answered before the client goes', async () => {
    await serve();
    const peer = await chosen();
    for (let handle = 1n; handle <= 20n; handle += 1n) peer.send(request(Command.read, 0, 1000, handle));
    peer.send(request(Command.disconnect, 0, 0));
    expect((await peer.take(20 * 1028)).length).toBe(20_560);
    await peer.closed;
    expect(onError).not.toHaveBeenCalled();
  });

  it('fail when the export does not do what it promised', async () => {
    const broken: NbdExport = memoryExport('disk', content, {
      read: async () => Buffer.alloc(3),
      blockStatus: async (offset) => [{ offset: offset + 1, bytes: 1, zero: false, hole: false }],
    });
    await serve([broken]);
    const peer = await chosen();
    for (const type of [Command.read, Command.blockStatus]) {
      peer.send(request(type, 0, 10));
      const reply = await peer.take(26 + 'internal error'.length);
      expect(reply.readUInt32BE(20)).toBe(5);
      expect(reply.toString('utf8', 26)).toBe('internal error');
    }
    expect(onError).toHaveBeenCalledTimes(2);
  });
});
