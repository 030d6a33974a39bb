// What stands on the disks just now: partitions, and who holds them.
import { type BlockNode, listBlockDevices, withDescendants } from '../observe-lsblk.ts';
import type { StepTools } from './step.ts';

/** The disks and everything that stands on them, each before what stands on it. A volume on two disks comes twice. */
export async function blockNodes(
  tools: Pick<StepTools, 'exec'>,
  disks: readonly string[],
): Promise<readonly BlockNode[]> {
  return (await listBlockDevices(tools.exec, disks)).flatMap(withDescendants);
}
