// Step `prepare`: the disks are the ones that were chosen, nobody uses them, and nobody holds them any more.
import { AppError } from '../../../server/core/errors.ts';
import type { InstallJob } from '../job.ts';
import { releaseDisks, requireGroupNameFree, requireReleasable } from './release-disks.ts';
import type { InstallStep, StepTools } from './step.ts';

export function diskPaths(job: Pick<InstallJob, 'plan'>): string[] {
  return job.plan.disks.map((disk) => disk.path);
}

/**
 * Rejects when the disks are not as they were when the plan was made (`wrong-state`) or something on them is in use
 * (`busy`). Changes nothing.
 */
export async function requireDisksAsPlanned(
  tools: Pick<StepTools, 'exec'>,
  job: Pick<InstallJob, 'plan'>,
): Promise<void> {
  for (const { path, name, sizeBytes } of job.plan.disks) {
    const { stdout } = await tools.exec('blockdev', ['--getsize64', path], {
      intention: `look at the disk ${name}`,
    });
    if (Number(stdout.trim()) !== sizeBytes)
      throw new AppError('wrong-state', `${name} is not the disk that was chosen: its size differs`);
  }
  await requireReleasable(tools, diskPaths(job));
  await requireGroupNameFree(tools, diskPaths(job));
}

export const prepare: InstallStep = {
  name: 'prepare',
  weight: 2,
  async run(tools, context, job) {
    await requireDisksAsPlanned(tools, job);
    await tools.run.enter('released');
    await releaseDisks(tools, diskPaths(job), context.signal);
  },
};
