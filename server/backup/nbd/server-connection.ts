// One client of the server: its handshake, then its requests, as many at a time as a bound on memory lets.
import type { Socket } from 'node:net';
import { Intake, type Script, skip, take } from './intake.ts';
import { Errno, errnoOf } from './nbd-errors.ts';
import type { NbdExport } from './nbd-export.ts';
import { Command, CommandFlag, maxRequestBytes, type NbdRange, protocolBreach } from './nbd-protocol.ts';
import { allocationId, type Choice, isReadOnly, offerExports } from './server-handshake.ts';
import {
  decodeRequest,
  encodeBlockStatus,
  encodeDataHead,
  encodeError,
  encodeHole,
  encodeNone,
  encodeSimpleReply,
  type NbdRequest,
  requestBytes,
} from './transmission-messages.ts';

export interface ConnectionOptions {
  readonly exports: ReadonlyMap<string, NbdExport>;
  /** Milliseconds until the client must have chosen an export. */
  readonly handshakeMs: number;
  /** Of one client: data of requests under way and of replies that it has not taken yet. One request is always served. */
  readonly maxBytesInFlight: number;
  /** For the log: a request failed, or the client broke the protocol. */
  readonly onError: (error: unknown, exportName: string | undefined) => void;
}

/** Requests under way; QEMU has at most 16. */
const maxInFlight = 64;
/** Requests that wait for their turn, and bytes to be written with them, before no more is read from the client. */
const maxWaiting = 256;
const maxWaitingBytes = maxRequestBytes;
/** What a request costs beside its data. */
const requestCost = 4096;
/** Ranges in one answer. */
const maxRanges = 4096;

/** A request with the data that came with it. */
interface Job {
  readonly request: NbdRequest;
  readonly data: Uint8Array | undefined;
  readonly cost: number;
}

/** Takes over the socket; resolves when it is closed. */
export function serveClient(socket: Socket, options: ConnectionOptions): Promise<void> {
  return new ServerConnection(socket, options).closed;
}

