// The installer as the daemon sees it: facts, a check without effect, and a job that a task carries out step by step.
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MachineFactsReply } from '../../server/contract/appliance.ts';
import type { Installer } from '../../server/contract/installer.ts';
import { appliancePaths } from '../../server/core/appliance-layout.ts';
import { type Clock, systemClock } from '../../server/core/clock.ts';
import { AppError, asAppError, invalidInput } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { hashPassword } from '../../server/core/hash-password.ts';
import type { HostFile, HostNetworkSettings } from '../../server/core/host-network.ts';
import { randomName } from '../../server/core/ids.ts';
import { type AnswerProblem, type AnswersResult, withLines } from './answers.ts';
import { chooseNic } from './choose-nic.ts';
import { type InstallJob, withoutSecrets } from './job.ts';
import type { PlanResult } from './plan.ts';
import { runFolder, sweepRunFolders } from './run-folder.ts';
import { abandonInstall, installSteps, runInstallStep } from './run-install.ts';
import { renderStateFiles } from './state-files.ts';
import { readStatePaths, type StatePaths } from './state-paths.ts';
import { requireDisksAsPlanned } from './steps/prepare.ts';
import type { StepTools } from './steps/step.ts';
import type { Answers, ImageSource, InstallPlan, MachineFacts } from './types.ts';

export interface InstallerParts {
  readonly exec: Exec;
  /** Below it each installation has its folder, for secrets and mount points: a RAM file system, root's alone. */
  readonly runtimeDir: string;
  /** The image that is installed. Rejects when it is not there. */
  readonly image: (signal: AbortSignal) => Promise<ImageSource>;
  readonly observe: (image: ImageSource | undefined, signal: AbortSignal) => Promise<MachineFacts>;
  readonly readAnswers: (text: string) => AnswersResult;
  readonly plan: (answers: Answers, facts: MachineFacts, image: ImageSource) => PlanResult;
  /** Throws `invalid-input` by field. The card is found by its permanent address. */
  readonly renderHostNetwork: (settings: HostNetworkSettings) => readonly HostFile[];
  readonly clock?: Clock;
  /** What the installed image keeps; default the list of the image that runs, which is the one that is installed. */
  readonly statePaths?: () => Promise<StatePaths>;
  /** Is there such a device node? */
  readonly exists?: (path: string) => Promise<boolean>;
}

/** It knows more of a job than the daemon does. */
export type CroftInstaller = Installer<InstallJob>;

interface Decision {
  readonly answers: Answers;
  readonly plan: InstallPlan;
  readonly networkFiles: readonly HostFile[];
}

export function createInstaller(parts: InstallerParts): CroftInstaller {
  const { exec, clock = systemClock } = parts;
  const statePaths =
    parts.statePaths ??
    (async () => readStatePaths(await readFile(join(appliancePaths.lib, 'state-paths'), 'utf8')));
  const exists = parts.exists ?? isThere;
  const tools = (job: Pick<InstallJob, 'id'>): StepTools => ({
    ...{ exec, clock, statePaths, exists },
    run: runFolder(join(parts.runtimeDir, 'install'), job.id),
  });

  async function decide(
    text: string,
    signal: AbortSignal,
  ): Promise<Decision | { problems: AnswerProblem[] }> {
    const read = parts.readAnswers(text);
    if ('problems' in read) return { problems: [...read.problems] };
    const { answers } = read;
    const image = await parts.image(signal);
    const facts = await parts.observe(image, signal);
    const planned = parts.plan(answers, facts, image);
    if ('problems' in planned) return { problems: withLines(text, planned.problems) };
    try {
      return { answers, plan: planned.plan, networkFiles: renderNetwork(parts, answers, facts) };
    } catch (error) {
      return { problems: withLines(text, networkProblems(error)) };
    }
  }

  return {
    steps: installSteps.map(({ name, weight }) => ({ name, weight })),

    async facts(signal) {
      // Also without an image: the disks are there to be looked at.
      const image = await parts.image(signal).catch(() => undefined);
      return structuredClone(await parts.observe(image, signal)) as MachineFactsReply;
    },

    async check(text, signal) {
      const decided = await decide(text, signal);
      if ('problems' in decided) return { problems: decided.problems, destroys: [], warnings: [] };
      const { destroys, warnings } = decided.plan;
      return { problems: [], destroys: [...destroys], warnings: [...warnings] };
    },

    async accept(text, confirm, signal) {
      const decided = await decide(text, signal);
      if ('problems' in decided) throw invalidInput({ answers: renderProblems(decided.problems) });
      const { answers, plan, networkFiles } = decided;
      requireConfirmed(plan, confirm);
      const job: InstallJob = {
        id: randomName(),
        disks: plan.disks.map((disk) => disk.name),
        hostname: answers.system.hostname,
        after: answers.after,
        ...{ plan, networkFiles },
        answers: withoutSecrets(answers),
      };
      const { password, passwordHash } = answers.system;
      const secrets = {
        passwordHash:
          password === undefined ? passwordHash : await hashPassword(exec, password, 'system.password'),
      };
      // Rendered once for nothing: what cannot be rendered must be known before a disk is erased.
      renderStateFiles({ job, secrets, paths: await statePaths(), kept: undefined, now: clock.now() });
      tools(job).run.keepSecrets(secrets);
      return job;
    },

    async requireReady(job) {
      await tools(job).run.secrets();
      await requireDisksAsPlanned({ exec }, job);
    },

    runStep: (name, context, job) => runInstallStep(tools(job), context, name, job),
    abandon: (context, job) => abandonInstall(tools(job), context, job),
    forget: (job) => tools(job).run.forgetSecrets(),
    finish: (job) => tools(job).run.remove(),
    sweep: () => sweepRunFolders(join(parts.runtimeDir, 'install')),
  };
}

/** A kept installation keeps its network; without a card there is nothing to configure. */
function renderNetwork(parts: InstallerParts, answers: Answers, facts: MachineFacts): readonly HostFile[] {
  if (answers.disk.keepGuests) return [];
  const nic = chooseNic(answers.network, facts.nics);
  if (!nic) return [];
  const { mode, address, gateway, dns } = answers.network;
  return parts.renderHostNetwork({ mode, address, gateway, dns, mac: nic.mac, nicName: nic.name });
}

/** The renderer's fields are keys of the answers' table `[network]`, but for the card. */
function networkProblems(error: unknown): AnswerProblem[] {
  const { code, fields, message } = asAppError(error);
  if (code !== 'invalid-input') throw error;
  const entries = Object.entries(fields ?? { mode: message });
  return entries.map(([field, rule]) => {
    const key = field === 'mac' || field === 'nicName' ? 'nic' : field;
    return { key: `network.${key}`, line: 0, message: rule };
  });
}

/** The names as typed, in any order, must be exactly those of the disks that are written to. */
function requireConfirmed(plan: InstallPlan, confirm: string): void {
  const typed = confirm
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const meant = plan.disks.map((disk) => disk.name);
  if (typed.toSorted().join() === meant.toSorted().join()) return;
  throw invalidInput({ confirm: `must be the names of the disks that are written to: ${meant.join(',')}` });
}

function renderProblems(problems: readonly AnswerProblem[]): string {
  return problems
    .map(
      ({ key, line, message }) =>
        `${key === '' ? 'answers' : key}${line > 0 ? ` (line ${line})` : ''}: ${message}`,
    )
    .join('; ');
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
      throw new AppError('internal', `${path} cannot be looked at`, { cause: error });
    },
  );
}
