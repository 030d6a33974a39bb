// Arguments of the lxc-* programs, and the reasons that their log gives.
import { join } from 'node:path';
import { ctName, ctPaths } from '../ct-paths.ts';

/** Where a driver's containers are, and what they are called. */
export interface LxcNames {
  readonly base: string;
  readonly prefix: string;
}

/** LXC keeps nothing there, but names its command socket by it. */
export function lxcPath(base: string): string {
  return join(base, 'lxcpath');
}

/** `-n <name> -P <path>`, what every one of the programs takes. */
function lxcTarget({ base, prefix }: LxcNames, vmid: number): string[] {
  return ['-n', ctName(prefix, vmid), '-P', lxcPath(base)];
}

/**
 * Search path of lxc-start: without newuidmap(1), which is in /usr/bin, LXC writes the id map itself, as root may, and no entry in
 * /etc/subuid is needed. Our hooks set a path of their own; apparmor_parser is in /usr/sbin.
 */
export const startPath = '/usr/local/sbin:/usr/sbin:/sbin';

export function startArguments(names: LxcNames, vmid: number, debug: boolean): string[] {
  const paths = ctPaths(names.base, vmid);
  return [
    ...lxcTarget(names, vmid),
    ...['--rcfile', paths.config],
    ...['-o', paths.log, '-l', debug ? 'DEBUG' : 'WARN'],
    '-d',
  ];
}

/** A time limit of 0: the signal is sent, and nobody waits. */
export function askArguments(names: LxcNames, vmid: number, what: 'shutdown' | 'reboot'): string[] {
  return [...lxcTarget(names, vmid), what === 'reboot' ? '--reboot' : '--nokill', '--timeout', '0'];
}

/** What every program inside begins with; lxc-attach(1) sets the search path by itself. */
const attachedEnvironment = ['HOME=/root', 'USER=root', 'LOGNAME=root'];

export function attachArguments(
  names: LxcNames,
  vmid: number,
  argv: readonly string[],
  environment: readonly string[] = [],
): string[] {
  const variables = [...attachedEnvironment, ...environment].flatMap((each) => ['--set-var', each]);
  return [...lxcTarget(names, vmid), '--clear-env', ...variables, '--', ...argv];
}

/** `tty`: the first that is free. No escape sequence: a terminal in a browser is closed by closing it. */
export function consoleArguments(names: LxcNames, vmid: number, mode: 'tty' | 'console'): string[] {
  return [...lxcTarget(names, vmid), ...(mode === 'console' ? ['-t', '0'] : []), '-e', '-1'];
}

/** Lines that only say that something failed before. */
const consequences = [
  /^Failed to spawn container/,
  /^Received container state/,
  /^The container failed to start/,
  /^To get more details/,
  /^Additional information can be/,
  /^An error occurred in another process/,
  /^Failed to setup container/,
  /^Failed to initialize container/,
  /^Failed to run mount hooks/,
];

/**
 * The first cause that LXC's log names: `lxc-start <name> <time> ERROR <part> - <file>:<function>:<line> - <text>`. Folders of ours
 * are taken out of it. Undefined when it names none.
 */
export function readStartFailure(log: string, base: string): string | undefined {
  const errors = log.split('\n').flatMap((line) => {
    const match = /^\S+ \S+ \S+ +ERROR +\S+ - \S+:\S+:\d+ - (.*)$/.exec(line);
    return match?.[1] ? [match[1]] : [];
  });
  const cause = errors.find((text) => !consequences.some((pattern) => pattern.test(text))) ?? errors[0];
  return cause?.replaceAll(`${base}/`, '').slice(0, 300);
}
