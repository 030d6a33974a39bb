// Waits for tasks: their log live, their result as the result of the command.
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, invalidInput } from '../core/errors.ts';
import { printable } from './render.ts';
import type { Session } from './session.ts';

interface LogLine {
  readonly n: number;
  readonly t: string;
}

interface TaskStatus {
  readonly status: 'running' | 'stopped';
  readonly exitstatus?: string;
}

const firstPauseMs = 60;
const longestPauseMs = 1000;
const linesAtOnce = 500;

/** Is it the name of a task, as methods that take long answer it? */
export function isUpid(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('UPID:');
}

/** The path of a task on its node. Throws `invalid-input` when it is not a UPID. */
export function taskPath(upid: string): string {
  const node = upid.split(':')[1];
  if (!isUpid(upid) || !node || upid.split(':').length < 9)
    throw invalidInput({ upid: "not a task's UPID; 'croft task list' shows them" });
  return `/nodes/${encodeURIComponent(node)}/tasks/${encodeURIComponent(upid)}`;
}

/** Log lines from number `from` (starting at 0) on. */
export async function readTaskLog(session: Session, upid: string, from: number): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const start = from + lines.length;
    const { data, total } = await session.client.callFull<LogLine[]>('GET', `${taskPath(upid)}/log`, {
      start,
      limit: linesAtOnce,
    });
    // An empty log is answered with one line that says so: it is none of the task's own.
    if (total === 0 || data.length === 0) return lines;
    lines.push(...data.map((line) => line.t));
    if (data.length < linesAtOnce) return lines;
  }
}

/** Shows the log until the task ends; answers its exit status (`OK`, `WARNINGS: n`, or the error). */
export async function watchTask(session: Session, upid: string): Promise<string> {
  let seen = 0;
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 1.5, longestPauseMs)) {
    // State first: what a task that ended had to say is then in the log that is read after it.
    const { status, exitstatus } = await session.client.call<TaskStatus>('GET', `${taskPath(upid)}/status`);
    const lines = await readTaskLog(session, upid, seen);
    seen += lines.length;
    for (const line of lines) session.say(printable(line));
    if (status === 'stopped') return exitstatus ?? 'unexpected status';
    if (lines.length > 0) pause = firstPauseMs;
    await delay(pause);
  }
}

/** Has a task with this exit status done its work? */
export function isSuccess(exitStatus: string): boolean {
  return exitStatus === 'OK' || exitStatus.startsWith('WARNINGS');
}

/**
 * What a command does with the answer of a method that may have started a task: waits for it and fails with it, unless
 * `--no-wait`. `more` goes into the JSON answer.
 */
export async function finish(
  session: Session,
  answer: unknown,
  more: Record<string, unknown> = {},
): Promise<void> {
  if (!isUpid(answer)) {
    if (session.json) session.answer(Object.keys(more).length > 0 ? more : answer, () => '');
    return;
  }
  if (!session.wait) {
    session.answer({ ...more, upid: answer }, () => `${answer}\n`);
    return;
  }
  const exitstatus = await watchTask(session, answer);
  session.answer({ ...more, upid: answer, exitstatus }, () => '');
  if (!isSuccess(exitstatus))
    throw new AppError('command-failed', `the task failed: ${exitstatus}`, { data: { upid: answer } });
  if (exitstatus !== 'OK') session.say(`ended with ${exitstatus.toLowerCase()}`);
}
