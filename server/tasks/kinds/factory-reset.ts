// Task `factoryreset`: all settings are forgotten at the next boot, which it asks for.
import type { RebootSoon } from '../../appliance/reboot-soon.ts';
import type { StateReset } from '../../appliance/state-reset.ts';
import type { TaskKind } from '../task.ts';

export interface FactoryResetParams {
  /** Guests' disks, ISO images and backups on the local disks go too. */
  readonly destroyGuests: boolean;
}

export interface FactoryResetParts {
  readonly node: string;
  readonly reset: StateReset;
  readonly reboot: RebootSoon;
}

/**
 * Undone as long as the machine has not rebooted. Cut off by a crash it unwinds: a marker that is left behind would reset
 * the machine at a reboot that somebody else asks for, weeks later.
 */
export function factoryResetKind(parts: FactoryResetParts): TaskKind<FactoryResetParams, object> {
  const { node, reset, reboot } = parts;
  return {
    type: 'factoryreset',
    describe: () => `${node} - Factory reset`,
    objectId: () => '',
    locks: () => [{ scope: 'node', id: node }],
    check: async () => reset.check(),
    steps: [
      {
        name: 'mark',
        async run(context, { destroyGuests }) {
          // Again: a guest may have started while the task waited.
          reset.check();
          reset.mark(destroyGuests ? 'everything' : 'settings');
          context.log(
            'at the next start all settings, guests’ configurations, accounts and logs are forgotten',
          );
          context.log(
            destroyGuests
              ? 'guests’ disks, ISO images and backups on the local disks are destroyed'
              : 'guests’ disks, ISO images and backups stay on the disks',
          );
          context.log('host name, network, language, root’s password and SSH keys stay as they are');
        },
        async undo() {
          reset.unmark();
        },
      },
      {
        name: 'reboot',
        async run(context) {
          reboot.ask();
          context.log('rebooting');
        },
        async undo() {
          reboot.cancel();
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}
