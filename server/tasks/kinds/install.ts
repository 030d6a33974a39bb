// Task `croftinstall`: writes this system to disks, step by step; unwound, the disks hold nothing that starts.
import type { Installer, InstallJob } from '../../contract/installer.ts';
import type { TaskKind, TaskStep } from '../task.ts';

export interface InstallKindParts {
  /** Of this node, for the lock. */
  readonly node: string;
  readonly installer: Installer;
  /** What follows some seconds after the end; can be taken back until then. */
  readonly afterwards: Readonly<
    Record<'reboot' | 'poweroff', { readonly ask: () => void; readonly cancel: () => void }>
  >;
}

type Step = TaskStep<InstallJob, unknown>;

export function installKind({
  node,
  installer,
  afterwards,
}: InstallKindParts): TaskKind<InstallJob, unknown> {
  const total = installer.steps.reduce((sum, step) => sum + step.weight, 0);
  let before = 0;
  const work = installer.steps.map(({ name, weight }): Step => {
    const from = before / total;
    const share = weight / total;
    before += weight;
    return {
      name,
      async run(context, job) {
        const progress = (fraction: number) => context.progress(from + share * Math.min(1, fraction));
        progress(0);
        await installer.runStep(name, { ...context, progress }, job);
        progress(1);
      },
    };
  });
  return {
    type: 'croftinstall',
    describe: ({ disks }) => `Install on ${disks.join(', ')}`,
    objectId: ({ disks }) => disks.join('-'),
    locks: () => [{ scope: 'node', id: node }],
    check: (job) => installer.requireReady(job),
    steps: [
      {
        // Its undo is that of all: how far the others went is known to the installer, not to the task.
        name: 'begin',
        run: async (context, job) =>
          context.log(
            `installing${job.hostname === '' ? '' : ` ${job.hostname}`} on ${job.disks.join(', ')}`,
          ),
        undo: (context, job) => installer.abandon(context, job),
      },
      ...work,
      {
        name: 'finish',
        async run(context, job) {
          await installer.forget(job);
          context.log('the installation is complete');
          if (job.after === 'none') context.log('remove the installation medium and restart the machine');
          else {
            context.log(
              `the machine will ${job.after === 'reboot' ? 'restart' : 'switch off'} in a few seconds`,
            );
            afterwards[job.after].ask();
          }
        },
        async undo(_context, job) {
          if (job.after !== 'none') afterwards[job.after].cancel();
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}
