import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
  const script = 'trap "" INT; sleep 0.3; trap "exit 0" TERM; echo ready; while :; do sleep 0.05; done';
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  let ready = false;
  child.stdout.on('data', () => {
    ready = true;
  });
  await untilInitListens(child.pid as number, systemClock);
  // Its word follows the handler at once.
  await expect.poll(() => ready, { timeout: 200, interval: 5 }).toBe(true);
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
