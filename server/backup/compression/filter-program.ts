// A program that changes a stream on its way, such as lzop: only its pipes, no files, no rights.
import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { AppError } from '../../core/errors.ts';
import { commandFailed } from '../../core/exec.ts';

export interface FilterProgram {
  readonly input: Writable;
  readonly output: Readable;
  /**
   * When it has ended, everything it said was read, and it is content. Rejects with `command-failed`, its last complaint as
   * the text, or `unavailable` when it is not installed. May be awaited late.
   */
  readonly done: Promise<void>;
  /** Ends it at once; repeatable. */
  kill(): void;
}

/** nobody, as Debian has it. */
const nobody = 65_534;
/** setpriv(1) and env(1): what they were to run does not exist. */
const notFoundCode = 127;
const keptComplaint = 8000;

/**
 * Starts it, as nobody when we are root: what it reads may be hostile. It lives no longer than its pipes.
 * `intention`: what the caller is about to do, in the words of errors.
 */
export function startFilter(argv: readonly string[], intention: string): FilterProgram {
  const root = process.getuid?.() === 0;
  const ids = root ? [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : [];
  const child = spawn('setpriv', [...ids, '--no-new-privs', '--', ...argv], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Nothing else: lzop(1) takes options from a variable of its own.
    env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  let complaint = '';
  child.stderr.on('data', (data: Buffer) => {
    complaint = `${complaint}${data.toString()}`.slice(-keptComplaint);
  });
  // It may end without reading all of it; its exit code tells what that means.
  child.stdin.on('error', () => undefined);
  const done = new Promise<void>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new AppError('unavailable', `${intention}: setpriv is not installed`, { cause })),
    );
    child.once('close', (code) => {
      if (code === 0) resolve();
      else if (code === notFoundCode)
        reject(new AppError('unavailable', `${intention}: ${argv[0]} is not installed`));
      else reject(commandFailed(intention, argv.join(' '), code ?? -1, complaint));
    });
  });
  done.catch(() => undefined);
  return {
    input: child.stdin,
    output: child.stdout,
    done,
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
