// For tests: exports in memory, a folder for sockets, peers that say what they are told, and one end of a connection as raw bytes.
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeContextQuery, encodeExportQuery, encodeOption } from './handshake-messages.ts';
import type { NbdExport } from './nbd-export.ts';
import { type NbdRange, Option } from './nbd-protocol.ts';
import { encodeRequest } from './transmission-messages.ts';

export function socketFolder(): { readonly path: (name: string) => string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'croft-nbd-'));
  return {
    path: (name) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Numbers that look like chance and are the same in every run (mulberry32). */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

export function randomBytes(length: number, seed: number): Buffer {
  const random = seededRandom(seed);
  return Buffer.from(Uint8Array.from({ length }, () => random(256)));
}

export const blockBytes = 4096;

const zeros = Buffer.alloc(32 * 1024 * 1024);

export function isZero(bytes: Buffer): boolean {
  return bytes.equals(zeros.subarray(0, bytes.length));
}

/** An export over `content`; blocks of zeros are holes. */
export function memoryExport(
  name: string,
  content: Buffer,
  overrides: Partial<NbdExport> = {},
): NbdExport & { readonly content: Buffer } {
  return {
    name,
    content,
    sizeBytes: content.length,
    readOnly: true,
    read: async (offset, length) => {
      const part = content.subarray(offset, offset + length);
      return isZero(part) ? undefined : part;
    },
    blockStatus: async (offset, length) => rangesOf(content, offset, length),
    ...overrides,
  };
}

/** The truth about a buffer, neighbours alike joined. */
export function rangesOf(content: Buffer, offset: number, length: number): NbdRange[] {
  const ranges: NbdRange[] = [];
  for (let at = offset; at < offset + length; ) {
    const end = Math.min(at - (at % blockBytes) + blockBytes, offset + length);
    const block = at - (at % blockBytes);
    const zero = isZero(content.subarray(block, block + blockBytes));
    const last = ranges.at(-1);
    if (last?.zero === zero) ranges[ranges.length - 1] = { ...last, bytes: last.bytes + end - at };
    else ranges.push({ offset: at, bytes: end - at, zero, hole: zero });
    at = end;
  }
  return ranges;
}

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** A connection as raw bytes. */
export class RawPeer {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #received = Buffer.alloc(0);
  #wanted: { bytes: number; resolve: (bytes: Buffer) => void; reject: (error: Error) => void } | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#deliver();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#wanted?.reject(new Error('closed'));
        resolve();
      });
    });
  }

  static async connect(path: string): Promise<RawPeer> {
    const socket = connect(path);
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawPeer(socket);
  }

  /** Exactly so many bytes; rejects when the other side closes before. */
  take(bytes: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#wanted = { bytes, resolve, reject };
      this.#deliver();
    });
  }

  send(bytes: Uint8Array | string): void {
    this.socket.write(typeof bytes === 'string' ? hex(bytes) : bytes);
  }

  #deliver(): void {
    const wanted = this.#wanted;
    if (!wanted || this.#received.length < wanted.bytes) return;
    this.#wanted = undefined;
    const bytes = this.#received.subarray(0, wanted.bytes);
    this.#received = this.#received.subarray(wanted.bytes);
    wanted.resolve(bytes);
  }
}

/** A server that behaves as the test says with each client. */
export async function scriptedServer(
  path: string,
  behave: (peer: RawPeer) => Promise<void>,
): Promise<{ close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    behave(new RawPeer(socket)).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** A client that has greeted the server. */
export async function greet(socketPath: string, flags = '00000003'): Promise<RawPeer> {
  const peer = await RawPeer.connect(socketPath);
  await peer.take(18);
  peer.send(flags);
  return peer;
}

interface OptionReply {
  readonly type: number;
  readonly data: Buffer;
}

/** The replies to one option, up to its acknowledgement or error. */
export async function ask(peer: RawPeer, option: number, data?: Uint8Array): Promise<OptionReply[]> {
  peer.send(encodeOption(option, data));
  const replies: OptionReply[] = [];
  for (;;) {
    const head = await peer.take(20);
    const type = head.readUInt32BE(12);
    if (head.readUInt32BE(8) !== option) throw new Error('a reply to another option');
    replies.push({ type, data: await peer.take(head.readUInt32BE(16)) });
    if (type === 1 || type >= 0x8000_0000) return replies;
  }
}

/** A client that has chosen the export `disk`. */
export async function choose(
  socketPath: string,
  { structured = true, contexts = true }: { readonly structured?: boolean; readonly contexts?: boolean } = {},
): Promise<RawPeer> {
  const peer = await greet(socketPath);
  if (structured) await ask(peer, Option.structuredReply);
  if (structured && contexts)
    await ask(peer, Option.setMetaContext, encodeContextQuery('disk', ['base:allocation']));
  await ask(peer, Option.go, encodeExportQuery('disk', []));
  return peer;
}

export function request(type: number, offset: number, length: number, handle = 5n, flags = 0): Buffer {
  return encodeRequest({ flags, type, handle, offset, length });
}
