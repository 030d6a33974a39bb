// Reads the lines of a program's output while it runs, as far as they are wanted: for outputs too large to be kept.
import { spawn } from 'node:child_process';
import { AppError } from '../core/errors.ts';

export interface LineStreamOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** What the caller was about to do, in the words of the error. */
  readonly intention: string;
  /** Gets each line without its end, cut at 64 KiB. Answers false when it has enough. */
  onLine(line: Buffer): boolean;
}

/** `all`: to its end. `enough`: as `onLine` wished. `time`: the time was over first, and what came until then has been told. */
export type StreamEnd = 'all' | 'enough' | 'time';

/** Rejects with `command-failed`, `cancelled` or `unavailable`. The program never outlives the call. */
export type LineStream = (
  file: string,
  args: readonly string[],
  options: LineStreamOptions,
) => Promise<StreamEnd>;

const mostBytes = 64 * 1024;
const newline = 10;

/** The real one. */
export const streamLines: LineStream = async (file, args, options) => {
  const { signal, timeoutMs, intention, onLine } = options;
  if (signal?.aborted) throw new AppError('cancelled', `${intention}: cancelled`);
  const child = spawn(file, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C.UTF-8', LANG: 'C.UTF-8' },
  });
  let end: StreamEnd = 'all';
  let complaint = '';
  const stop = (why: StreamEnd) => {
    if (end === 'all') end = why;
    child.kill('SIGKILL');
    child.stdout.destroy();
  };
  const timer = setTimeout(() => stop('time'), timeoutMs);
  const abort = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  child.stderr.on('data', (data: Buffer) => {
    complaint = (complaint + data.toString('utf8')).slice(-4096);
  });
  const take = lineCutter(onLine);
  child.stdout.on('data', (data: Buffer) => {
    if (end === 'all' && !take(data)) stop('enough');
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (signal?.aborted) throw new AppError('cancelled', `${intention}: cancelled`);
    if (end === 'all' && code !== 0) {
      const last = complaint.trim().split('\n').at(-1)?.slice(0, 300);
      throw new AppError('command-failed', `${intention}: ${last || `exit code ${code}`}`);
    }
    if (end === 'all' && !take(Buffer.from('\n'))) return 'enough';
    return end;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('unavailable', `${intention}: ${file} is not installed`, { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
};

/** Cuts chunks into lines; an empty last line is none. */
function lineCutter(onLine: (line: Buffer) => boolean): (chunk: Buffer) => boolean {
  let rest: Buffer[] = [];
  let restBytes = 0;
  return (chunk) => {
    let from = 0;
    for (;;) {
      const at = chunk.indexOf(newline, from);
      if (at < 0) break;
      const part = chunk.subarray(from, at);
      from = at + 1;
      const line = restBytes === 0 ? part : Buffer.concat([...rest, part]);
      rest = [];
      restBytes = 0;
      if (line.length > 0 && !onLine(line.subarray(0, mostBytes))) return false;
    }
    if (from < chunk.length && restBytes < mostBytes) {
      rest.push(chunk.subarray(from));
      restBytes += chunk.length - from;
    }
    return true;
  };
}
