// Joins a WebSocket with a guest's console: raw bytes for the screen (RFB), the framed protocol of terminals for serial lines.
import { createConnection } from 'node:net';
import type { WebSocket } from 'ws';
import type { Terminal } from '../core/terminal.ts';

/** Bytes waiting in a WebSocket above which the guest's side is not read further. */
const highWaterBytes = 1024 * 1024;
const resumeCheckMs = 20;
/** Kept of what a client sends before its line is there. */
const earlyMostBytes = 64 * 1024;

/** Copies bytes both ways between a WebSocket and a local socket until one of them ends. Never rejects. */
export async function bridgeBytes(client: WebSocket, unixPath: string): Promise<void> {
  const guest = createConnection(unixPath);
  await new Promise<void>((resolve) => {
    guest.on('data', (data) => {
      client.send(data);
      if (client.bufferedAmount > highWaterBytes) pauseUntilDrained(client, guest);
    });
    client.on('message', (data) => {
      guest.write(bytesOf(data));
    });
    guest.on('error', () => guest.destroy());
    guest.on('close', () => {
      client.close(1000);
      resolve();
    });
    client.on('error', () => client.terminate());
    client.on('close', () => {
      guest.destroy();
      resolve();
    });
  });
}

function pauseUntilDrained(
  client: WebSocket,
  guest: { pause?(): unknown; resume?(): unknown },
  drained: () => void = () => {},
): void {
  guest.pause?.();
  const timer = setInterval(() => {
    if (client.bufferedAmount > highWaterBytes / 2 && client.readyState === client.OPEN) return;
    clearInterval(timer);
    drained();
    guest.resume?.();
  }, resumeCheckMs);
}

/** What a terminal bridge talks to. */
export interface TerminalBackend {
  send(data: Buffer): void;
  resize?(columns: number, rows: number): void;
  /** Holds back the output until `resume`, for a client that does not read as fast. */
  pause?(): void;
  resume?(): void;
  leave(): void;
}

/** A terminal as what a bridge talks to. */
export function terminalBackend(
  terminal: Terminal,
  viewer: { write(data: Buffer): void; end(): void },
): TerminalBackend {
  terminal.onData((data) => viewer.write(data));
  terminal.onEnd(() => viewer.end());
  return {
    send: (data) => terminal.write(data),
    resize: (columns, rows) => terminal.resize(columns, rows),
    pause: () => terminal.pause(),
    resume: () => terminal.resume(),
    leave: () => terminal.close(),
  };
}

/**
 * The terminal protocol of the API's clients: after the log-in line, messages `0:<bytes>:<data>` carry input,
 * `1:<columns>:<rows>:` a new size, `2` keeps the connection alive; output is sent as it is.
 */
export function readTerminalMessage(
  message: Buffer,
):
  | { kind: 'data'; data: Buffer }
  | { kind: 'resize'; columns: number; rows: number }
  | { kind: 'alive' }
  | undefined {
  const type = String.fromCharCode(message[0] ?? 0);
  if (type === '2') return { kind: 'alive' };
  if (type === '0') {
    const colon = message.indexOf(':', 2);
    if (message[1] !== 58 || colon < 0) return undefined;
    const length = Number(message.toString('latin1', 2, colon));
    if (!Number.isSafeInteger(length) || length < 0 || colon + 1 + length > message.length) return undefined;
    return { kind: 'data', data: message.subarray(colon + 1, colon + 1 + length) };
  }
  if (type === '1') {
    const match = /^1:(\d{1,4}):(\d{1,4}):/.exec(message.toString('latin1', 0, 16));
    if (!match) return undefined;
    return { kind: 'resize', columns: Number(match[1]), rows: Number(match[2]) };
  }
  return undefined;
}

/**
 * Serves one terminal client. The first message must be `user:ticket` and a line end, which `admit` checks; then `OK` is
 * sent and `join` connects the client with the line. Never rejects.
 */
export async function bridgeTerminal(
  client: WebSocket,
  admit: (logIn: string) => boolean,
  join: (output: { write(data: Buffer): void; end(): void }) => Promise<TerminalBackend>,
): Promise<void> {
  let backend: TerminalBackend | undefined;
  let admitted = false;
  let paused = false;
  const write = (data: Buffer) => {
    client.send(data);
    if (paused || backend === undefined || client.bufferedAmount <= highWaterBytes) return;
    paused = true;
    pauseUntilDrained(client, backend, () => {
      paused = false;
    });
  };
  // A client tells its size and may type as soon as it has `OK`, which is before the line is there.
  const early: Buffer[] = [];
  let earlyBytes = 0;
  await new Promise<void>((resolve) => {
    client.on('message', (raw) => {
      const message = bytesOf(raw);
      if (admitted && backend) return forward(message, backend);
      if (admitted) {
        earlyBytes += message.length;
        if (earlyBytes > earlyMostBytes) return client.close(1009, 'too much at once');
        early.push(message);
        return;
      }
      if (!admit(message.toString('utf8').replace(/\n.*$/s, '')))
        return client.close(1008, 'permission denied');
      admitted = true;
      client.send('OK');
      join({ write, end: () => client.close(1000) }).then(
        (joined) => {
          backend = joined;
          if (client.readyState !== client.OPEN) return joined.leave();
          for (const message of early.splice(0)) forward(message, joined);
        },
        () => client.close(1011, 'the console is not there'),
      );
    });
    client.on('error', () => client.terminate());
    client.on('close', () => {
      backend?.leave();
      resolve();
    });
  });
}

function forward(message: Buffer, backend: TerminalBackend): void {
  const read = readTerminalMessage(message);
  if (read?.kind === 'data') backend.send(read.data);
  if (read?.kind === 'resize') backend.resize?.(read.columns, read.rows);
}

function bytesOf(data: Buffer | ArrayBuffer | Buffer[] | string): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
