// Step `raid`: the arrays of a mirror; without one there is nothing to do. ESPs are never part of an array.
import type { InstallPlan } from '../types.ts';
import { arrayName, partitionPath, type SharedPart, sharedDevice, sharedParts } from './devices.ts';
import { diskPaths } from './prepare.ts';
import { releaseDisks } from './release-disks.ts';
import { type InstallStep, type StepTools, waitForNodes } from './step.ts';

/** Arguments that make the array of a part: metadata 1.2, which GRUB's mdraid1x reads (mdadm(8)). */
function createArrayArguments(plan: InstallPlan, part: SharedPart): string[] {
  return [
    '--create',
    sharedDevice(plan, part),
    '--run',
    '--level=1',
    `--raid-devices=${plan.disks.length}`,
    '--metadata=1.2',
    // Synced in the background, also after the restart; the bitmap keeps that and every later resync short.
    '--bitmap=internal',
    // So that it has the same name in the installed system, whose host name is another.
    '--homehost=any',
    `--name=${arrayName(part)}`,
    ...plan.disks.map((disk) => partitionPath(disk.path, part)),
  ];
}

export const raid: InstallStep = {
  name: 'raid',
  weight: 1,
  async run(tools, context, job) {
    const { plan } = job;
    if (!plan.mirror) return;
    const { signal } = context;
    await releaseDisks(tools, diskPaths(job), signal);
    for (const part of sharedParts) {
      if (plan.keepGuests) await openArray(tools, signal, plan, part);
      else
        await tools.exec('mdadm', createArrayArguments(plan, part), {
          signal,
          timeoutMs: 60_000,
          intention: `make the array ${arrayName(part)}`,
        });
    }
    await waitForNodes(
      tools,
      signal,
      sharedParts.map((part) => sharedDevice(plan, part)),
    );
  },
};

/** Opens what is not open. */
export async function openArrays(tools: StepTools, signal: AbortSignal, plan: InstallPlan): Promise<void> {
  if (!plan.mirror) return;
  for (const part of sharedParts)
    if (!(await tools.exists(sharedDevice(plan, part)))) await openArray(tools, signal, plan, part);
}

/** `--run`: also with one disk of the mirror missing. */
async function openArray(
  tools: StepTools,
  signal: AbortSignal,
  plan: InstallPlan,
  part: SharedPart,
): Promise<void> {
  const members = plan.disks.map((disk) => partitionPath(disk.path, part));
  await tools.exec('mdadm', ['--assemble', '--run', sharedDevice(plan, part), ...members], {
    signal,
    timeoutMs: 60_000,
    intention: `open the array ${arrayName(part)}`,
  });
}
