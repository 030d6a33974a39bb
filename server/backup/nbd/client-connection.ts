// A client's connection: the socket, which writes right where the replies' data belong, and the requests under way.
import { connect, type Socket } from 'node:net';
import { AppError } from '../../core/errors.ts';
import type { PendingRequest } from './client-replies.ts';
import { Intake, type Script } from './intake.ts';
import { Command, protocolBreach } from './nbd-protocol.ts';
import { encodeRequest } from './transmission-messages.ts';

/** Milliseconds that a server may take to say goodbye. */
const closeWithinMs = 1000;

/** Makes a request that settles a promise. */
export type MakeRequest<T> = (
  resolve: (value: T) => void,
  reject: (error: AppError) => void,
) => PendingRequest;

export class ClientConnection {
  /** By handle. */
  readonly pending = new Map<bigint, PendingRequest>();
  /** Resolves with the reason when the connection has ended. */
  readonly closed: Promise<AppError>;
  readonly #socket: Socket;
  readonly #gone = Promise.withResolvers<void>();
  readonly #intake: Intake;
  #end: AppError | undefined;
  #announceClosed: (reason: AppError) => void = () => {};
  #lastHandle = 0n;

  /** Connects, and runs `script` on what comes. */
  constructor(
    socketPath: string,
    script: (connection: ClientConnection) => Script<void>,
    signal: AbortSignal | undefined,
  ) {
    this.closed = new Promise((resolve) => {
      this.#announceClosed = resolve;
    });
    // Before the socket, which asks for its first buffer at once. Nothing is sent before the server's greeting.
    this.#intake = new Intake(script(this));
    this.#socket = connect({
      path: socketPath,
      // The kernel writes into the buffer that the script wants next: a read's own, for its data.
      onread: {
        buffer: () => this.#intake.target,
        callback: (bytes) => this.#receive(bytes),
      },
    });
    const onAbort = () => this.destroy(new AppError('cancelled', 'cancelled', { cause: signal?.reason }));
    this.#socket.on('error', (cause) => this.destroy(unreachable(cause)));
    this.#socket.on('end', () => this.destroy(unreachable(undefined)));
    this.#socket.on('close', () => {
      this.destroy(unreachable(undefined));
      signal?.removeEventListener('abort', onAbort);
      this.#gone.resolve();
    });
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort);
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The promise's value, unless the connection ends before or the time is over; then the connection is ended. */
  async within<T>(promise: Promise<T>, ms: number): Promise<T> {
    const timer = setTimeout(
      () => this.destroy(new AppError('timeout', 'the block server does not answer')),
      ms,
    );
    const ended = this.closed.then((reason) => Promise.reject(reason));
    try {
      return await Promise.race([promise, ended]);
    } finally {
      clearTimeout(timer);
      ended.catch(() => {});
    }
  }

  /**
   * Sends a request of a type of `Command` with `CommandFlag`s, `data` after it; rejects with `cancelled` when `signal` says so.
   * The data must stay as they are until the promise settles.
   */
  request<T>(
    signal: AbortSignal | undefined,
    type: number,
    flags: number,
    make: MakeRequest<T>,
    data?: Uint8Array,
  ): Promise<T> {
    if (this.#end) return Promise.reject(this.#end);
    if (signal?.aborted) return Promise.reject(givenUp(signal));
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let pending: PendingRequest;
    if (signal) {
      // The request stays known: its reply comes all the same, and goes nowhere.
      const onAbort = () => reject(givenUp(signal));
      signal.addEventListener('abort', onAbort, { once: true });
      const settled = () => signal.removeEventListener('abort', onAbort);
      const resolveOnce = (value: T) => {
        settled();
        resolve(value);
      };
      pending = make(resolveOnce, (error) => {
        settled();
        reject(error);
      });
    } else {
      pending = make(resolve, reject);
    }
    this.#lastHandle += 1n;
    this.pending.set(this.#lastHandle, pending);
    const { offset, length } = pending;
    this.#socket.cork();
    this.send(encodeRequest({ flags, type, handle: this.#lastHandle, offset, length }));
    if (data) this.send(data);
    this.#socket.uncork();
    return promise;
  }

  /** Takes leave in order if nothing is under way. Resolves when the socket is closed. Repeatable. */
  async close(): Promise<void> {
    if (!this.#end) {
      const idle = this.pending.size === 0;
      this.#finish(new AppError('cancelled', 'the connection was closed'));
      // The server ends first what it has begun, and nobody would take it.
      if (!idle) this.#socket.destroy();
      else
        this.#socket.end(
          encodeRequest({ flags: 0, type: Command.disconnect, handle: 0n, offset: 0, length: 0 }),
        );
      setTimeout(() => this.#socket.destroy(), closeWithinMs).unref();
    }
    await this.#gone.promise;
  }

  /** Ends everything at once. Repeatable; the first reason counts. */
  destroy(reason: AppError): void {
    this.#finish(reason);
    this.#socket.destroy();
  }

  #finish(reason: AppError): void {
    if (this.#end) return;
    this.#end = reason;
    for (const { reject } of this.pending.values()) reject(reason);
    this.pending.clear();
    this.#announceClosed(reason);
  }

  /** Returns false to stop reading. */
  #receive(bytes: number): boolean {
    if (this.#end) return true;
    try {
      this.#intake.received(bytes);
    } catch (error) {
      this.destroy(error instanceof AppError ? error : protocolBreach(String(error)));
      return false;
    }
    return true;
  }
}

function givenUp(signal: AbortSignal): AppError {
  return new AppError('cancelled', 'cancelled', { cause: signal.reason });
}

function unreachable(cause: Error | undefined): AppError {
  const code = cause && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ECONNREFUSED')
    return new AppError('unavailable', 'the block server does not listen', { cause });
  if (code === 'EACCES')
    return new AppError('unavailable', 'the socket of the block server may not be opened', { cause });
  return new AppError('unavailable', 'the connection to the block server is lost', { cause });
}
