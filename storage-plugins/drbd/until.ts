// Waiting for what the kernel does in its own time.
import { AppError } from '../../server/core/errors.ts';
import type { WorkContext } from '../../server/core/work-context.ts';

export interface Patience {
  /** Milliseconds between two looks. */
  readonly stepMs: number;
  /** Milliseconds until it is given up. */
  readonly limitMs: number;
}

/** Whether it came to be so in time. `cancelled`, in words of `what`. */
export async function until(
  context: WorkContext,
  what: string,
  { stepMs, limitMs }: Patience,
  isSo: () => Promise<boolean>,
): Promise<boolean> {
  for (let waited = 0; waited <= limitMs; waited += stepMs) {
    if (await isSo()) return true;
    if (context.signal.aborted) throw new AppError('cancelled', `${what}: cancelled`);
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
  return false;
}
