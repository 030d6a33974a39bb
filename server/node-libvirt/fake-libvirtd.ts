// For tests: a server on a unix socket that speaks the protocol's envelope and answers as it is told.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePacket, MessageStatus, MessageType, type Packet, PacketReader } from './packet.ts';
import { type ProcedureName, procedures } from './procedures.ts';
import { XdrDecoder } from './xdr-decoder.ts';
import { XdrEncoder } from './xdr-encoder.ts';

/** An answer: payload of the reply, an error, or `silence`. */
export type FakeAnswer = XdrEncoder | { readonly code: number; readonly message: string } | 'silence';
export type FakeHandler = (args: XdrDecoder, packet: Packet, client: Socket) => FakeAnswer;

export class FakeLibvirtd {
  readonly socketPath: string;
  /** Every packet received, in order. */
  readonly received: Packet[] = [];
  readonly #directory: string;
  readonly #handlers = new Map<string, FakeHandler>();
  readonly #clients = new Set<Socket>();
  #server: Server | undefined;

  private constructor(directory: string) {
    this.#directory = directory;
    this.socketPath = join(directory, 'sock');
    this.on('authList', () => new XdrEncoder().array([0], (e, kind) => e.i32(kind)));
    this.on('connectSupportsFeature', () => new XdrEncoder().i32(1));
    this.on('connectOpen', () => new XdrEncoder());
    this.on('connectClose', () => new XdrEncoder());
  }

  static async start(): Promise<FakeLibvirtd> {
    const fake = new FakeLibvirtd(await mkdtemp(join(tmpdir(), 'node-libvirt-')));
    await fake.listen();
    return fake;
  }

  /** Accepts connections (again). */
  listen(): Promise<void> {
    const server = createServer((client) => this.#serve(client));
    this.#server = server;
    return new Promise((resolve) => server.listen(this.socketPath, resolve));
  }

  /** Cuts every connection and accepts no more. */
  drop(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    return new Promise((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()));
  }

  async close(): Promise<void> {
    await this.drop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  on(procedure: ProcedureName, handler: FakeHandler): void {
    this.#handlers.set(key(procedures[procedure]), handler);
  }

  /** How often a procedure was called. */
  calls(procedure: ProcedureName): number {
    const { program, number } = procedures[procedure];
    return this.received.filter(
      (p) => p.type === MessageType.call && p.program === program && p.procedure === number,
    ).length;
  }

  /** Sends raw bytes to every client. */
  sendRaw(bytes: Buffer): void {
    for (const client of this.#clients) client.write(bytes);
  }

  /** Sends a message that nobody asked for. */
  sendMessage(program: number, procedure: number, payload: XdrEncoder = new XdrEncoder()): void {
    const header = { program, procedure, type: MessageType.message, serial: 0, status: MessageStatus.ok };
    this.sendRaw(encodePacket(header, payload.finish()));
  }

  #serve(client: Socket): void {
    this.#clients.add(client);
    client.on('close', () => this.#clients.delete(client));
    client.on('error', () => client.destroy());
    const reader = new PacketReader();
    client.on('data', (chunk: Buffer) => {
      for (const packet of reader.push(chunk)) {
        this.received.push(packet);
        if (packet.type === MessageType.call) this.#answer(packet, client);
      }
    });
  }

  #answer(packet: Packet, client: Socket): void {
    const handler = this.#handlers.get(key({ program: packet.program, number: packet.procedure }));
    const answer = handler
      ? handler(new XdrDecoder(packet.payload), packet, client)
      : { code: 3, message: 'no such procedure' };
    if (answer === 'silence') return;
    const isReply = answer instanceof XdrEncoder;
    const status = isReply ? MessageStatus.ok : MessageStatus.error;
    const payload = isReply ? answer : errorPayload(answer);
    client.write(encodePacket({ ...packet, type: MessageType.reply, status }, payload.finish()));
  }
}

/** The whole structure, as libvirtd sends it. */
export function errorPayload(error: { code: number; message: string }): XdrEncoder {
  const encoder = new XdrEncoder().i32(error.code).i32(10).optionalString(error.message).i32(2).u32(0);
  return encoder
    .optionalString(error.message)
    .optionalString(undefined)
    .optionalString(undefined)
    .i32(0)
    .i32(0)
    .u32(0);
}

function key({ program, number }: { program: number; number: number }): string {
  return `${program}/${number}`;
}
