// One installation as it is stored with its task: what was decided and what was answered, without its secrets.
import type { InstallJob as AcceptedJob } from '../../server/contract/installer.ts';
import type { HostFile } from '../../server/core/host-network.ts';
import type { Answers, InstallPlan } from './types.ts';

/** The answers without root's password, in any form. */
export interface PublicAnswers extends Omit<Answers, 'system'> {
  readonly system: Omit<Answers['system'], 'password' | 'passwordHash'>;
}

/** Plain JSON. `id` names the installation's folder of secrets and mount points. */
export interface InstallJob extends AcceptedJob {
  readonly plan: InstallPlan;
  readonly answers: PublicAnswers;
  /** Configuration of the network, rendered and checked before anything is touched. */
  readonly networkFiles: readonly HostFile[];
}

export function withoutSecrets(answers: Answers): PublicAnswers {
  const { password: _password, passwordHash: _hash, ...system } = answers.system;
  return { ...answers, system };
}
