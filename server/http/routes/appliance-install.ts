// Routes of the installer: what is in the machine, would these answers work, install.
import { checkInstall, getInstallFacts, install, type MachineFactsReply } from '../../contract/appliance.ts';
import type { Installer } from '../../contract/installer.ts';
import { AppError } from '../../core/errors.ts';
import type { TaskRunner } from '../../tasks/task-runner.ts';
import { type Route, route } from '../route.ts';

export interface ApplianceInstallParts {
  /** Undefined where Croft does not run from its medium: an installed system never erases disks from here. */
  readonly installer: Installer | undefined;
  /** What is in this machine, wherever Croft runs from. */
  readonly machine: (signal: AbortSignal) => Promise<MachineFactsReply>;
  readonly tasks: Pick<TaskRunner, 'start' | 'wait'>;
  /** For what fails behind an answer that was given: the daemon's log. */
  readonly onError: (error: unknown) => void;
}

export function applianceInstallRoutes(parts: ApplianceInstallParts): Route[] {
  const installer = (): Installer => {
    if (parts.installer) return parts.installer;
    throw new AppError('unsupported', 'Croft can be installed only from its live system: boot the medium');
  };
  return [
    route(getInstallFacts, ({ signal }) => parts.installer?.facts(signal) ?? parts.machine(signal)),
    route(checkInstall, ({ params, signal }) => installer().check(params.answers, signal)),
    route(install, async ({ params, caller, signal }) => {
      const job = await installer().accept(params.answers, params.confirm, signal);
      const finish = () => installer().finish(job);
      try {
        const upid = await parts.tasks.start('croftinstall', job, { requester: caller.requester });
        // Also of a task that was cancelled in its queue, or refused by its check: then no step of it ran.
        void parts.tasks.wait(upid).finally(finish).catch(parts.onError);
        return upid;
      } catch (error) {
        await finish().catch(parts.onError);
        throw error;
      }
    }),
  ];
}
