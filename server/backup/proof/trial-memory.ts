// How much memory a guest gets that only shows whether a backup comes up. Pure.
import { AppError } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import type { GuestKind } from '../../guests/config/guest-document.ts';

/** A configuration that was made harmless. */
export interface Isolated<C> {
  readonly conf: C;
  /** What is not as it was, in sentences that begin with the key. */
  readonly notes: readonly string[];
  readonly memoryMib: number;
  /** It has less than it had. */
  readonly isCapped: boolean;
}

/** MiB that stay free for the host and its guests. */
const reserveMib = 512;
/** MiB: a VM also costs what QEMU itself needs. */
const ownMib = { qemu: 128, lxc: 0 } as const;
/** MiB without which a system that had more cannot be expected to come up. */
const leastMib = { qemu: 512, lxc: 128 } as const;

/** `availableBytes`: what programs could get now. `no-capacity`, in words, when it is not enough. */
export function trialMemory(kind: GuestKind, availableBytes: number, wishMib: number): number {
  const free = Math.floor(availableBytes / mebibyte) - reserveMib - ownMib[kind];
  if (wishMib <= free) return wishMib;
  const least = Math.min(wishMib, leastMib[kind]);
  if (free < least)
    throw new AppError(
      'no-capacity',
      `not enough memory to try the restore: the guest needs ${least} MiB, and ${Math.max(0, free)} MiB can be given`,
    );
  return free;
}
