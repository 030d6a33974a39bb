// What this host lacks for safe containers, in plain words.
import { readFileSync } from 'node:fs';

/** Answers the text of a file, undefined when it is not there. */
export type ReadText = (path: string) => string | undefined;

const readText: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** Of this host, for a moment: lxcfs answers in milliseconds, and a start asks several times. */
let served: { readonly untilMs: number; readonly serves: boolean } | undefined;
const servedForMs = 500;

/** Asks for a file of it: an lxcfs that died leaves its mount behind, and a container would be given dead files. */
export function lxcfsServes(read: ReadText = readText): boolean {
  const nowMs = performance.now();
  if (read === readText && served && served.untilMs > nowMs) return served.serves;
  const serves = (read('/var/lib/lxcfs/proc/meminfo') ?? '') !== '';
  if (read === readText) served = { untilMs: nowMs + servedForMs, serves };
  return serves;
}

/** Reads /proc, /sys and lxcfs alone; cheap enough for every request. */
export function hostWarnings(cgroupVersion: 1 | 2, read: ReadText = readText): string[] {
  const warnings: string[] = [];
  const off = (text: string | undefined) => text === undefined || text.trim() === '0';
  if (read('/sys/module/apparmor/parameters/enabled')?.trim() !== 'Y')
    warnings.push('AppArmor is not active: the kernel does not confine what privileged containers do.');
  // A folder in proc of kernels with seccomp filters (seccomp(2)).
  if (read('/proc/sys/kernel/seccomp/actions_avail') === undefined)
    warnings.push('The kernel has no seccomp filters: containers can make every system call.');
  if (off(read('/proc/sys/user/max_user_namespaces')))
    warnings.push('User namespaces are switched off: unprivileged containers do not start.');
  if (!lxcfsServes(read))
    warnings.push('lxcfs does not run: containers see the processors and the memory of the whole host.');
  if (cgroupVersion === 1)
    warnings.push('The host uses control groups of version 1: systems with a recent systemd may not start.');
  return warnings;
}
