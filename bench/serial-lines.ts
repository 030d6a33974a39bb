// What a guest writes on its serial port, line by line, each with when it came.
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const connectWithinMs = 10_000;

interface SerialLine {
  /** Of `performance.now()`. */
  readonly atMs: number;
  readonly text: string;
}

export class SerialLines {
  /** Without the last one, as long as it is not whole. */
  readonly lines: SerialLine[] = [];
  /** Resolves with the first line. */
  readonly first: Promise<void>;
  readonly #socket: ReturnType<typeof connect>;
  #rest = '';

  private constructor(socket: ReturnType<typeof connect>) {
    this.#socket = socket;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.first = promise;
    socket.setEncoding('latin1').on('data', (text: string) => {
      const atMs = performance.now();
      const parts = (this.#rest + text).split('\n');
      this.#rest = parts.pop() ?? '';
      for (const part of parts) this.lines.push({ atMs, text: part });
      if (this.lines.length > 0) resolve();
    });
  }

  /** Connects as soon as QEMU listens there. */
  static async of(path: string): Promise<SerialLines> {
    const until = performance.now() + connectWithinMs;
    for (;;) {
      const socket = connect(path);
      const connected = await new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true));
        socket.once('error', () => resolve(false));
      });
      if (connected) return new SerialLines(socket);
      if (performance.now() > until) throw new Error(`nobody listens on ${path}`);
      await delay(10);
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
