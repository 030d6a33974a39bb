// What is closed or undone also after its caller gave up.
import { quietContext, type WorkContext } from '../../server/core/work-context.ts';

/** Milliseconds. */
const limitMs = 120_000;

/** For the way back: it does not end with the work that was cancelled, but in time. Lines go where those of the work went. */
export function wayBack({ log }: Pick<WorkContext, 'log'> = quietContext()): WorkContext {
  return { ...quietContext(AbortSignal.timeout(limitMs)), log: (line) => log(line) };
}
