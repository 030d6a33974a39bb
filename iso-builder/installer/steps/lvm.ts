// Step `lvm`: the volume group of the guests, with a volume for files and a thin pool for disks.
import { z } from 'zod';
import { localVolume, thinPool, volumeGroup } from '../../../server/core/appliance-layout.ts';
import { AppError } from '../../../server/core/errors.ts';
import { mebibyte } from '../../../server/core/units.ts';
import { sharedDevice, volumePath } from './devices.ts';
import { ext4Arguments } from './filesystems.ts';
import { type InstallStep, type StepTools, waitForNodes } from './step.ts';

const localLabel = 'croft-local';
const freeSchema = z.object({
  report: z.array(z.object({ vg: z.array(z.object({ vg_free: z.string() })) })),
});

/**
 * Size of the pool's metadata, bytes: 1 % of the space, 32 MiB to 15.8 GiB (lvmthin(7): at most 15.81 GiB). LVM keeps as
 * much again as a spare for repair; the pool takes 95 % of the space, so both fit and something stays free.
 */
export function poolMetadataBytes(freeBytes: number): number {
  const wanted = Math.floor(freeBytes / 100 / mebibyte) * mebibyte;
  return Math.min(Math.max(wanted, 32 * mebibyte), Math.floor(15.8 * 1024) * mebibyte);
}

export const lvm: InstallStep = {
  name: 'lvm',
  weight: 3,
  async run(tools, context, job) {
    const { plan } = job;
    if (plan.keepGuests) return;
    const device = sharedDevice(plan, 'guests');
    const { signal } = context;
    const lvmCommand = (program: string, args: readonly string[], intention: string) =>
      tools.exec(program, ['--yes', ...args], { signal, timeoutMs: 120_000, intention });

    await removeGroup(tools, signal, device);
    await lvmCommand('pvcreate', ['--force', '--force', device], `prepare ${device} for LVM`);
    await lvmCommand('vgcreate', [volumeGroup, device], `make the volume group ${volumeGroup}`);
    const wiping = ['--wipesignatures', 'y', '--zero', 'y'];
    await lvmCommand(
      'lvcreate',
      [
        ...wiping,
        '--size',
        `${Math.floor(plan.sizes.localBytes / mebibyte)}m`,
        '--name',
        localVolume,
        volumeGroup,
      ],
      `make the volume ${localVolume}`,
    );
    await waitForNodes(tools, signal, [volumePath(localVolume)]);
    await tools.exec(
      'mkfs.ext4',
      ext4Arguments({
        ...{ device: volumePath(localVolume), label: localLabel, reservedPercent: 0 },
        limitsTrees: true,
      }),
      { signal, timeoutMs: 300_000, intention: `make the file system of ${localVolume}` },
    );
    const metadata = poolMetadataBytes(await freeBytes(tools, signal));
    await lvmCommand(
      'lvcreate',
      [
        ...['--type', 'thin-pool', '--extents', '95%FREE', '--poolmetadatasize', `${metadata / mebibyte}m`],
        // What a guest reads of a new volume must be nobody else's.
        ...['--zero', 'y', '--name', thinPool, volumeGroup],
      ],
      `make the thin pool ${thinPool}`,
    );
    await tools.exec('vgchange', ['--activate', 'n', volumeGroup], {
      signal,
      intention: `close the volume group ${volumeGroup}`,
    });
  },
};

/** What a former run of this step left on the device, so that it can be repeated. */
async function removeGroup(tools: StepTools, signal: AbortSignal, device: string): Promise<void> {
  const { stdout } = await tools.exec('pvs', ['--noheadings', '--options', 'vg_name', device], {
    signal,
    // 5: the device is no physical volume (lvm(8), "ECMD_FAILED").
    okExitCodes: [0, 5],
  });
  if (stdout.trim() !== volumeGroup) return;
  await tools.exec('vgremove', ['--yes', '--force', volumeGroup], {
    signal,
    timeoutMs: 120_000,
    intention: `remove the volume group ${volumeGroup}`,
  });
}

async function freeBytes(tools: StepTools, signal: AbortSignal): Promise<number> {
  const { stdout } = await tools.exec(
    'vgs',
    ['--reportformat', 'json', '--units', 'b', '--nosuffix', '--options', 'vg_free', volumeGroup],
    { signal, intention: 'look how much space is left' },
  );
  const free = Number(freeSchema.parse(JSON.parse(stdout)).report[0]?.vg[0]?.vg_free);
  if (!Number.isFinite(free))
    throw new AppError('internal', `the free space of the volume group ${volumeGroup} cannot be read`);
  return free;
}
