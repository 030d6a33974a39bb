// Runs a program inside a container by lxc-attach: input as text or stream, bounded output, an end in time.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { AppError } from '../../../core/errors.ts';
import type { CtExecResult } from '../ct-driver.ts';

export interface AttachOptions {
  readonly input?: Readable | string | undefined;
  /** Milliseconds; default five minutes. */
  readonly timeoutMs?: number | undefined;
  readonly signal: AbortSignal;
  /** Bytes kept of each output; the rest is read and dropped. */
  readonly mostBytes?: number;
}

const defaultTimeoutMs = 300_000;
const defaultMostBytes = 1024 * 1024;

/** `args`: of lxc-attach. Rejects with `timeout` or `cancelled` after the program inside was ended, `unavailable` without LXC. */
export async function attachAndRun(args: readonly string[], options: AttachOptions): Promise<CtExecResult> {
  if (options.signal.aborted) throw new AppError('cancelled', 'run a program in a container: cancelled');
  const child = spawn('lxc-attach', [...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    cwd: '/',
  });
  const mostBytes = options.mostBytes ?? defaultMostBytes;
  const outputs = [collect(child.stdout, mostBytes), collect(child.stderr, mostBytes)] as const;
  // It may end without reading all of its input.
  child.stdin.on('error', () => {});
  if (typeof options.input === 'object') {
    options.input.on('error', () => child.stdin.destroy());
    options.input.pipe(child.stdin);
  } else child.stdin.end(options.input ?? '');

  let failure: AppError | undefined;
  const end = (error: AppError) => {
    failure ??= error;
    void endWithChildren(child.pid).finally(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    });
  };
  const stop = () => end(new AppError('cancelled', 'run a program in a container: cancelled'));
  const limit = options.timeoutMs ?? defaultTimeoutMs;
  const timer = setTimeout(
    () => end(new AppError('timeout', 'run a program in a container: it did not end in time')),
    limit,
  );
  options.signal.addEventListener('abort', stop, { once: true });
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', (error) =>
        reject(
          new AppError('unavailable', 'lxc-attach cannot be run', { detail: String(error), cause: error }),
        ),
      );
      // 128 and the signal, as shells say it.
      child.once('close', (code, signal) => resolve(code ?? (signal ? 137 : 1)));
    });
    if (failure) throw failure;
    return { exitCode, stdout: outputs[0](), stderr: outputs[1]() };
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', stop);
    if (typeof options.input === 'object') options.input.destroy();
  }
}

function collect(stream: Readable, mostBytes: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < mostBytes) chunks.push(chunk.subarray(0, mostBytes - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** The program inside is a child of lxc-attach, and would outlive it. */
async function endWithChildren(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  for (const each of [...children.split(' ').map(Number), pid]) {
    if (!(each > 0)) continue;
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // Ended already.
    }
  }
}
