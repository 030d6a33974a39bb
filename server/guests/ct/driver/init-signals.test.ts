import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../../../core/clock.ts';
import { handlesSignals, untilInitListens } from './init-signals.ts';

test('a mask of caught signals is read', () => {
  expect(handlesSignals('Name:\tinit\nSigIgn:\t0000000000001000\nSigCgt:\t0000000000000000\n')).toBe(false);
  expect(handlesSignals('Name:\tinit\nSigCgt:\t0000000020000a02\nCapInh:\t0\n')).toBe(true);
  expect(handlesSignals('SigCgt:\t0000000000010000\n')).toBe(false);
  expect(handlesSignals('SigBlk:\t0000000020004a02\nSigCgt:\t0000000000000000\n')).toBe(true);
  expect(handlesSignals('')).toBe(false);
});

test('a program is waited for until it handles a signal', async () => {
  // A shell that waits handles SIGINT, unless it is to ignore it.
  const script = 'trap "" INT; sleep 0.3; trap "exit 0" TERM; while :; do sleep 0.05; done';
  const child = spawn('sh', ['-c', script], { stdio: 'ignore' });
  const pid = child.pid as number;
  // The looks are further apart: a busy machine may need seconds to get there.
  await untilInitListens(pid, { sleep: (ms) => systemClock.sleep(4 * ms) });
  expect(handlesSignals(readFileSync(`/proc/${pid}/status`, 'utf8'))).toBe(true);
  child.kill();
  await once(child, 'exit');
});

test('one that is gone, or never listens, is not waited for without end', async () => {
  await untilInitListens(2 ** 22, systemClock);
  const child = spawn('sleep', ['60']);
  let slept = 0;
  await untilInitListens(child.pid as number, {
    sleep: async (ms) => {
      slept += ms;
    },
  });
  expect(slept).toBe(3000);
  child.kill('SIGKILL');
  await once(child, 'exit');
});
