// Limits of trees by btrfs' quota groups, where quotas are on.
import { hasCode } from '../../server/core/errors.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import type { BtrfsCommands } from './btrfs-commands.ts';

export interface BtrfsLimits {
  /**
   * Are quotas on? Remembered once they are: asking costs as much as a snapshot. Somebody who switches them off is noticed at the
   * next limit that cannot be set.
   */
  available(context: WorkContext): Promise<boolean>;
  /** In bytes; 0 takes the limit away. Without quotas nothing happens. */
  set(context: WorkContext, subvolume: string, sizeBytes: number): Promise<void>;
  /** Bytes that count against the limit; 0 without quotas. */
  used(context: WorkContext, subvolume: string): Promise<number>;
}

export function createBtrfsLimits(commands: BtrfsCommands, root: string): BtrfsLimits {
  let known = false;
  const available = async (context: WorkContext) => {
    known ||= await commands.hasQuotas(context, root);
    return known;
  };
  const withQuotas = async <T>(context: WorkContext, otherwise: T, work: () => Promise<T>): Promise<T> => {
    if (!(await available(context))) return otherwise;
    try {
      return await work();
    } catch (error) {
      known = false;
      if (!hasCode(error, 'command-failed') || (await available(context))) throw error;
      return otherwise;
    }
  };
  return {
    available,
    set: async (context, subvolume, sizeBytes) =>
      await withQuotas(context, undefined, async () => await commands.limit(context, subvolume, sizeBytes)),
    used: async (context, subvolume) =>
      await withQuotas(context, 0, async () => await commands.used(context, subvolume)),
  };
}
