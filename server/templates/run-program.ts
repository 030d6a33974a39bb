// Runs one long program and hands on its lines while it runs; it never outlives us, nor leaves mounts or children.
import { spawn } from 'node:child_process';
import { AppError } from '../core/errors.ts';

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** What the caller was about to do, in the words of the error. */
  readonly intention: string;
  /** Lines of both outputs. */
  onLine(line: string): void;
}

/** Rejects with `command-failed` (its text the last line that begins with `E:`, else the last one), `timeout`, `cancelled`, `unavailable`. */
export type RunProgram = (file: string, args: readonly string[], options: RunOptions) => Promise<void>;

/**
 * The real one, for root: in mount and process namespaces of its own, which end with it (unshare(1), --kill-child), and killed when
 * the thread that started it dies (setpriv(1), --pdeathsig).
 */
export const runProgram: RunProgram = async (file, args, options) => {
  const { signal, timeoutMs, intention, onLine, env } = options;
  signal.throwIfAborted();
  const contained = [
    '--mount',
    '--propagation',
    'private',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ];
  const argv = ['--pdeathsig', 'KILL', '--', 'unshare', ...contained, '--', file, ...args];
  const child = spawn('setpriv', argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', ...env },
  });
  let timedOut = false;
  const kill = () => child.kill('SIGKILL');
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeoutMs);
  signal.addEventListener('abort', kill, { once: true });
  let last = '';
  const take = (line: string) => {
    if (line.trim() === '') return;
    if (!last.startsWith('E:') || line.startsWith('E:')) last = line;
    onLine(line);
  };
  for (const stream of [child.stdout, child.stderr]) splitLines(stream, take);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (signal.aborted) throw new AppError('cancelled', `${intention}: cancelled`);
    if (timedOut) throw new AppError('timeout', `${intention}: not done in time`);
    if (code !== 0)
      throw new AppError('command-failed', `${intention}: ${last.slice(0, 300) || `exit ${code}`}`);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('unavailable', `${intention}: setpriv is not installed`, { cause: error });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
  }
};

/** Progress bars end their lines with a carriage return. A line longer than 4 KiB is cut. */
function splitLines(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = `${rest}${text}`.split(/[\r\n]+/);
    rest = (lines.pop() ?? '').slice(0, 4096);
    for (const line of lines) take(line.slice(0, 4096));
  });
  stream.on('end', () => take(rest));
}
