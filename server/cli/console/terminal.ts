// Lines from a terminal or a pipe, with and without echo: cooked by the kernel, so that any dumb terminal will do.
import type { Io } from '../io.ts';
import { type AskOptions, cancelled, type Talk } from './questions.ts';

export interface TerminalTalk extends Talk {
  /** Ends reading; the terminal is as it was. */
  close(): void;
}

/**
 * Talks over standard input and output. Not by `readline`: it moves the cursor with sequences that serial terminals may
 * not know, and loses what was typed ahead between two interfaces. Secrets need raw mode, and are edited here.
 */
export function openTerminal(io: Io): TerminalTalk {
  const { stdin, stdout } = io;
  let typed = '';
  let ended = false;
  let wake = (): void => {};
  const onData = (data: unknown): void => {
    typed += String(data);
    wake();
  };
  const onEnd = (): void => {
    ended = true;
    wake();
  };
  stdin.setEncoding('utf8');
  stdin.on('data', onData);
  for (const event of ['end', 'close', 'error']) stdin.on(event, onEnd);

  /** Resolves when there is something new to look at, or after `timeoutMs` with false. */
  const more = (timeoutMs: number | undefined): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => resolve(false), timeoutMs);
      wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });

  async function readLine(timeoutMs: number | undefined): Promise<string | undefined> {
    const until = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
    for (;;) {
      const end = typed.indexOf('\n');
      if (end >= 0) return cutTyped(end + 1).replace(/\r?\n$/, '');
      if (ended) return typed === '' ? undefined : cutTyped(typed.length);
      const left = until === undefined ? undefined : until - Date.now();
      if ((left !== undefined && left <= 0) || !(await more(left))) return undefined;
    }
  }

  function cutTyped(length: number): string {
    const text = typed.slice(0, length);
    typed = typed.slice(length);
    return text;
  }

  async function readSecret(): Promise<string | undefined> {
    stdin.setRawMode?.(true);
    try {
      let secret = '';
      for (;;) {
        while (typed !== '') {
          // The rest of a sequence may be on its way over a slow line; Escape alone has none.
          if (unfinished.test(typed) && (await more(sequenceMs))) continue;
          const key = cutTyped(keyLength(typed));
          if (key === '\r' || key === '\n') return secret;
          if (key === '\x03') throw cancelled();
          if (key === '\x04' && secret === '') return undefined;
          if (key === '\x7f' || key === '\b') secret = [...secret].slice(0, -1).join('');
          else if (key === '\x15') secret = '';
          // Arrow keys and the like belong in no password.
          else if (!/[\x00-\x1f]/.test(key)) secret += key;
        }
        if (ended) return undefined;
        await more(undefined);
      }
    } finally {
      stdin.setRawMode?.(false);
      stdout.write('\n');
    }
  }

  return {
    async ask(question: string, options: AskOptions = {}) {
      const { secret = false, default: usual, timeoutMs } = options;
      stdout.write(`${question}${usual === undefined || usual === '' ? '' : ` [${usual}]`}: `);
      const hidden = secret && stdin.isTTY === true && stdin.setRawMode !== undefined;
      const line = hidden ? await readSecret() : await readLine(timeoutMs);
      if (line === undefined) {
        stdout.write('\n');
        return undefined;
      }
      const answer = secret ? line : line.trim();
      return answer === '' ? (usual ?? '') : answer;
    },
    say(line: string) {
      stdout.write(`${line}\n`);
    },
    close() {
      stdin.off('data', onData);
      for (const event of ['end', 'close', 'error']) stdin.off(event, onEnd);
      stdin.pause();
    },
  };
}

const sequenceMs = 100;
const unfinished = /^\x1b(O|\[[0-?]*[ -/]*)?$/;

/** Length of the first key in what was typed: an escape sequence (ECMA-48, 5.4) is one key, a character outside the BMP too. */
function keyLength(typed: string): number {
  const sequence = /^\x1b(\[[0-?]*[ -/]*[@-~]?|O[ -~]?|[ -~])?/.exec(typed);
  return sequence ? sequence[0].length : typed.codePointAt(0)! > 0xffff ? 2 : 1;
}
