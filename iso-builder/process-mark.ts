// A mark that a process leaves on what it makes, by which others tell whether it is still there.
import { readFileSync } from 'node:fs';

/** `<pid>-<start>`: process ids are used again, start times are not (clock ticks since boot, proc_pid_stat(5)). */
export function processMark(pid: number = process.pid): string {
  return `${pid}-${startOf(pid) ?? 0}`;
}

/** Is the process of this mark gone? A text that is no mark belongs to nobody. */
export function isGone(mark: string): boolean {
  const [, pid, start] = /^(\d+)-(\d+)$/.exec(mark) ?? [];
  return pid === undefined || String(startOf(Number(pid))) !== start;
}

/** Undefined when there is no such process, or it has ended and only waits for its parent. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold anything, even brackets.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
