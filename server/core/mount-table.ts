// The host's table of mounts.
import { readFileSync } from 'node:fs';

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

function plain(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
