// The installation: its steps in their order, and the way back when one of them fails.
import { AppError } from '../../server/core/errors.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import type { InstallJob } from './job.ts';
import { boot } from './steps/boot.ts';
import { filesystems } from './steps/filesystems.ts';
import { image } from './steps/image.ts';
import { lvm } from './steps/lvm.ts';
import { unmountIfMounted } from './steps/mount.ts';
import { partition } from './steps/partition.ts';
import { diskPaths, prepare } from './steps/prepare.ts';
import { raid } from './steps/raid.ts';
import { releaseDisks } from './steps/release-disks.ts';
import { state } from './steps/state.ts';
import type { InstallStep, StepTools } from './steps/step.ts';
import { verify } from './steps/verify.ts';
import { makeUnbootable, wipe } from './steps/wipe.ts';

/** In this order. Names are stored with tasks: append-only. */
export const installSteps: readonly InstallStep[] = [
  prepare,
  wipe,
  partition,
  raid,
  filesystems,
  lvm,
  image,
  state,
  boot,
  verify,
];

/** Runs one step by its name; repeatable. */
export async function runInstallStep(
  tools: StepTools,
  context: WorkContext,
  name: string,
  job: InstallJob,
): Promise<void> {
  const step = installSteps.find((one) => one.name === name);
  if (!step) throw new AppError('internal', `the installation has no step '${name}'`);
  await step.run(tools, context, job);
}

/**
 * The way back, wherever the installation was: nothing stays mounted or open, and a disk that was being erased cannot boot
 * half a system. Does to the disks only what the installation had begun to do. Repeatable; ends with the secrets gone.
 */
export async function abandonInstall(tools: StepTools, context: WorkContext, job: InstallJob): Promise<void> {
  const { signal } = context;
  for (const folder of tools.run.mountPoints) await unmountIfMounted(tools, folder);
  const stage = await tools.run.stage();
  if (stage !== undefined) await releaseDisks(tools, diskPaths(job), signal);
  if (stage === 'erasing') {
    context.log(`${job.disks.join(', ')}: erased, nothing on it can start`);
    await makeUnbootable(tools, diskPaths(job), signal);
  }
  await tools.run.remove();
}
