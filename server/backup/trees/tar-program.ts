// One program of ours with pipes: tar or rsync, started in a place where it can do no harm, ended with its work.
import { type ChildProcess, spawn } from 'node:child_process';
import { AppError, type ErrorCode } from '../../core/errors.ts';

export interface StartedProgram {
  readonly child: ChildProcess;
  /** When it is gone and all it said was read. Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  /** Ends it at once; repeatable. Also called by the signal. */
  kill(): void;
}

export interface ProgramEnd {
  /** Undefined: it was killed, or never ran. */
  readonly code: number | undefined;
  /** Lines of its standard error, without empty ones: the first 100. */
  readonly complaints: readonly string[];
}

const mostComplaintBytes = 32_768;
const mostComplaints = 100;

/** Standard error is always read; `stdout: 'lines'` hands its output to nobody. An aborted signal ends it in the same tick. */
export function startProgram(
  [file, args]: readonly [string, readonly string[]],
  stdio: { readonly stdin: 'pipe' | 'ignore'; readonly stdout: 'pipe' | 'ignore' },
  signal: AbortSignal,
): StartedProgram {
  const child = spawn(file, args, {
    stdio: [stdio.stdin, stdio.stdout, 'pipe'],
    // tar(1) and rsync(1) take options from variables of their own. UTF-8 or not, names are bytes to them.
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    cwd: '/',
  });
  let text = '';
  child.stderr?.on('data', (data: Buffer) => {
    if (text.length < mostComplaintBytes) text += data.toString('utf8');
  });
  // It may end without reading all of it; its exit code tells what that means.
  child.stdin?.on('error', () => undefined);
  const kill = () => {
    child.kill('SIGKILL');
  };
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  const ended = new Promise<ProgramEnd>((resolve) => {
    const done = (code: number | null, said: string) => {
      signal.removeEventListener('abort', kill);
      const complaints = said
        .split('\n')
        .map((line) => plainLine(line))
        .filter((line) => line !== '')
        .slice(0, mostComplaints);
      resolve({ code: code ?? undefined, complaints });
    };
    child.once('error', (error) => done(null, String(error)));
    child.once('close', (code) => done(code, text));
  });
  return { child, ended, kill };
}

/** ENOSPC and EDQUOT in words, and how tar(1) says that a write came to less than was asked for. */
const noSpace = /No space left|Disk quota exceeded|Wrote only \d+ of \d+ bytes/;

/** Does it complain that there is no space left? */
export function isFull({ complaints }: ProgramEnd): boolean {
  return complaints.some((line) => noSpace.test(line));
}

/** An error of the code, or `no-capacity` when the complaint is about that. Its text is the intention and the first complaint. */
export function programError(
  code: ErrorCode,
  intention: string,
  { code: exitCode, complaints }: ProgramEnd,
): AppError {
  const first = complaints.find((line) => !/: (Warning|warning):? |socket ignored$/.test(line)) ?? '';
  const full = complaints.find((line) => noSpace.test(line));
  const data = exitCode === undefined ? {} : { exitCode };
  const text =
    full ?? (first || (exitCode === undefined ? 'the program was ended' : `exit code ${exitCode}`));
  return new AppError(full === undefined ? code : 'no-capacity', `${intention}: ${text}`, {
    detail: complaints.join('\n'),
    data,
  });
}

/** What a terminal would obey is taken out: names in it are a stranger's. */
function plainLine(line: string): string {
  return line
    .replace(/^(tar|rsync): /, '')
    .replace(/[\x00-\x1f\x7f]/g, '?')
    .trim()
    .slice(0, 300);
}
