// One run of a hook script: a process group of its own, little environment, bounded output, ended with all that it started.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';

export interface HookProcessOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Milliseconds between the request to end and the end by force; default 5,000. */
  readonly graceMs?: number;
  /** What it finds in its environment besides the little that all scripts do. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Lines of both outputs, at most `mostLines` and `mostBytes` of them and then the last few. */
  onLine(line: string): void;
}

/**
 * Resolves when the file ended with exit code 0. Rejects with `command-failed` (exit code and its last complaint, or else its last line), `timeout`, or what the
 * signal was aborted with; then its whole process group was ended. What it left in the background when it ended by itself runs on.
 */
export type RunHookProcess = (
  file: string,
  args: readonly string[],
  options: HookProcessOptions,
) => Promise<void>;

export const mostLines = 500;
export const mostBytes = 64 * 1024;
const longestLine = 1000;
/** Lines shown of the end of an output that was too long. */
const lastLines = 5;
const defaultGraceMs = 5000;
/** A background process may hold the outputs open: no longer than this are they read after the script's end. */
const drainMs = 500;

/** All that a script finds of its environment: nothing of the daemon's. */
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  LANG: 'C',
};

/** The real one. */
export const runHookProcess: RunHookProcess = async (file, args, options) => {
  const { signal, timeoutMs, graceMs = defaultGraceMs } = options;
  signal.throwIfAborted();
  await assertExecutable(file);
  // `detached`: setsid(2), so that the script leads a process group (kill(2) with a negative number) and no signal meant for us meets it.
  const child = spawn(file, args, {
    ...{ cwd: '/', detached: true, env: { ...options.environment, ...environment } },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = boundedLines(options.onLine);
  let complaint: string | undefined;
  splitLines(child.stdout, output.take);
  splitLines(child.stderr, (line) => {
    if (line.trim() !== '') complaint = line;
    output.take(line);
  });
  const ended = exitOf(child);
  const closed = once(child, 'close').catch(() => {});
  const limit = AbortSignal.timeout(timeoutMs);
  const giveUp = AbortSignal.any([signal, limit]);
  const endAll = () => void endGroup(child, ended, graceMs);
  giveUp.addEventListener('abort', endAll, { once: true });
  if (giveUp.aborted) endAll();
  try {
    const outcome = await ended;
    if (giveUp.aborted) signalGroup(child, 'SIGKILL');
    await Promise.race([closed, sleep(drainMs)]);
    const last = output.finish();
    const words = (complaint ?? last)?.slice(0, 300);
    signal.throwIfAborted();
    if (limit.aborted) throw new AppError('timeout', `it did not end within ${timeoutMs / 1000} s`);
    if (outcome !== 'exit code 0')
      throw new AppError('command-failed', words === undefined ? outcome : `${outcome}: ${words}`);
  } finally {
    giveUp.removeEventListener('abort', endAll);
    child.stdout.destroy();
    child.stderr.destroy();
  }
};

/** `command-failed` in the words of the API's peers. */
async function assertExecutable(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new AppError('command-failed', 'the script does not exist');
  // Not access(2): root may execute whatever anybody may, and asks for nothing less here.
  if ((found.mode & 0o111) === 0) throw new AppError('command-failed', 'the script is not executable');
}

/** `exit code 3`, `ended by SIGKILL`; rejects when it could not be started. */
async function exitOf(child: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    child.once('error', ({ code, message }: NodeJS.ErrnoException) =>
      reject(new AppError('command-failed', `the script cannot be run: ${code ?? message}`)),
    );
    child.once('exit', (code, by) => resolve(code === null ? `ended by ${by}` : `exit code ${code}`));
  });
}

async function endGroup(child: ChildProcess, ended: Promise<string>, graceMs: number): Promise<void> {
  signalGroup(child, 'SIGTERM');
  const gone = ended.catch(() => '').then(() => true);
  if (!(await Promise.race([gone, sleep(graceMs, false)]))) signalGroup(child, 'SIGKILL');
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

/** Hands on lines until it was enough; `finish` tells the last ones of what was left out, and answers the very last line. */
function boundedLines(onLine: (line: string) => void) {
  let bytes = 0;
  let lines = 0;
  let leftOut = 0;
  const tail: string[] = [];
  return {
    take(line: string): void {
      if (line.trim() === '') return;
      tail.push(line);
      if (tail.length > lastLines) tail.shift();
      bytes += Buffer.byteLength(line);
      lines += 1;
      if (leftOut > 0 || lines > mostLines || bytes > mostBytes) leftOut += 1;
      else onLine(line);
    },
    finish(): string | undefined {
      const shown = tail.slice(-leftOut);
      if (leftOut > shown.length) onLine(`(${leftOut - shown.length} lines left out)`);
      if (leftOut > 0) for (const line of shown) onLine(line);
      return tail.at(-1);
    },
  };
}

/** A line that is too long becomes several. */
function splitLines(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = `${rest}${text}`.split(/[\r\n]+/);
    rest = lines.pop() ?? '';
    for (const line of lines) takePieces(line);
    if (rest.length > longestLine) {
      takePieces(rest);
      rest = '';
    }
  });
  stream.on('end', () => takePieces(rest));
  // Destroyed at the end, whatever is still in it.
  stream.on('error', () => {});

  function takePieces(line: string): void {
    for (let at = 0; at < line.length; at += longestLine) take(line.slice(at, at + longestLine));
  }
}
