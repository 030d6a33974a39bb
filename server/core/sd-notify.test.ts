// Notices to systemd: what is sent and when, that failures are survived, and that nothing is done without systemd.
import { describe, expect, it } from 'vitest';
import type { Clock } from './clock.ts';
import { AppError } from './errors.ts';
import type { Exec } from './exec.ts';
import { keepSystemdNotified } from './sd-notify.ts';

/** Runs until `rounds` pauses have passed. `failing` says which notices do not get through, by their number. */
async function run(
  env: Record<string, string>,
  rounds: number,
  failing: (n: number) => boolean = () => false,
) {
  const stop = new AbortController();
  const sent: string[] = [];
  const pauses: number[] = [];
  const errors: AppError[] = [];
  const exec: Exec = async (file, args) => {
    sent.push([file, ...args].join(' '));
    if (failing(sent.length)) throw new AppError('command-failed', 'no');
    return { exitCode: 0, stdout: '', stderr: '' };
  };
  const clock: Clock = {
    now: () => 0,
    sleep: async (ms, signal) => {
      pauses.push(ms);
      if (pauses.length > rounds) stop.abort();
      signal?.throwIfAborted();
    },
  };
  await keepSystemdNotified({
    exec,
    clock,
    env,
    signal: stop.signal,
    onError: (error) => errors.push(error),
  });
  return { sent, pauses, errors: errors.map(({ message }) => message) };
}

const socket = { NOTIFY_SOCKET: '/run/systemd/notify' };

describe('keepSystemdNotified', () => {
  it('does nothing without systemd', async () => {
    expect(await run({}, 3)).toEqual({ sent: [], pauses: [], errors: [] });
  });

  it('says ready once when it is not watched', async () => {
    expect((await run(socket, 3)).sent).toEqual(['systemd-notify READY=1']);
  });

  it('gives a sign of life thrice in a period', async () => {
    const { sent, pauses } = await run({ ...socket, WATCHDOG_USEC: '180000000' }, 2);
    expect(sent).toEqual([
      'systemd-notify READY=1',
      'systemd-notify WATCHDOG=1',
      'systemd-notify WATCHDOG=1',
    ]);
    expect(new Set(pauses)).toEqual(new Set([60_000]));
  });

  it('tries again to say that it is ready', async () => {
    const { sent, errors } = await run(socket, 5, (n) => n < 3);
    expect(sent).toHaveLength(3);
    expect(errors).toEqual([]);
  });

  it('reports a sign of life that failed, and gives the next', async () => {
    const { sent, errors } = await run({ ...socket, WATCHDOG_USEC: '90000000' }, 2, (n) => n === 2);
    expect(sent).toHaveLength(3);
    expect(errors).toEqual(['no']);
  });

  it('takes nonsense for not watched', async () => {
    expect((await run({ ...socket, WATCHDOG_USEC: 'soon' }, 3)).sent).toHaveLength(1);
  });
});
