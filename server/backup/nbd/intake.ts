// What comes over a connection, read by a script in the order in which it is written.

/**
 * Reads bytes by yielding the buffer, never empty, that they are to fill; it goes on when the buffer is full. Throws when it does not
 * understand what it read: then the connection is of no more use.
 */
export type Script<T = void> = Generator<Uint8Array, T, void>;

/** In a script: the next bytes, for heads and other small things. */
export function* take(bytes: number): Script<Buffer> {
  const buffer = Buffer.allocUnsafe(bytes);
  if (bytes > 0) yield buffer;
  return buffer;
}

const scrapBytes = 64 * 1024;

/** In a script: bytes that nobody wants. */
export function* skip(bytes: number): Script {
  if (bytes === 0) return;
  const scrap = Buffer.allocUnsafe(Math.min(bytes, scrapBytes));
  for (let left = bytes; left > 0; left -= scrap.length) yield scrap.subarray(0, left);
}

/**
 * Runs a script. The socket can write right into the buffer that the script asks for (`target`, then `received`), so that the
 * payload of a reply is not copied; or its chunks are handed over (`feed`).
 */
export class Intake {
  readonly #script: Script;
  #target: Uint8Array = new Uint8Array(0);
  #filled = 0;
  #ended = false;

  /** Runs the script up to its first buffer. */
  constructor(script: Script) {
    this.#script = script;
    this.#advance();
  }

  /** The script is through: what still comes is thrown away. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Where the next bytes belong; never empty. */
  get target(): Uint8Array {
    return this.#filled === 0 ? this.#target : this.#target.subarray(this.#filled);
  }

  /** So many bytes, at least one, were written to the start of `target`. Throws what the script throws. */
  received(bytes: number): void {
    this.#filled += bytes;
    if (this.#filled === this.#target.length) this.#advance();
  }

  /** Takes a chunk of any size. Throws what the script throws. */
  feed(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.#ended; ) {
      const target = this.target;
      const bytes = Math.min(target.length, chunk.length - at);
      target.set(chunk.subarray(at, at + bytes));
      at += bytes;
      this.received(bytes);
    }
  }

  #advance(): void {
    this.#filled = 0;
    if (!this.#ended) {
      const step = this.#script.next();
      if (!step.done) {
        this.#target = step.value;
        return;
      }
      this.#ended = true;
    }
    this.#target = new Uint8Array(scrapBytes);
  }
}