class ServerConnection {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #gone = new AbortController();
  readonly #waiting: Job[] = [];
  #waitingBytes = 0;
  #running = 0;
  #costRunning = 0;
  #choice: Choice | undefined;
  #leaving = false;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    const timer = setTimeout(() => socket.destroy(), options.handshakeMs);
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        clearTimeout(timer);
        this.#waiting.length = 0;
        this.#gone.abort();
        resolve();
      });
    });
    const intake = new Intake(this.#converse(() => clearTimeout(timer)));
    socket.on('data', (chunk: Buffer) => {
      try {
        intake.feed(chunk);
      } catch (error) {
        options.onError(error, this.#choice?.served.name);
        socket.destroy();
      }
    });
    // The client hung up or died: nobody takes the replies.
    socket.on('end', () => socket.destroy());
    socket.on('error', () => socket.destroy());
  }

  *#converse(agreed: () => void): Script {
    this.#choice = yield* offerExports((bytes) => this.#socket.write(bytes), this.#options.exports);
    agreed();
    if (this.#choice) yield* this.#receiveRequests(this.#choice);
    this.#leaving = true;
    this.#leaveWhenDone();
  }

  *#receiveRequests(choice: Choice): Script {
    for (;;) {
      const request = decodeRequest(yield* take(requestBytes));
      const { type, length } = request;
      if (type === Command.disconnect) return;
      let data: Uint8Array | undefined;
      if (type === Command.write) {
        if (length > maxRequestBytes) throw protocolBreach(`a write of ${length} bytes`);
        if (isReadOnly(choice.served)) yield* skip(length);
        else data = yield* take(length);
      }
      const dataless = type === Command.blockStatus || refuse(request, choice) !== undefined;
      const cost = requestCost + (dataless ? 0 : length);
      this.#waiting.push({ request, data, cost });
      this.#waitingBytes += data?.length ?? 0;
      this.#startWaiting();
    }
  }

  /**
   * Begins what fits. The client is read from as long as it asks in reason, even while its requests wait: only so is it noticed that
   * it has gone.
   */
  #startWaiting(): void {
    for (let job = this.#waiting[0]; job && this.#fits(job); job = this.#waiting[0]) {
      this.#waiting.shift();
      this.#waitingBytes -= job.data?.length ?? 0;
      this.#running += 1;
      this.#costRunning += job.cost;
      void this.#run(job);
    }
    if (this.#waiting.length > maxWaiting || this.#waitingBytes > maxWaitingBytes) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #fits({ cost }: Job): boolean {
    if (this.#running === 0) return true;
    return this.#running < maxInFlight && this.#costRunning + cost <= this.#options.maxBytesInFlight;
  }

  async #run(job: Job): Promise<void> {
    const choice = this.#choice!;
    const { served, structured } = choice;
    const { request } = job;
    let reply: readonly Uint8Array[];
    try {
      const refusal = refuse(request, choice);
      reply = refusal ? failure(request, structured, refusal, '') : await this.#serve(job);
    } catch (error) {
      if (!this.#gone.signal.aborted) this.#options.onError(error, served.name);
      const { errno, text } = errnoOf(error);
      reply = failure(request, structured, errno, text);
    }
    // Its place is free when the client has taken the reply: who does not read is not served on.
    const taken = () => {
      this.#running -= 1;
      this.#costRunning -= job.cost;
      if (this.#socket.destroyed) return;
      this.#startWaiting();
      this.#leaveWhenDone();
    };
    if (this.#socket.destroyed) return;
    this.#socket.cork();
    reply.forEach((bytes, index) => {
      this.#socket.write(bytes, index === reply.length - 1 ? taken : undefined);
    });
    this.#socket.uncork();
  }

  async #serve({ request, data }: Job): Promise<readonly Uint8Array[]> {
    const { served, structured } = this.#choice!;
    const { type, handle, offset, length } = request;
    const signal = this.#gone.signal;
    switch (type) {
      case Command.read: {
        const content = await served.read(offset, length, signal);
        if (content && content.length !== length)
          throw new Error(`${content.length} bytes instead of ${length} at ${offset}`);
        if (!structured) return [encodeSimpleReply(handle, 0), content ?? Buffer.alloc(length)];
        return content
          ? [encodeDataHead(handle, offset, length), content]
          : [encodeHole(handle, offset, length)];
      }
      case Command.blockStatus: {
        const ranges = await served.blockStatus!(offset, length, signal);
        const one = (request.flags & CommandFlag.requestOne) !== 0;
        return [
          encodeBlockStatus(handle, allocationId, fitRanges(ranges, offset, length, one ? 1 : maxRanges)),
        ];
      }
      case Command.write:
        await served.write!(offset, data!, signal);
        break;
      default:
        await served.flush?.(signal);
    }
    return [structured ? encodeNone(handle) : encodeSimpleReply(handle, 0)];
  }

  #leaveWhenDone(): void {
    if (this.#leaving && this.#running === 0 && this.#waiting.length === 0) this.#socket.end();
  }
}

/** The number of the error with which a request is refused before it begins; undefined: it is served. */
function refuse({ type, offset, length }: NbdRequest, { served, allocation }: Choice): number | undefined {
  if (type === Command.flush) return undefined;
  const writes = type === Command.write;
  if (writes && isReadOnly(served)) return Errno.notPermitted;
  const known = writes || type === Command.read || (type === Command.blockStatus && allocation);
  if (!known || length === 0) return Errno.invalid;
  if (offset + length > served.sizeBytes) return writes ? Errno.noSpace : Errno.invalid;
  if (type === Command.read && length > maxRequestBytes) return Errno.overflow;
  return undefined;
}

function failure(
  { handle }: NbdRequest,
  structured: boolean,
  errno: number,
  text: string,
): readonly Uint8Array[] {
  return [structured ? encodeError(handle, errno, text) : encodeSimpleReply(handle, errno)];
}

/** The ranges within the request, at most so many, each short enough for 32 bits. Throws when they do not follow one another. */
function fitRanges(
  ranges: readonly NbdRange[],
  offset: number,
  length: number,
  most: number,
): readonly NbdRange[] {
  const fitting: NbdRange[] = [];
  let at = offset;
  for (const range of ranges) {
    if (at >= offset + length || fitting.length === most) break;
    const bytes = Math.min(range.bytes, offset + length - at);
    if (range.offset !== at || bytes <= 0) throw new Error(`a range at ${range.offset} instead of ${at}`);
    fitting.push({ ...range, bytes });
    at += bytes;
  }
  if (fitting.length === 0) throw new Error(`no range at ${offset}`);
  return fitting;
}
