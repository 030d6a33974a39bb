// Step `partition`: the partitions of docs/design/appliance.md, the same on each disk.
import { partitions } from '../../../server/core/appliance-layout.ts';
import { kibibyte, mebibyte } from '../../../server/core/units.ts';
import type { InstallPlan } from '../types.ts';
import { partitionPaths } from './devices.ts';
import { diskPaths } from './prepare.ts';
import { releaseDisks } from './release-disks.ts';
import { rereadPartitions } from './reread-partitions.ts';
import { type InstallStep, waitForNodes } from './step.ts';
import { wipeSignatures } from './wipe.ts';

/** sgdisk(8), "GPT type codes": BIOS boot, EFI system, Linux, Linux RAID, Linux LVM. */
const typeCodes = { bios: 'ef02', esp: 'ef00', linux: '8300', raid: 'fd00', lvm: '8e00' } as const;

const biosBytes = mebibyte;
/** FAT32 needs at least 65,525 clusters, and none is smaller than a sector (Microsoft, "FAT32 File System Specification"). */
const espBytes = (sectorBytes: number) => (sectorBytes > 512 ? 288 : 256) * mebibyte;

/** Arguments of sgdisk for one disk: a new table with random GUIDs, everything on whole MiB. */
export function partitionArguments(plan: InstallPlan, disk: string, sectorBytes: number): string[] {
  const data = plan.mirror ? typeCodes.raid : typeCodes.linux;
  const parts = [
    { part: partitions.bios, bytes: biosBytes, type: typeCodes.bios },
    { part: partitions.esp, bytes: espBytes(sectorBytes), type: typeCodes.esp },
    { part: partitions.system, bytes: plan.sizes.systemBytes, type: data },
    { part: partitions.state, bytes: plan.sizes.stateBytes, type: data },
    { part: partitions.guests, bytes: undefined, type: plan.mirror ? typeCodes.raid : typeCodes.lvm },
  ];
  return [
    '--clear',
    '--disk-guid=R',
    `--set-alignment=${mebibyte / sectorBytes}`,
    ...parts.flatMap(({ part, bytes, type }) => [
      `--new=${part.number}:0:${bytes === undefined ? 0 : `+${wholeMebibytes(bytes) / kibibyte}K`}`,
      `--typecode=${part.number}:${type}`,
      `--change-name=${part.number}:${part.name}`,
    ]),
    disk,
  ];
}

function wholeMebibytes(bytes: number): number {
  return Math.floor(bytes / mebibyte) * mebibyte;
}

export const partition: InstallStep = {
  name: 'partition',
  weight: 2,
  async run(tools, context, job) {
    const { plan } = job;
    if (plan.keepGuests) return;
    const { signal } = context;
    const disks = diskPaths(job);
    await releaseDisks(tools, disks, signal);
    for (const disk of disks) {
      const { stdout } = await tools.exec('blockdev', ['--getss', disk], { signal });
      await tools.exec('sgdisk', partitionArguments(plan, disk, Number(stdout.trim())), {
        signal,
        timeoutMs: 60_000,
        intention: `partition ${disk}`,
      });
      // sgdisk only warns when the kernel keeps to the old table; this fails.
      await rereadPartitions(tools, disk, `read the partitions of ${disk}`, signal);
    }
    const nodes = disks.flatMap(partitionPaths);
    await waitForNodes(tools, signal, nodes);
    // What began at the same place of the disk before may have been assembled by udev: its traces go too.
    await releaseDisks(tools, disks, signal);
    for (const node of nodes) await wipeSignatures(tools, node, signal);
    await waitForNodes(tools, signal, nodes);
  },
};
