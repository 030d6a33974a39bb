// One connection to libvirtd: socket, packets, calls, streams, keep-alive. It knows the protocol, not the calls' contents.
import { connect, type Socket } from 'node:net';
import { CallQueue } from './call-queue.ts';
import type { Caller, CallOptions } from './caller.ts';
import { LibvirtError } from './errors.ts';
import { KeepAlive, type KeepAliveOptions } from './keep-alive.ts';
import { encodePacket, MessageStatus, MessageType, type Packet, PacketReader } from './packet.ts';
import { keepAliveProgram, type ProcedureName, procedures } from './procedures.ts';
import { LibvirtStream } from './stream.ts';
import type { XdrDecoder } from './xdr-decoder.ts';
import type { XdrEncoder } from './xdr-encoder.ts';

export interface ConnectionOptions {
  /** libvirtd's read-write socket, usually `/run/libvirt/libvirt-sock`. */
  socketPath: string;
  /** Milliseconds until connecting gives up; default 10,000. */
  connectTimeoutMs?: number;
  /** Milliseconds until a call gives up; default 30,000. */
  callTimeoutMs?: number;
  /**
   * Most calls given to libvirtd at once; others wait here. Default 4: libvirtd stops reading from a client that has
   * `max_client_requests` (5 by default) under way, and then even its pings would go unanswered.
   */
  maxCallsInFlight?: number;
  /** Default: a ping after 5 s of silence, lost after 6 of them. `false`: pings are answered but none sent. */
  keepAlive?: KeepAliveOptions | false;
  /** Larger messages end the connection; default 32 MiB, libvirt's own limit. */
  maxMessageBytes?: number;
}

const defaultKeepAlive: KeepAliveOptions = { intervalMs: 5000, maxMissed: 6 };

export class Connection implements Caller {
  /** Called with each event message, in order. */
  onEvent: (packet: Packet) => void = () => {};
  /** Resolves with the reason when the connection has ended, whoever ended it. */
  readonly closed: Promise<LibvirtError>;

  readonly #socket: Socket;
  readonly #callTimeoutMs: number;
  readonly #queue: CallQueue;
  readonly #streams = new Map<number, LibvirtStream>();
  readonly #reader: PacketReader;
  readonly #keepAlive: KeepAlive;
  #ended = false;
  #announceClosed: (reason: LibvirtError) => void = () => {};

  /** Use `Connection.open`. */
  private constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#callTimeoutMs = options.callTimeoutMs ?? 30_000;
    this.#queue = new CallQueue(options.maxCallsInFlight ?? 4);
    this.#reader = new PacketReader(options.maxMessageBytes);
    this.#keepAlive = new KeepAlive(
      options.keepAlive || defaultKeepAlive,
      (bytes) => socket.write(bytes),
      () => this.destroy(new LibvirtError('disconnected', 'libvirtd does not answer any more')),
    );
    this.closed = new Promise((resolve) => {
      this.#announceClosed = resolve;
    });
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (cause) => this.destroy(new LibvirtError('disconnected', lost, { cause })));
    socket.on('close', () => this.destroy(new LibvirtError('disconnected', lost)));
    if (options.keepAlive !== false) this.#keepAlive.start();
  }

  /** Connects to the socket; nothing is said to libvirtd yet. */
  static open(options: ConnectionOptions): Promise<Connection> {
    const timeoutMs = options.connectTimeoutMs ?? 10_000;
    return new Promise((resolve, reject) => {
      const socket = connect(options.socketPath);
      const fail = (message: string, cause?: unknown) => {
        clearTimeout(timer);
        socket.destroy();
        reject(new LibvirtError('disconnected', message, { cause }));
      };
      const timer = setTimeout(() => fail('libvirtd does not accept the connection in time'), timeoutMs);
      const onError = (error: Error) => fail(`libvirtd is not reachable: ${error.message}`, error);
      socket.once('error', onError);
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.off('error', onError);
        resolve(new Connection(socket, options));
      });
    });
  }

  call(procedure: ProcedureName, args?: XdrEncoder, options: CallOptions = {}): Promise<XdrDecoder> {
    return this.#call(procedure, args, options, () => {});
  }

  async callWithStream(
    procedure: ProcedureName,
    args: XdrEncoder,
    options: CallOptions = {},
  ): Promise<{ reply: XdrDecoder; stream: LibvirtStream }> {
    let stream: LibvirtStream | undefined;
    try {
      // The stream is there before the call is sent: its first data may arrive together with the reply.
      const reply = await this.#call(procedure, args, options, (serial) => {
        stream = this.#openStream(procedure, serial);
      });
      return { reply, stream: stream as LibvirtStream };
    } catch (error) {
      if (stream) abandon(stream, error);
      throw error;
    }
  }

  /** Ends the connection at once; everything under way is rejected with `reason`. */
  destroy(reason: LibvirtError = new LibvirtError('disconnected', 'the connection was closed')): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#keepAlive.stop();
    this.#socket.destroy();
    this.#queue.fail(reason);
    for (const stream of [...this.#streams.values()]) stream.disconnect(reason);
    this.#announceClosed(reason);
  }

  #call(
    procedure: ProcedureName,
    args: XdrEncoder | undefined,
    options: CallOptions,
    beforeSend: (serial: number) => void,
  ): Promise<XdrDecoder> {
    const { program, number } = procedures[procedure];
    let payload: Buffer | undefined;
    try {
      payload = args?.finish();
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#queue.add(procedure, options.timeoutMs ?? this.#callTimeoutMs, options, (serial) => {
      beforeSend(serial);
      const header = { program, procedure: number, type: MessageType.call, serial, status: MessageStatus.ok };
      this.#socket.write(encodePacket(header, payload));
    });
  }

  #openStream(procedure: ProcedureName, serial: number): LibvirtStream {
    const { program, number } = procedures[procedure];
    const stream = new LibvirtStream(
      (status, data, done) => {
        if (this.#ended) return done();
        const header = { program, procedure: number, type: MessageType.stream, serial, status };
        this.#socket.write(encodePacket(header, data), (error) => done(error ?? null));
      },
      () => this.#streams.delete(serial),
    );
    this.#streams.set(serial, stream);
    return stream;
  }

  #receive(chunk: Buffer): void {
    this.#keepAlive.heard();
    try {
      for (const packet of this.#reader.push(chunk)) {
        if (this.#ended) return;
        this.#dispatch(packet);
      }
    } catch (cause) {
      const reason =
        cause instanceof LibvirtError
          ? cause
          : new LibvirtError('protocol', 'a message is not understood', { cause });
      this.destroy(reason);
    }
  }

  #dispatch(packet: Packet): void {
    if (packet.type === MessageType.reply) this.#queue.reply(packet);
    else if (packet.type === MessageType.stream) this.#streams.get(packet.serial)?.receive(packet);
    else if (packet.program === keepAliveProgram) this.#keepAlive.receive(packet);
    else if (packet.type === MessageType.message) this.onEvent(packet);
  }
}

const lost = 'the connection to libvirtd is lost';

/** The call's own rejection tells the caller; the stream nobody got must not raise an unhandled error of its own. */
function abandon(stream: LibvirtStream, error: unknown): void {
  stream.on('error', () => {});
  if (error instanceof LibvirtError && error.kind === 'remote') stream.disconnect(error);
  else stream.destroy();
}
