// Programs run inside a container by the daemon: one, or one again and again over a long list of paths.
import { AppError } from '../core/errors.ts';
import { printable } from './render.ts';
import type { Session } from './session.ts';

export interface Outcome {
  readonly exitcode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The daemon keeps this much of each output and drops the rest. */
const mostOutputBytes = 1024 * 1024;
/** Of arguments at a time, far below what the kernel and the daemon take. */
const mostArgumentBytes = 48 * 1024;
/** As shells say that there is no such program, or that it cannot be run. */
const notRun = [126, 127];

/** `path`: of the container in the API. Whatever exit code it has. */
export function runInside(session: Session, path: string, command: readonly string[]): Promise<Outcome> {
  return session.client.call<Outcome>('POST', `${path}/exec`, { command });
}

/** Runs the program over all paths, as many at a time as fit. `command-failed` with what it complained of when it fails. */
export async function runOver(
  session: Session,
  path: string,
  command: readonly string[],
  paths: readonly string[],
): Promise<void> {
  for (const batch of batches(paths)) {
    const outcome = await runInside(session, path, [...command, ...batch]);
    if (outcome.exitcode !== 0) throw failed(command, outcome);
  }
}

/**
 * What `find` prints of the paths with these tests, each followed by a NUL character: its words are the container's own, so nothing of
 * them is to be believed. Links given are followed, links found are not. `command-failed` when there is no `find`, `invalid-input`
 * when there is more than the daemon hands over.
 */
export async function findInside(
  session: Session,
  path: string,
  folders: readonly string[],
  tests: readonly string[],
): Promise<{ readonly names: readonly string[]; readonly complaint: string }> {
  const names: string[] = [];
  let complaint = '';
  for (const batch of batches(folders)) {
    const command = ['find', ...batch.map((folder) => `${folder}/.`), ...tests, '-print0'];
    const outcome = await runInside(session, path, command);
    if (notRun.includes(outcome.exitcode)) throw failed(['find'], outcome);
    // What was cut within a character ends with a stand-in of three bytes.
    if (Buffer.byteLength(outcome.stdout) >= mostOutputBytes - 3)
      throw new AppError('invalid-input', `${folders[0]}: too many files, more than 1 MiB of names`, {
        data: { hint: 'copy the folders in it one by one' },
      });
    names.push(...outcome.stdout.split('\0').slice(0, -1));
    if (outcome.exitcode !== 0) complaint ||= firstLine(outcome.stderr);
  }
  return { names, complaint };
}

function failed([program = '']: readonly string[], { exitcode, stderr }: Outcome): AppError {
  return new AppError(
    'command-failed',
    notRun.includes(exitcode)
      ? `the container has no program '${program}', which copying a folder takes`
      : `${program} in the container failed: ${firstLine(stderr)}`,
  );
}

function firstLine(text: string): string {
  return printable(text.trim().split('\n')[0] ?? '');
}

function* batches(paths: readonly string[]): Generator<string[]> {
  let batch: string[] = [];
  let size = 0;
  for (const path of paths) {
    const length = Buffer.byteLength(path) + 1;
    if (batch.length > 0 && size + length > mostArgumentBytes) {
      yield batch;
      [batch, size] = [[], 0];
    }
    batch.push(path);
    size += length;
  }
  if (batch.length > 0) yield batch;
}
