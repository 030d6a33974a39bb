// Trials: what a switch comes to at the daemon's start, the health check over time, keeping a slot.
import { existsSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import { type ApplianceWorld, applianceWorld } from './appliance-fixture.ts';
import { confirmTrial, crashesAgainAndAgain } from './confirm-trial.ts';
import { settleTrial, type TrialFacts } from './trial.ts';
import type { TrialCheck, TrialProbe } from './trial-checks.ts';
import type { PendingSwitch } from './update-records.ts';

let world: ApplianceWorld;
afterEach(() => world.dispose());

const pending: PendingSwitch = {
  from: { slot: 'A', version: '1.0.0' },
  to: { slot: 'B', version: '2.0.0' },
  at: 100,
  bootId: 'before',
  baseline: { addressUp: true, storages: ['local'], guests: [100] },
};

describe('at the start', () => {
  beforeEach(() => {
    world = applianceWorld();
    world.records.writePending(pending);
  });
  const settle = (facts: Partial<TrialFacts>) =>
    settleTrial(world, {
      ...{ running: 'A', version: '1.0.0', onTrial: false, bootId: 'after', now: 200 },
      ...facts,
    });
  const nothingChanged = () => {
    expect(world.records.pending()).toEqual(pending);
    expect(world.records.last()).toBeUndefined();
  };

  test('nothing while the machine has not rebooted', async () => {
    expect(await settle({ bootId: 'before' })).toBeUndefined();
    nothingChanged();
  });

  test('nothing while the trial runs', async () => {
    expect(await settle({ running: 'B', onTrial: true })).toBeUndefined();
    nothingChanged();
  });

  test('nothing when the new slot was started by hand', async () => {
    expect(await settle({ running: 'B' })).toBeUndefined();
    nothingChanged();
  });

  test('committed when the new slot is the default', async () => {
    for (const esp of [0, 1]) world.setGrubEnv(esp, { slot: 'B', try: '' });
    const outcome = { at: 200, outcome: 'committed', from: '1.0.0', to: '2.0.0' };
    expect(await settle({ running: 'B' })).toEqual(outcome);
    expect(world.records.last()).toEqual(outcome);
    expect(world.records.pending()).toBeUndefined();
    expect(await settle({ running: 'B' })).toBeUndefined();
  });

  test('fell back, with the reasons of the trial itself', async () => {
    world.records.writeSick({ at: 150, reasons: ['daemon: it does not run', 'guests: not running: 100'] });
    expect(await settle({})).toMatchObject({
      outcome: 'fell-back',
      reason: 'daemon: it does not run; guests: not running: 100',
    });
    expect(world.records.sick()).toBeUndefined();
  });

  test('fell back without a word; a try left on the other disk is taken away', async () => {
    world.setGrubEnv(1, { slot: 'A', try: 'B' });
    expect(await settle({})).toMatchObject({ reason: expect.stringMatching(/hung, crashed, or lost power/) });
    expect(world.grubEnv(1)).toEqual({ slot: 'A', try: '' });
  });

  test('the boot loader never took it', async () => {
    for (const esp of [0, 1]) world.setGrubEnv(esp, { slot: 'A', try: 'B' });
    expect(await settle({})).toMatchObject({ reason: expect.stringMatching(/boot loader/) });
    for (const esp of [0, 1]) expect(world.grubEnv(esp)).toEqual({ slot: 'A', try: '' });
  });
});

describe('the health check', () => {
  let now: number;
  let said: string[];
  let answers: Record<string, () => unknown>;
  let addresses: () => string[];
  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
  beforeEach(() => {
    world = applianceWorld({ running: 'B' });
    world.records.writePending(pending);
    writeFileSync(world.paths.trial, '');
    now = 0;
    said = [];
    addresses = () => ['192.0.2.1'];
    answers = {
      '/version': () => ({}),
      '/nodes/localhost/storage': () => [{ storage: 'local', active: 1 }],
      '/cluster/resources?type=vm': () => [{ vmid: 100, status: 'running' }],
    };
  });
  const probe: TrialProbe = {
    get: async (path) => {
      const answer = answers[path];
      if (!answer) throw new AppError('unavailable', 'it does not run');
      return answer();
    },
    addresses: () => addresses(),
  };
  const confirm = (checks?: TrialCheck[]) =>
    confirmTrial({ ...world, probe, clock, ...(checks ? { checks } : {}) }, (line) => said.push(line));

  test('keeps a healthy slot after 20 seconds', async () => {
    expect(await confirm()).toBe(true);
    expect(now).toBe(20_000);
    for (const esp of [0, 1]) expect(world.grubEnv(esp)).toEqual({ slot: 'B', try: '' });
    expect(world.records.last()).toEqual({ at: 20, outcome: 'committed', from: '1.0.0', to: '2.0.0' });
    expect(world.records.pending()).toBeUndefined();
    expect(existsSync(world.paths.trial)).toBe(false);
    expect(said).toEqual([
      'daemon: well',
      'address: well',
      'storages: well',
      'guests: well',
      'slot B is kept: it boots by default from now on',
    ]);
  });

  test('the 20 seconds begin anew when something fails in between', async () => {
    addresses = () => (now === 18_000 ? [] : ['192.0.2.1']);
    expect(await confirm()).toBe(true);
    expect(now).toBe(40_000);
    expect(said).toContain('address: waiting: no network address that others can reach');
  });

  test('waits for what comes late, and lets it prove itself past the limit', async () => {
    answers['/cluster/resources?type=vm'] = () => [
      { vmid: 100, status: now < 479_000 ? 'stopped' : 'running' },
    ];
    expect(await confirm()).toBe(true);
    expect(now).toBe(500_000);
  });

  test.each<[string, () => void, string]>([
    ['the daemon', () => delete answers['/version'], 'daemon: it does not run'],
    ['the address', () => (addresses = () => []), 'address: no network address that others can reach'],
    [
      'a storage',
      () =>
        (answers['/nodes/localhost/storage'] = () => [{ storage: 'local', active: 0, problem: 'no disk' }]),
      'storages: not active: local (no disk)',
    ],
    ['a guest', () => (answers['/cluster/resources?type=vm'] = () => []), 'guests: not running: 100'],
    [
      'an odd answer',
      () => (answers['/cluster/resources?type=vm'] = () => 5),
      'guests: it answers something unexpected',
    ],
  ])('fails with words: %s', async (_name, spoil, reason) => {
    spoil();
    expect(await confirm()).toBe(false);
    expect(now).toBe(480_000);
    expect(world.records.sick()).toEqual({ at: 480, reasons: [reason] });
    expect(world.records.pending()).toEqual(pending);
    for (const esp of [0, 1]) expect(world.grubEnv(esp).slot).toBe('A');
    expect(said.at(-1)).toBe(`not kept: ${reason}`);
  });

  test('gives up early when waiting is of no use', async () => {
    delete answers['/version'];
    const hopeless = async () => (now >= 30_000 ? 'the daemon ended 5 times' : undefined);
    expect(await confirmTrial({ ...world, probe, clock, hopeless }, (line) => said.push(line))).toBe(false);
    expect(now).toBe(30_000);
    expect(world.records.sick()?.reasons).toEqual(['daemon: it does not run', 'the daemon ended 5 times']);
  });

  test('restarts are counted by systemd', async () => {
    const counting =
      (count: string): Exec =>
      async () => ({ exitCode: 0, stdout: `${count}\n`, stderr: '' });
    expect(await crashesAgainAndAgain(counting('4'))).toBeUndefined();
    expect(await crashesAgainAndAgain(counting('5'))).toBe('the daemon ended 5 times');
    expect(await crashesAgainAndAgain(counting('[not set]'))).toBeUndefined();
  });

  test('asks for no more than what was well before', async () => {
    world.records.writePending({ ...pending, baseline: { addressUp: false, storages: [], guests: [] } });
    addresses = () => [];
    answers = { '/version': () => ({}) };
    expect(await confirm()).toBe(true);
  });

  test('healthy, but the choice cannot be written: not kept', async () => {
    const boot = { ...world.boot, write: () => Promise.reject(new AppError('command-failed', 'no disk')) };
    expect(await confirmTrial({ ...world, boot, probe, clock }, () => {})).toBe(false);
    expect(world.records.sick()?.reasons.join()).toMatch(/could not be kept: no disk/);
  });

  test('writes a damaged block anew', async () => {
    writeFileSync(`${world.esps[0]}/grub/grubenv`, '');
    expect(await confirm()).toBe(true);
    expect(world.grubEnv(0)).toEqual({ slot: 'B', try: '' });
  });

  test('does nothing on a boot that is no trial', async () => {
    await confirm();
    const before = world.snapshot();
    expect(await confirm([])).toBe(true);
    expect(said.at(-1)).toMatch(/not on trial/);
    expect(world.snapshot()).toEqual(before);
  });
});
