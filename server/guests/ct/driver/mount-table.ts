// The host's table of mounts, and the list of a container's mounts that its stop hook works through.
import { appendFileSync, existsSync, readFileSync, unlinkSync } from 'node:fs';

export interface MountEntry {
  readonly point: string;
  readonly type: string;
  readonly source: string;
}

/** proc_pid_mountinfo(5), in the order of mounting; blanks and backslashes in paths are octal there. */
export function readMountTable(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ');
    const point = before?.split(' ')[4];
    const [type, source] = after?.split(' ') ?? [];
    return point === undefined || type === undefined
      ? []
      : [{ point: plain(point), type, source: plain(source ?? '') }];
  });
}

export function readHostMounts(): MountEntry[] {
  return readMountTable(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** Mounted at the folder or below it, last mounted first. */
export function mountedBelow(table: readonly MountEntry[], folder: string): MountEntry[] {
  return table.filter(({ point }) => point === folder || point.startsWith(`${folder}/`)).reverse();
}

/** Notes a mount point before it is used: whoever comes after a crash finds it. */
export function noteMount(file: string, point: string): void {
  appendFileSync(file, `${point}\n`, { mode: 0o600 });
}

export function forgetMounts(file: string): void {
  if (existsSync(file)) unlinkSync(file);
}

function plain(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
