// A compressor that is a stream, ours or a program's, as the sink of a writer of archives.
import type { Readable, Writable } from 'node:stream';
import { OrderedCalls } from '../ordered-calls.ts';
import type { ArchiveSink, ByteSink } from './archive-sink.ts';

/** What goes into `input` comes out of `output`; both may be one. */
export interface Compressor {
  readonly input: Writable;
  readonly output: Readable;
  /** Rejects when the output is not whole though it has ended. */
  readonly done?: Promise<void>;
  kill(): void;
}

/** Memory: what the streams and pipes hold, well below a MiB. */
export class StreamedSink implements ArchiveSink {
  readonly #compressor: Compressor;
  readonly #calls = new OrderedCalls();
  /** Never rejects. */
  readonly #output: Promise<void>;
  /** Of the write that is being taken: a stream that is destroyed never calls back for that one. */
  #giveUp: (() => void) | undefined;
  #writtenBytes = 0;

  constructor(target: ByteSink, compressor: Compressor) {
    this.#compressor = compressor;
    this.#output = this.#pump(target);
  }

  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  write(bytes: Buffer): Promise<void> {
    return this.#calls.run(() => this.#take((taken) => this.#compressor.input.write(bytes, taken)));
  }

  end(): Promise<void> {
    return this.#calls.end(async () => {
      await this.#take((taken) => this.#compressor.input.end(taken));
      await this.#output;
      this.#calls.throwFailure();
    });
  }

  async abort(): Promise<void> {
    await this.#calls.cancel(() => this.#stop());
    await this.#output;
  }

  async #pump(target: ByteSink): Promise<void> {
    try {
      for await (const chunk of this.#compressor.output as AsyncIterable<Buffer>) {
        this.#calls.throwFailure();
        await target(chunk);
        this.#writtenBytes += chunk.length;
      }
      await this.#compressor.done;
    } catch (error) {
      this.#calls.fail(error);
      this.#stop();
    }
  }

  /** A failure of the input is told by the output, in better words. */
  async #take(hand: (taken: () => void) => void): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#giveUp = resolve;
      hand(resolve);
    });
    this.#giveUp = undefined;
    if (this.#compressor.input.errored) await this.#output;
  }

  #stop(): void {
    this.#compressor.kill();
    this.#giveUp?.();
  }
}
