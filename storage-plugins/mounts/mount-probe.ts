// Does a mount answer? Asked in a program of its own, which may hang in our place.
import type { Exec } from '../../server/core/exec.ts';

/**
 * `answers`; `stale`: it never will again and has to be mounted anew; `silent`: not now, which a mount that waits for its server
 * (`hard`) may overcome. `refused`: it answers with an error.
 */
export type ProbeResult =
  | { readonly kind: 'answers' | 'stale' | 'silent' }
  | { readonly kind: 'refused'; readonly reason: string };

const limitMs = 4000;
/** ESTALE of NFS, ENOTCONN of a FUSE file system whose process is gone. */
const staleTexts = /Stale file handle|Transport endpoint is not connected/;

/** Takes four seconds at most, whether the program can be ended or not. */
export async function probeMount(exec: Exec, place: string, signal: AbortSignal): Promise<ProbeResult> {
  const { promise: late, resolve: giveUp } = Promise.withResolvers<ProbeResult>();
  const timer = setTimeout(() => giveUp({ kind: 'silent' }), limitMs);
  try {
    return await Promise.race([askByStat(exec, place, signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function askByStat(exec: Exec, place: string, signal: AbortSignal): Promise<ProbeResult> {
  const { exitCode, stderr } = await exec('stat', ['--file-system', '--format=%T', '--', place], {
    signal,
    // Longer than our wait: it is given up there, and ended here.
    timeoutMs: limitMs + 1000,
    okExitCodes: [0, 1],
    intention: 'look at the mount',
  });
  if (exitCode === 0) return { kind: 'answers' };
  if (staleTexts.test(stderr)) return { kind: 'stale' };
  return { kind: 'refused', reason: stderr.trim().split(': ').at(-1) ?? 'an error' };
}
