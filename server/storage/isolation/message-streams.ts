// Streams of bytes through a channel of messages: few chunks are under way at a time, so that the slower side sets the pace.
import { Readable } from 'node:stream';
import { AppError } from '../../core/errors.ts';
import { plainError, readPlainError, type StreamMessage } from './messages.ts';

/** Chunks sent and not taken yet: 8 MiB at most on their way, with sources of the usual size of chunks half a MiB. */
const mostUnderWay = 8;
const chunkBytes = 1024 * 1024;

interface Outgoing {
  readonly source: Readable;
  underWay: number;
  wake: () => void;
  unwanted: boolean;
}

interface Incoming {
  readonly stream: Readable;
  /** Not handed over yet; null is the end. */
  readonly waiting: (Buffer | null)[];
  wanted: boolean;
}

/** One side's streams. Numbers of what this side sends are odd or even, as it was made, so that the sides' never meet. */
export class MessageStreams {
  readonly #send: (message: StreamMessage) => void;
  readonly #onIdle: () => void;
  readonly #outgoing = new Map<number, Outgoing>();
  readonly #incoming = new Map<number, Incoming>();
  #next: number;

  /** `onIdle`: whenever none is under way any more. */
  constructor(
    send: (message: StreamMessage) => void,
    side: 'parent' | 'child',
    onIdle: () => void = () => {},
  ) {
    this.#send = send;
    this.#onIdle = onIdle;
    this.#next = side === 'parent' ? 2 : 1;
  }

  /** Is none under way? */
  get idle(): boolean {
    return this.#outgoing.size + this.#incoming.size === 0;
  }

  /** Begins to send what the source holds; answers the stream's number. */
  send(source: Readable): number {
    const stream = this.#next;
    this.#next += 2;
    const outgoing: Outgoing = { source, underWay: 0, wake: () => {}, unwanted: false };
    this.#outgoing.set(stream, outgoing);
    // An error before anybody reads it is told by the reading below.
    source.on('error', () => {});
    void this.#pump(stream, outgoing);
    return stream;
  }

  /** What the other side sends under the number. Destroying it destroys the source. */
  receive(stream: number): Readable {
    const readable = new Readable({
      highWaterMark: 256 * 1024,
      read: () => {
        const incoming = this.#incoming.get(stream);
        if (!incoming) return;
        incoming.wanted = true;
        this.#hand(stream, incoming);
      },
      destroy: (error, done) => {
        if (this.#incoming.has(stream)) this.#send({ kind: 'unwanted', stream });
        this.#drop(this.#incoming, stream);
        done(error);
      },
    });
    // It may break before anybody reads it; whoever does is told all the same.
    readable.on('error', () => {});
    this.#incoming.set(stream, { stream: readable, waiting: [], wanted: false });
    return readable;
  }

  take(message: StreamMessage): void {
    const { stream } = message;
    switch (message.kind) {
      case 'chunk':
      case 'end': {
        const incoming = this.#incoming.get(stream);
        if (!incoming) return;
        incoming.waiting.push(message.kind === 'end' ? null : asBuffer(message.bytes));
        this.#hand(stream, incoming);
        return;
      }
      case 'broken':
        this.#break(stream, readPlainError(message.error));
        return;
      case 'taken': {
        const outgoing = this.#outgoing.get(stream);
        if (!outgoing) return;
        outgoing.underWay -= 1;
        outgoing.wake();
        return;
      }
      case 'unwanted': {
        const outgoing = this.#outgoing.get(stream);
        if (!outgoing) return;
        outgoing.unwanted = true;
        outgoing.wake();
        outgoing.source.destroy();
      }
    }
  }

  /** The other side is gone: what it sent breaks, what it read ends. */
  close(): void {
    const gone = () => new AppError('unavailable', "the storage's process has ended");
    for (const stream of [...this.#incoming.keys()]) this.#break(stream, gone());
    for (const outgoing of this.#outgoing.values()) {
      outgoing.unwanted = true;
      outgoing.wake();
      outgoing.source.destroy();
    }
  }

  #break(stream: number, error: AppError): void {
    const incoming = this.#incoming.get(stream);
    this.#drop(this.#incoming, stream);
    incoming?.stream.destroy(error);
  }

  #drop(streams: Map<number, unknown>, stream: number): void {
    if (streams.delete(stream) && this.idle) this.#onIdle();
  }

  /** Hands chunks over as long as the reader wants them. */
  #hand(stream: number, incoming: Incoming): void {
    while (incoming.wanted && incoming.waiting.length > 0) {
      const chunk = incoming.waiting.shift() ?? null;
      if (chunk === null) this.#drop(this.#incoming, stream);
      else this.#send({ kind: 'taken', stream });
      incoming.wanted = incoming.stream.push(chunk);
    }
  }

  async #pump(stream: number, outgoing: Outgoing): Promise<void> {
    try {
      for await (const piece of outgoing.source) {
        const bytes = Buffer.isBuffer(piece) ? piece : Buffer.from(piece as string | Uint8Array);
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          while (outgoing.underWay >= mostUnderWay && !outgoing.unwanted)
            await new Promise<void>((resolve) => {
              outgoing.wake = resolve;
            });
          if (outgoing.unwanted) return;
          outgoing.underWay += 1;
          this.#send({ kind: 'chunk', stream, bytes: bytes.subarray(at, at + chunkBytes) });
        }
      }
      if (!outgoing.unwanted) this.#send({ kind: 'end', stream });
    } catch (error) {
      if (!outgoing.unwanted) this.#send({ kind: 'broken', stream, error: plainError(error) });
    } finally {
      this.#drop(this.#outgoing, stream);
      outgoing.source.destroy();
    }
  }
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
