// When a container's init listens: a signal for which it has no handler yet is lost (pid_namespaces(7)).
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../../core/clock.ts';

/** How often and how long a fresh init is looked at: up to three seconds. One that never handles a signal is asked all the same. */
const looks = 60;
const pauseMs = 50;

/**
 * Resolves when the process handles signals, has gone, or had its time. A container that has just started would never hear that it
 * is to shut down, and would be cut off when the time for that is over.
 */
export async function untilInitListens(pid: number, clock: Pick<Clock, 'sleep'>): Promise<void> {
  for (let look = 0; look < looks; look += 1) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
    if (status === undefined || handlesSignals(status)) return;
    await clock.sleep(pauseMs);
  }
}

/** SIGCHLD (17), which every shell handles from its first moment on. */
const ofChildren = 1n << 16n;

/**
 * By the text of `/proc/<pid>/status`: are there signals with a handler (`SigCgt`), or such that it collects itself (`SigBlk`;
 * signalfd(2), sigtimedwait(2)), which wait for it (proc(5))?
 */
export function handlesSignals(status: string): boolean {
  const masks = [...status.matchAll(/^Sig(?:Cgt|Blk):\s*([0-9a-f]+)$/gm)];
  return masks.some(([, mask]) => (BigInt(`0x${mask}`) & ~ofChildren) !== 0n);
}
