// Turning the machine off and on again, through systemd.
import { AppError } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';

export type PowerCommand = 'reboot' | 'shutdown';
/** Asks for it and returns at once: units are stopped in order, guests with them. */
export type Power = (command: PowerCommand) => Promise<void>;

/** systemctl(1): `--no-block` only queues the job. */
export function createPower(exec: Exec): Power {
  return async (command) => {
    const intention = command === 'reboot' ? 'reboot the machine' : 'shut the machine down';
    await exec('systemctl', ['--no-block', command === 'reboot' ? 'reboot' : 'poweroff'], { intention });
  };
}

/** For where the daemon must not do so: a development machine. */
export const refusePower: Power = async () => {
  throw new AppError(
    'unsupported',
    'this machine does not run the Croft image: it is not turned off from here',
  );
};
