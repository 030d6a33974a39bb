// The calls that wait: for their turn, because libvirtd stops reading from a client with too many, and for their reply.
import type { CallOptions } from './caller.ts';
import { LibvirtError } from './errors.ts';
import { MessageStatus, type Packet } from './packet.ts';
import { readRemoteError } from './remote-error.ts';
import { XdrDecoder } from './xdr-decoder.ts';

interface Waiting {
  readonly name: string;
  /** Writes the call under the given serial. */
  readonly send: (serial: number) => void;
  readonly settle: (outcome: XdrDecoder | LibvirtError) => void;
  settled: boolean;
}

/** Gives out serials, keeps at most `maxInFlight` calls with libvirtd, matches replies. */
export class CallQueue {
  readonly #maxInFlight: number;
  readonly #queue: Waiting[] = [];
  readonly #inFlight = new Map<number, Waiting>();
  #serial = 0;
  #failure: LibvirtError | undefined;

  constructor(maxInFlight: number) {
    this.#maxInFlight = maxInFlight;
  }

  add(
    name: string,
    timeoutMs: number,
    options: CallOptions,
    send: (serial: number) => void,
  ): Promise<XdrDecoder> {
    if (this.#failure) return Promise.reject(this.#failure);
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(cancelled(name));
    return new Promise((resolve, reject) => {
      const settle = (outcome: XdrDecoder | LibvirtError) => {
        if (waiting.settled) return;
        waiting.settled = true;
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        if (outcome instanceof LibvirtError) reject(outcome);
        else resolve(outcome);
      };
      const waiting: Waiting = { name, send, settle, settled: false };
      const timer = setTimeout(
        () => settle(new LibvirtError('timeout', `${name}: no answer from libvirtd within ${timeoutMs} ms`)),
        timeoutMs,
      );
      const onAbort = () => settle(cancelled(name));
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(waiting);
      this.#pump();
    });
  }

  /** A reply arrived. One that nobody waits for any more only frees its place. */
  reply(packet: Packet): void {
    const waiting = this.#inFlight.get(packet.serial);
    if (!waiting) return;
    // Read first: when that fails, the connection ends and this call has to be among those told.
    const outcome =
      packet.status === MessageStatus.ok ? new XdrDecoder(packet.payload) : readRemoteError(packet.payload);
    this.#inFlight.delete(packet.serial);
    waiting.settle(outcome);
    this.#pump();
  }

  /** The connection is gone: everything that waits is rejected, and so is all that comes. */
  fail(error: LibvirtError): void {
    if (this.#failure) return;
    this.#failure = error;
    for (const waiting of [...this.#inFlight.values(), ...this.#queue.splice(0)]) waiting.settle(error);
    this.#inFlight.clear();
  }

  #pump(): void {
    while (this.#inFlight.size < this.#maxInFlight) {
      const next = this.#queue.shift();
      if (!next) return;
      if (next.settled) continue;
      this.#serial = (this.#serial % 0xffffffff) + 1;
      this.#inFlight.set(this.#serial, next);
      next.send(this.#serial);
    }
  }
}

function cancelled(name: string): LibvirtError {
  return new LibvirtError('cancelled', `${name}: cancelled`);
}
