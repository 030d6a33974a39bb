// Terminals of containers: a pseudo-terminal of the host with one of LXC's programs in it.
import { type IPty, spawn } from '@lydell/node-pty';
import type { CtTerminal } from '../ct-driver.ts';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Starts the program in a new terminal. What comes before the first listener is kept for it. */
export function openTerminal(file: string, args: readonly string[], size: TerminalSize): CtTerminal {
  const { columns: cols, rows } = bounded(size);
  const pty = spawn(file, [...args], {
    name: 'xterm-256color',
    cols,
    rows,
    cwd: '/',
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
    // Bytes: a character may be cut in two by the size of a reading.
    encoding: null,
  });
  return new PtyTerminal(pty);
}

class PtyTerminal implements CtTerminal {
  readonly #pty: IPty;
  readonly #data: ((data: Buffer) => void)[] = [];
  readonly #end: (() => void)[] = [];
  #early: Buffer[] = [];
  #ended = false;

  constructor(pty: IPty) {
    this.#pty = pty;
    // With no encoding node-pty hands out Buffers, whatever its types say.
    pty.onData((chunk: string | Buffer) => {
      const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      if (this.#data.length === 0) this.#early.push(data);
      for (const listener of this.#data) listener(data);
    });
    pty.onExit(() => {
      this.#ended = true;
      for (const listener of this.#end.splice(0)) listener();
    });
  }

  write(data: Buffer): void {
    // node-pty hands it to a stream, which takes Buffers as well.
    if (!this.#ended) this.#pty.write(data as unknown as string);
  }

  resize(columns: number, rows: number): void {
    if (this.#ended) return;
    const size = bounded({ columns, rows });
    try {
      this.#pty.resize(size.columns, size.rows);
    } catch {
      // It ended a moment ago: the terminal is closed before that is told.
    }
  }

  onData(listener: (data: Buffer) => void): void {
    this.#data.push(listener);
    for (const data of this.#early.splice(0)) listener(data);
  }

  onEnd(listener: () => void): void {
    if (this.#ended) listener();
    else this.#end.push(listener);
  }

  pause(): void {
    if (!this.#ended) this.#pty.pause();
  }

  resume(): void {
    if (!this.#ended) this.#pty.resume();
  }

  close(): void {
    if (this.#ended) return;
    try {
      // Hanging up, as a terminal that is switched off: what runs in it is told.
      this.#pty.kill('SIGHUP');
    } catch {
      // It ended by itself in between.
    }
  }
}

/** The kernel keeps both in 16 bits; nobody has a screen like that. */
function bounded({ columns, rows }: TerminalSize): TerminalSize {
  const within = (value: number, usual: number) =>
    Number.isFinite(value) ? Math.min(1000, Math.max(1, Math.round(value))) : usual;
  return { columns: within(columns, 80), rows: within(rows, 24) };
}
