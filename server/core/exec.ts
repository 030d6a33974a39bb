// The one way to run a program: argument array, fixed locale, time limit, abort, bounded output, replaceable by a recording.
import { execa, type Options } from 'execa';
import { AppError } from './errors.ts';

export interface ExecOptions {
  /** Milliseconds until the program is ended; default 30,000. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
  /** Text or bytes for its standard input; without it, standard input is empty. Secrets go here, never into arguments. */
  input?: string | Uint8Array;
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** Exit codes that are not a failure; default `[0]`. */
  okExitCodes?: readonly number[];
  /** What the caller was about to do, in the words of the error: `create image`. */
  intention?: string;
  /** Most bytes kept of each output stream; default 16 MiB. */
  maxBytes?: number;
}

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs `file` with `args`. Rejects with `command-failed`, `timeout`, `cancelled` or `unavailable` (no such program). */
export type Exec = (file: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>;

const defaultTimeoutMs = 30_000;
const defaultMaxBytes = 16 * 1024 * 1024;

/** The real one. `LC_ALL=C` and `LANG=C`, so that output can be read by programs. */
export const exec: Exec = async (file, args, options = {}) => {
  const intention = options.intention ?? `run ${file}`;
  const settings: Options = {
    reject: false,
    timeout: options.timeoutMs ?? defaultTimeoutMs,
    maxBuffer: options.maxBytes ?? defaultMaxBytes,
    stripFinalNewline: false,
    env: { LC_ALL: 'C', LANG: 'C', ...options.env },
    ...(options.signal ? { cancelSignal: options.signal } : {}),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
  };
  const result = await execa(file, [...args], settings);
  const argv = [file, ...args].join(' ');
  if (result.isCanceled) throw new AppError('cancelled', `${intention}: cancelled`, { detail: argv });
  if (result.timedOut) throw new AppError('timeout', `${intention}: no answer in time`, { detail: argv });
  if (result.exitCode === undefined) {
    const missing = result.code === 'ENOENT';
    throw new AppError(
      missing ? 'unavailable' : 'command-failed',
      `${intention}: ${missing ? `${file} is not installed` : 'the program ended abnormally'}`,
      {
        detail: `${argv}: ${result.shortMessage ?? ''}`,
      },
    );
  }
  const stdout = String(result.stdout ?? '');
  const stderr = String(result.stderr ?? '');
  if (!(options.okExitCodes ?? [0]).includes(result.exitCode)) {
    throw commandFailed(intention, argv, result.exitCode, stderr || stdout);
  }
  return { exitCode: result.exitCode, stdout, stderr };
};

/** `command-failed` whose public text is the intention and the program's last line of complaint. */
export function commandFailed(
  intention: string,
  argv: string,
  exitCode: number,
  complaint: string,
): AppError {
  const lastLine = complaint.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  return new AppError('command-failed', `${intention}: ${lastLine || `exit code ${exitCode}`}`, {
    detail: `${argv}\nexit ${exitCode}\n${complaint.slice(0, 8000)}`,
    data: { exitCode },
  });
}
