// One installation as it is stored with its task: what was decided and what was answered, without its secrets.
import type { Answers, InstallPlan } from './types.ts';

/** A file of the installed system, by its absolute path there. */
export interface HostFile {
  readonly path: string;
  readonly text: string;
}

/** The answers without root's password, in any form. */
export interface PublicAnswers extends Omit<Answers, 'system'> {
  readonly system: Omit<Answers['system'], 'password' | 'passwordHash'>;
}

/** Plain JSON; the daemon reads its first four fields, the rest is the installer's alone. */
export interface InstallJob {
  /** Names the installation's folder of secrets and mount points. */
  readonly id: string;
  /** Names of the disks that are written to: `sda`. */
  readonly disks: readonly string[];
  readonly hostname: string;
  readonly after: Answers['after'];
  readonly plan: InstallPlan;
  readonly answers: PublicAnswers;
  /** Configuration of the network, rendered and checked before anything is touched. */
  readonly networkFiles: readonly HostFile[];
}

export function withoutSecrets(answers: Answers): PublicAnswers {
  const { password: _password, passwordHash: _hash, ...system } = answers.system;
  return { ...answers, system };
}
