// A pseudo-terminal of this machine with a program in it.
import { type IPty, spawn } from '@lydell/node-pty';
import type { OpenTerminal, Terminal, TerminalSize } from './terminal.ts';
import { hangUp } from './terminal-processes.ts';

/** Starts the program in a new terminal. What it says before the first listener is kept for it. */
export const openTerminal: OpenTerminal = (file, args, size) => {
  const { columns: cols, rows } = bounded(size);
  const pty = spawn(file, [...args], {
    ...{ name: 'xterm-256color', cols, rows, cwd: '/' },
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
    // Bytes: a character may be cut in two by the size of a reading.
    encoding: null,
  });
  return terminalOf(pty);
};

function terminalOf(pty: IPty): Terminal {
  const listeners: ((data: Buffer) => void)[] = [];
  const endings: (() => void)[] = [];
  const early: Buffer[] = [];
  let ended = false;
  let closing = false;
  // With no encoding node-pty hands out Buffers, whatever its types say.
  pty.onData((chunk: string | Buffer) => {
    const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (listeners.length === 0) early.push(data);
    for (const listener of listeners) listener(data);
  });
  pty.onExit(() => {
    ended = true;
    for (const listener of endings.splice(0)) listener();
  });
  return {
    write(data) {
      // node-pty hands it to a stream, which takes Buffers as well.
      if (!ended) pty.write(data as unknown as string);
    },
    resize(columns, rows) {
      if (ended) return;
      const size = bounded({ columns, rows });
      try {
        pty.resize(size.columns, size.rows);
      } catch {
        // It ended a moment ago: the terminal is closed before that is told.
      }
    },
    onData(listener) {
      listeners.push(listener);
      for (const data of early.splice(0)) listener(data);
    },
    onEnd(listener) {
      if (ended) listener();
      else endings.push(listener);
    },
    pause() {
      if (!ended) pty.pause();
    },
    resume() {
      if (!ended) pty.resume();
    },
    close() {
      if (ended || closing) return;
      closing = true;
      // A terminal whose reader waits for room would never see the end of its program.
      pty.resume();
      hangUp(pty.pid).catch(() => {});
    },
  };
}

/** The kernel keeps both in 16 bits; nobody has a screen like that. */
function bounded({ columns, rows }: TerminalSize): TerminalSize {
  const within = (value: number, usual: number) =>
    Number.isFinite(value) ? Math.min(1000, Math.max(1, Math.round(value))) : usual;
  return { columns: within(columns, 80), rows: within(rows, 24) };
}
