// Failures on demand: what a made-up guest's name makes of the actions on it.
import { AppError } from '../../core/errors.ts';
import type { Disturbance, FakeAction } from './fake-disturbances.ts';

const words: Readonly<Partial<Record<FakeAction, string>>> = {
  start: 'start',
  stop: 'stop',
  requestShutdown: 'shutdown',
  requestReboot: 'reboot',
  reset: 'reset',
  pause: 'pause',
  resume: 'resume',
  hotPlug: 'change',
};
const slowMs = 20_000;

/**
 * `fails-start`, `fails-stop`, `fails-shutdown`, `fails-reboot`, `fails-reset`, `fails-pause`, `fails-resume`,
 * `fails-change` in a name make that fail, `slow` makes all of them take twenty seconds.
 */
export function troubleOf(name: string, action: FakeAction): Disturbance {
  const word = words[action];
  if (word === undefined) return {};
  return {
    ...(name.includes(`fails-${word}`)
      ? { error: new AppError('command-failed', `told to fail: the name has 'fails-${word}' in it`) }
      : {}),
    ...(/\bslow\b/.test(name) ? { ms: slowMs } : {}),
  };
}
