// A machine's serial console: waits for text as expect(1) does, types, and keeps everything that the machine ever printed.
import { existsSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';

/**
 * What is printed is read from QEMU's log of the line: it is complete from the first byte, with nobody connected. The
 * socket is for typing; whoever connects to it must read, or the guest's writes would block.
 */
export class Serial {
  readonly #socketPath: string;
  readonly #logFile: string;
  readonly #alive: () => boolean;
  #socket: Socket | undefined;
  #seen = 0;

  constructor(socketPath: string, logFile: string, alive: () => boolean) {
    this.#socketPath = socketPath;
    this.#logFile = logFile;
    this.#alive = alive;
  }

  /** Everything printed so far, over all starts of the machine, without escape sequences. */
  transcript(): string {
    return existsSync(this.#logFile) ? readable(readFileSync(this.#logFile, 'utf8')) : '';
  }

  /** Waits for text after what earlier waits consumed, and consumes up to its end. Rejects with the last lines seen. */
  async waitFor(pattern: RegExp, withinMs: number): Promise<RegExpExecArray> {
    const until = Date.now() + withinMs;
    const once = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    for (;;) {
      // Asked before reading: what it printed while ending is then read.
      const alive = this.#alive();
      const fresh = this.transcript().slice(this.#seen);
      const match = once.exec(fresh);
      if (match) {
        this.#seen += match.index + match[0].length;
        return match;
      }
      if (!alive || Date.now() > until) {
        const why = alive ? `not within ${withinMs / 1000} s` : 'the machine has ended';
        throw new Error(`${pattern} on the serial console: ${why}; last:\n${lastLines(fresh, 15)}`);
      }
      await delay(100);
    }
  }

  /** From now on only what comes later is waited for. */
  skip(): void {
    this.#seen = this.transcript().length;
  }

  /** Types as it is; a command ends with `\n`. */
  async send(text: string): Promise<void> {
    this.#socket ??= await this.#open();
    await new Promise<void>((resolve, reject) =>
      this.#socket!.write(text, (error) => (error ? reject(error) : resolve())),
    );
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#socketPath);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => {
          if (this.#socket === socket) this.#socket = undefined;
        });
        socket.resume();
        resolve(socket);
      });
    });
  }
}

/** Console text as a person reads it: no escape sequences, plain line ends. */
export function readable(text: string): string {
  // A sequence cut off at the end stays out until it is whole, so that positions in the text never shift.
  const whole = text.replace(/\x1b(?:\[[0-9;?]*)?$/, '').replace(/\r+$/, '');
  return stripVTControlCharacters(whole).replace(/\r+\n/g, '\n').replace(/\r/g, '\n').replace(/\x1b./g, '');
}

/** The end of a text, without empty lines after it. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
