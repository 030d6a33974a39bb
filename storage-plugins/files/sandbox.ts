// How a program that reads a stranger's file is confined: nobody's rights, no network, no privileges, bounded memory and time.

/** Nobody, as Debian and the kernel's overflow id have it. */
export const sandboxId = 65_534;

export interface SandboxLimits {
  readonly cpuSeconds: number;
  /** Of any file that it writes. */
  readonly mostFileBytes: number;
}

const mostMemoryBytes = 2 * 1024 ** 3;
/** Descriptors: what it is handed, and what QEMU opens for itself. */
const mostFiles = 64;

/**
 * The command that runs `file` so: namespaces without network (unshare(1)), limits (prlimit(1)), then another user without
 * capabilities (setpriv(1)), killed with the daemon. All of them replace themselves, so the process is the program itself. It reaches
 * what it is to read by `/proc/self/fd/N`: then no folder on the way needs to be open to it, only the file. Without root it has the
 * caller's rights and the limits.
 */
export function sandboxed(
  file: string,
  args: readonly string[],
  { cpuSeconds, mostFileBytes }: SandboxLimits,
): readonly [string, readonly string[]] {
  const limits = [
    `--as=${mostMemoryBytes}`,
    `--cpu=${Math.ceil(cpuSeconds)}`,
    `--fsize=${Math.ceil(mostFileBytes)}`,
    `--nofile=${mostFiles}`,
    '--core=0',
  ];
  const asRoot = process.getuid?.() === 0;
  const namespaces = asRoot ? ['unshare', '--net', '--ipc', '--uts', '--'] : [];
  const ids = asRoot
    ? [
        `--reuid=${sandboxId}`,
        `--regid=${sandboxId}`,
        '--clear-groups',
        '--inh-caps=-all',
        '--bounding-set=-all',
      ]
    : [];
  const [program = 'prlimit', ...rest] = [
    ...namespaces,
    ...['prlimit', ...limits, '--'],
    ...['setpriv', ...ids, '--no-new-privs', '--pdeathsig', 'KILL', '--', file, ...args],
  ];
  return [program, rest];
}
