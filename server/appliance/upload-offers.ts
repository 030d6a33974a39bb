// Uploads on offer: streams of requests that wait for the task which takes them.
import type { IncomingMessage } from 'node:http';
import { AppError } from '../core/errors.ts';
import { randomName } from '../core/ids.ts';

/** The body of an update, wherever it comes from. */
export interface UpdateSource {
  readonly stream: AsyncIterable<Uint8Array>;
  /** Undefined when the sender does not say. */
  readonly totalBytes: number | undefined;
}

export interface UploadOffer {
  /** By it the task finds the stream; only in this life of the daemon. */
  readonly key: string;
  /** Resolves when the task has read all it wants: then the request can be answered. */
  readonly taken: Promise<void>;
  /** Takes the offer back; what is left of the body is thrown away, so that the client can read its answer. */
  withdraw(): void;
}

export interface UploadOffers {
  offer(incoming: IncomingMessage, totalBytes: number | undefined): UploadOffer;
  /** Gives the stream to `work`, once. `wrong-state` when it is not there (any more). */
  take<T>(key: string, work: (source: UpdateSource) => Promise<T>): Promise<T>;
}

/** Milliseconds without a byte, while somebody reads, after which a client counts as gone. */
const silenceMs = 60_000;

export function createUploadOffers(): UploadOffers {
  const waiting = new Map<string, { source: UpdateSource; done: () => void }>();
  return {
    offer(incoming, totalBytes) {
      const key = randomName();
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.set(key, { source: { stream: bodyOf(incoming), totalBytes }, done: resolve });
      return {
        key,
        taken: promise,
        withdraw() {
          waiting.delete(key);
          incoming.resume();
        },
      };
    },

    async take(key, work) {
      const entry = waiting.get(key);
      waiting.delete(key);
      if (!entry)
        throw new AppError(
          'wrong-state',
          'the upload was interrupted by a restart of the daemon: send it again',
        );
      const result = await work(entry.source);
      entry.done();
      return result;
    },
  };
}

/** The body's bytes. Left early, the connection stays: the client is still to get its answer. */
async function* bodyOf(incoming: IncomingMessage): AsyncGenerator<Uint8Array> {
  const silent = () =>
    incoming.destroy(new AppError('timeout', `nothing came for ${silenceMs / 1000} seconds`));
  let timer = setTimeout(silent, silenceMs);
  try {
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
      clearTimeout(timer);
      yield chunk as Buffer;
      timer = setTimeout(silent, silenceMs);
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('cancelled', 'the connection broke during the upload', { cause });
  } finally {
    clearTimeout(timer);
  }
}
