// The one way to run a program: argument array, fixed locale, time limit, abort, bounded output, replaceable by a recording.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
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
  /** Open files that the program gets as its descriptors 3, 4, ...; they stay the caller's to close. */
  files?: readonly number[];
  /** Its output is thrown away: of programs that leave children behind, which would hold it open, and us with it. */
  noOutput?: boolean;
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
/** After SIGTERM; then a program that does not listen is killed. */
const graceMs = 5000;

/** The real one. `LC_ALL=C` and `LANG=C`, so that output can be read by programs. */
export const exec: Exec = async (file, args, options = {}) => {
  const intention = options.intention ?? `run ${file}`;
  const argv = [file, ...args].join(' ');
  const { reason, exitCode, stdout, stderr } = await run(file, args, options);
  if (reason === 'cancelled') throw new AppError('cancelled', `${intention}: cancelled`, { detail: argv });
  if (reason === 'timeout')
    throw new AppError('timeout', `${intention}: no answer in time`, { detail: argv });
  if (exitCode === undefined) {
    const missing = reason === 'missing';
    throw new AppError(
      missing ? 'unavailable' : 'command-failed',
      `${intention}: ${missing ? `${file} is not installed` : 'the program ended abnormally'}`,
      { detail: `${argv}: ${reason ?? ''}\n${stderr.slice(0, 8000)}` },
    );
  }
  if (!(options.okExitCodes ?? [0]).includes(exitCode)) {
    throw commandFailed(intention, argv, exitCode, stderr || stdout);
  }
  return { exitCode, stdout, stderr };
};

interface Ended {
  /** Where there is no exit code: `cancelled`, `timeout`, `missing` (no such program), or words for the log. */
  readonly reason: string | undefined;
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Those that run; they do not outlive the daemon's own orderly end. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill();
});

/** Resolves when the program has ended and nobody holds its output open any more; never rejects. */
function run(file: string, args: readonly string[], options: ExecOptions): Promise<Ended> {
  const { signal, input, cwd, timeoutMs = defaultTimeoutMs, maxBytes = defaultMaxBytes } = options;
  const none = { exitCode: undefined, stdout: '', stderr: '' };
  if (signal?.aborted) return Promise.resolve({ ...none, reason: 'cancelled' });
  const output = options.noOutput ? 'ignore' : 'pipe';
  const { promise, resolve } = Promise.withResolvers<Ended>();
  let child: ChildProcess;
  try {
    child = spawn(file, args, {
      cwd,
      env: { ...process.env, LC_ALL: 'C', LANG: 'C', ...options.env },
      stdio: [input === undefined ? 'ignore' : 'pipe', output, output, ...(options.files ?? [])],
    });
  } catch (error) {
    // A NUL byte in an argument, more arguments than the kernel takes.
    return Promise.resolve({ ...none, reason: String(error) });
  }
  running.add(child);
  let reason: string | undefined;
  let exited = false;
  let killing: NodeJS.Timeout | undefined;
  // A child of its own that holds its output open must not hold us.
  const letGo = () => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const end = (why: string) => {
    if (reason !== undefined) return;
    reason = why;
    if (exited) return letGo();
    child.kill();
    killing = setTimeout(() => child.kill('SIGKILL'), graceMs);
  };
  const tooMuch = () => end(`more than ${maxBytes} bytes of output`);
  const outputs = [
    collect(child.stdout, maxBytes, tooMuch),
    collect(child.stderr, maxBytes, tooMuch),
  ] as const;
  const cancel = () => end('cancelled');
  signal?.addEventListener('abort', cancel, { once: true });
  const timer = setTimeout(() => end('timeout'), timeoutMs);
  const done = (ended: Ended) => {
    clearTimeout(timer);
    clearTimeout(killing);
    signal?.removeEventListener('abort', cancel);
    running.delete(child);
    resolve(ended);
  };
  child.on('error', (error: NodeJS.ErrnoException) => {
    // Else it is about a signal that could not be sent.
    if (child.pid === undefined)
      done({ ...none, reason: error.code === 'ENOENT' ? 'missing' : String(error) });
  });
  child.once('exit', () => {
    exited = true;
    clearTimeout(killing);
    if (reason !== undefined) letGo();
  });
  child.once('close', (code, by) => {
    const [stdout, stderr] = [outputs[0](), outputs[1]()];
    const exitCode = reason === undefined ? (code ?? undefined) : undefined;
    done({ reason: reason ?? `ended by ${by}`, exitCode, stdout, stderr });
  });
  if (child.stdin) {
    // It may end without reading all of it.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  }
  return promise;
}

function collect(stream: Readable | null, mostBytes: number, tooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= mostBytes) chunks.push(chunk);
    else tooMuch();
  });
  // What is cut off by us is told by the reason.
  stream?.on('error', () => {});
  return () => Buffer.concat(chunks).toString('utf8');
}

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
