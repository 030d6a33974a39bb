// What stands on the disks just now: partitions, and who holds them.
import { type BlockNode, lsblkArgs, readLsblk, withDescendants } from '../observe-lsblk.ts';
import type { StepTools } from './step.ts';

export type { BlockNode } from '../observe-lsblk.ts';

/** The disks and everything that stands on them, each before what stands on it. A volume on two disks comes twice. */
export async function blockNodes(
  tools: Pick<StepTools, 'exec'>,
  disks: readonly string[],
): Promise<readonly BlockNode[]> {
  const { stdout } = await tools.exec('lsblk', [...lsblkArgs, ...disks], { intention: 'look at the disks' });
  return readLsblk(stdout).flatMap(withDescendants);
}
