// The call of mount(8) for a file system of a server.
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';

/** Milliseconds for a mount program; a server that answers takes a second. */
export const mountLimitMs = 30_000;

export interface MountCommand {
  readonly type: 'nfs' | 'cifs';
  readonly source: string;
  readonly place: string;
  /** As `renderMountOptions` gives them. */
  readonly options: string;
  /** For errors: `mount the NFS export 'nas:/srv'`. */
  readonly intention: string;
}

/** mount(8): bits of 1 to 64 for what went wrong. */
const failures = Array.from({ length: 127 }, (_, bits) => bits + 1);

/** `unavailable` in the program's words; else rejects as `Exec` does. */
export async function runMount(exec: Exec, context: WorkContext, command: MountCommand): Promise<void> {
  const { type, source, place, options, intention } = command;
  const { exitCode, stderr } = await exec(
    'mount',
    ['--types', type, '--options', options, '--', source, place],
    { signal: context.signal, timeoutMs: mountLimitMs, intention, okExitCodes: [0, ...failures] },
  );
  if (exitCode !== 0)
    throw new AppError('unavailable', `${intention}: ${readMountComplaint(stderr)}`, {
      detail: `exit ${exitCode}\n${stderr.slice(0, 8000)}`,
    });
}

/** The line that tells the cause: mount.cifs(8) ends with where to read more, mount(8) with a hint at dmesg(1). */
export function readMountComplaint(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^Refer to |dmesg\(1\)|^for several filesystems/.test(line));
  const cause =
    lines.find((line) => /^mount error\b|^mount\.\w+: |^mount: /.test(line)) ?? lines.at(-1) ?? '';
  if (/mount\.\w+ helper program|bad option; for several filesystems|unknown filesystem type/.test(text))
    return 'its mount program or its file system is missing on this node';
  return (
    cause.replace(/^(?:mount error(?:\(\d+\))?|mount(?:\.\w+)?): /, '').slice(0, 300) || 'no reason given'
  );
}
