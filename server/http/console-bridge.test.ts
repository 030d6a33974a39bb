// The terminal protocol's messages, and both bridges over real sockets.
import { mkdtempSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { bridgeBytes, bridgeTerminal, readTerminalMessage } from './console-bridge.ts';

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const part of open.splice(0)) part.close();
});

/** A guest's socket that answers in capitals. */
async function shoutingGuest(): Promise<string> {
  const path = join(mkdtempSync(join(tmpdir(), 'croft-bridge-')), 'console.sock');
  const server: Server = createServer((socket) =>
    socket.on('data', (data) => socket.write(String(data).toUpperCase())),
  );
  await new Promise<void>((resolve) => server.listen(path, resolve));
  open.push(server);
  return path;
}

async function clientOf(serve: (socket: WebSocket) => void): Promise<WebSocket> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.on('listening', resolve));
  server.on('connection', serve);
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  open.push(server, client);
  await new Promise((resolve) => client.on('open', resolve));
  return client;
}

const nextMessage = (client: WebSocket) =>
  new Promise<string>((resolve) => client.once('message', (data) => resolve(String(data))));
const closed = (client: WebSocket) =>
  new Promise<number>((resolve) => client.once('close', (code) => resolve(code)));

describe('terminal messages', () => {
  it.each([
    ['0:2:ls', { kind: 'data', data: Buffer.from('ls') }],
    ['0:0:', { kind: 'data', data: Buffer.from('') }],
    ['1:80:24:', { kind: 'resize', columns: 80, rows: 24 }],
    ['2', { kind: 'alive' }],
    ['0:9:ls', undefined],
    ['0:-1:ls', undefined],
    ['0ls', undefined],
    ['1:80', undefined],
    ['x', undefined],
    ['', undefined],
  ])('%j', (text, expected) => {
    expect(readTerminalMessage(Buffer.from(text))).toEqual(expected);
  });
});

describe('bridges', () => {
  it('copies bytes both ways and ends with the client', async () => {
    const path = await shoutingGuest();
    let ended: Promise<void> | undefined;
    const client = await clientOf((socket) => {
      ended = bridgeBytes(socket, path);
    });
    const answer = nextMessage(client);
    client.send('hello');
    expect(await answer).toBe('HELLO');
    client.close();
    await ended;
  });

  it('closes the client when the guest is not there', async () => {
    const client = await clientOf((socket) => void bridgeBytes(socket, '/nonexistent/console.sock'));
    expect(await closed(client)).toBe(1000);
  });

  it('lets a terminal in by its first line only', async () => {
    const typed: string[] = [];
    const serve = (socket: WebSocket) =>
      void bridgeTerminal(
        socket,
        (logIn) => logIn === 'root@pam:right',
        async (output) => ({
          send: (data) => {
            typed.push(String(data));
            output.write(Buffer.from('seen'));
          },
          leave: () => {},
        }),
      );
    const stranger = await clientOf(serve);
    const refused = closed(stranger);
    stranger.send('root@pam:wrong\n');
    expect(await refused).toBe(1008);

    const friend = await clientOf(serve);
    const admitted = nextMessage(friend);
    friend.send('root@pam:right\n');
    expect(await admitted).toBe('OK');
    const output = nextMessage(friend);
    friend.send('0:3:pwd');
    expect(await output).toBe('seen');
    expect(typed).toEqual(['pwd']);
  });

  it('keeps what a terminal says before its line is there, in order', async () => {
    const heard: string[] = [];
    let open: (() => void) | undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const client = await clientOf(
      (socket) =>
        void bridgeTerminal(
          socket,
          () => true,
          async (output) => {
            await opened;
            return {
              send: (data) => {
                heard.push(String(data));
                output.write(Buffer.from('seen'));
              },
              resize: (columns, rows) => heard.push(`${columns}x${rows}`),
              leave: () => {},
            };
          },
        ),
    );
    const admitted = nextMessage(client);
    client.send('root@pam:right\n');
    expect(await admitted).toBe('OK');
    client.send('1:132:43:');
    client.send('0:3:pwd');
    // An answer to a ping: what was sent before it has arrived.
    const pong = new Promise((resolve) => client.once('pong', resolve));
    client.ping();
    await pong;
    expect(heard).toEqual([]);
    const output = nextMessage(client);
    open?.();
    expect(await output).toBe('seen');
    expect(heard).toEqual(['132x43', 'pwd']);
  });

  it('closes a client that says too much before its line is there', async () => {
    const never = new Promise<never>(() => {});
    const client = await clientOf(
      (socket) =>
        void bridgeTerminal(
          socket,
          () => true,
          () => never,
        ),
    );
    const admitted = nextMessage(client);
    client.send('root@pam:right\n');
    expect(await admitted).toBe('OK');
    const ended = closed(client);
    client.send(Buffer.alloc(70_000, 'x'));
    expect(await ended).toBe(1009);
  });
});
