import { afterEach, describe, expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { jobKey } from './job-document.ts';
import { JobRunStore } from './job-runs.ts';
import { day, hour, minute, ok, World } from './scheduler-fixture.ts';

let world: World;
const begin = async (start: string): Promise<World> => {
  world = new World(start);
  await world.scheduler.open();
  return world;
};
afterEach(() => world.scheduler.close());

describe('on time', () => {
  test('a job runs at each of its times, to the second', async () => {
    const w = await begin('2026-03-01T00:00:00Z');
    await w.job('a', { schedule: '*:0/30:10' });
    await w.clock.pass(2 * hour);
    expect(w.begun).toEqual(['a 00:00:10', 'a 00:30:10', 'a 01:00:10', 'a 01:30:10']);
    expect(w.last('a')).toMatchObject({
      state: 'ok',
      status: 'OK',
      upid: 'UPID:4',
      due: Date.parse('2026-03-01T01:30:10Z'),
    });
  });

  test('a disabled one, one of another node, and one that never comes do not', async () => {
    const w = await begin('2026-03-01T00:00:00Z');
    await w.job('off', { enabled: false });
    await w.job('other', { node: 'pve2' });
    await w.job('own', { node: 'pve1' });
    await w.job('never', { schedule: '2-30 00:00' });
    await w.job('broken', { schedule: 'at dawn' });
    await w.clock.pass(day);
    expect(w.begun).toEqual(['own 02:00:00']);
    expect(w.logged).toContain('a backup job cannot be scheduled');
  });

  test('two jobs of one time both run', async () => {
    const w = await begin('2026-03-01T00:00:00Z');
    await w.job('a');
    await w.job('b');
    await w.clock.pass(3 * hour);
    expect(w.begun).toEqual(['a 02:00:00', 'b 02:00:00']);
  });

  test('200 jobs cost one look a minute', async () => {
    const w = await begin('2026-03-01T03:00:00Z');
    for (let i = 0; i < 200; i += 1) await w.job(`j${i}`);
    await w.clock.pass(0);
    const before = w.clock.sleeps;
    const started = process.cpuUsage();
    await w.clock.pass(hour);
    const { user, system } = process.cpuUsage(started);
    expect(w.clock.sleeps - before).toBeLessThanOrEqual(62);
    // Milliseconds for an hour, the clock of the test included.
    expect((user + system) / 1000).toBeLessThan(1000);
    await w.clock.pass(22 * hour + 1);
    expect(w.begun).toHaveLength(200);
  });
});

describe('what was missed', () => {
  test.each([
    { offHours: 3, repeat: false, runs: [] },
    { offHours: 3, repeat: true, runs: ['a 04:00:00'] },
    { offHours: 24 * 5, repeat: true, runs: ['a 01:00:00'] },
    { offHours: 24 * 5, repeat: false, runs: [] },
  ])('off for $offHours hours, repeat-missed $repeat', async ({ offHours, repeat, runs }) => {
    const w = await begin('2026-03-01T01:00:00Z');
    await w.job('a', { 'repeat-missed': repeat });
    await w.restart(offHours * hour);
    expect(w.begun).toEqual(runs);
    await w.restart(minute);
    expect(w.begun).toEqual(runs);
    await w.clock.pass(day);
    expect(w.begun).toEqual([...runs, 'a 02:00:00']);
  });

  test('a machine that restarts over the hour backs up all the same', async () => {
    const w = await begin('2026-03-01T01:58:00Z');
    await w.job('a');
    await w.restart(5 * minute);
    expect(w.begun).toEqual(['a 02:03:00']);
    await w.restart(minute);
    expect(w.begun).toHaveLength(1);
  });

  test('a new job, a changed schedule and one that is switched on miss nothing that was before', async () => {
    const w = await begin('2026-03-01T02:05:00Z');
    await w.job('a', { 'repeat-missed': true });
    await w.clock.pass(minute);
    await w.job('b', { 'repeat-missed': true, enabled: false });
    await w.clock.pass(day);
    await w.job('b', { 'repeat-missed': true });
    await w.clock.pass(minute);
    expect(w.begun).toEqual(['a 02:00:00']);
  });
});

describe('one run at a time', () => {
  test('a run that outlasts its interval: times meanwhile are let go, also those with repeat-missed', async () => {
    const w = await begin('2026-03-01T00:00:00Z');
    w.endsAtOnce = false;
    await w.job('a', { schedule: 'hourly', 'repeat-missed': true });
    await w.clock.pass(3.5 * hour);
    expect(w.begun).toEqual(['a 01:00:00']);
    expect(w.logged.filter((line) => line.includes('let go'))).toHaveLength(2);
    w.ends.get('UPID:1')?.resolve(ok);
    await w.clock.pass(10 * minute);
    expect(w.begun).toHaveLength(1);
    await w.restart(minute);
    await w.clock.pass(minute);
    expect(w.begun).toHaveLength(1);
    await w.clock.pass(hour);
    expect(w.begun).toEqual(['a 01:00:00', 'a 04:00:00']);
  });

  test('the daemon restarts during a run: it is followed, and its end is written down', async () => {
    const w = await begin('2026-03-01T01:59:00Z');
    w.endsAtOnce = false;
    await w.job('a', { schedule: '0/2:00' });
    await w.clock.pass(2 * minute);
    await w.restart(minute);
    expect(w.last('a')).toMatchObject({ state: 'running', upid: 'UPID:1' });
    await w.clock.pass(3 * hour);
    expect(w.begun).toEqual(['a 02:00:00']);
    w.ends.get('UPID:1')?.resolve({ state: 'failed', status: 'job errors' });
    await w.clock.pass(minute);
    expect(w.last('a')).toMatchObject({ state: 'failed', status: 'job errors' });
    await w.clock.pass(2 * hour);
    expect(w.begun).toEqual(['a 02:00:00', 'a 06:00:00']);
  });

  test('its task is forgotten meanwhile', async () => {
    const w = await begin('2026-03-01T01:59:00Z');
    w.endsAtOnce = false;
    await w.job('a');
    await w.clock.pass(2 * minute);
    w.ends.clear();
    await w.restart(minute);
    expect(w.last('a')).toMatchObject({ state: 'interrupted', status: expect.stringContaining('not known') });
  });

  test('the daemon is killed before the task is there: the run begins again', async () => {
    const w = await begin('2026-03-01T01:59:00Z');
    await w.job('a');
    await w.clock.pass(0);
    w.scheduler.close();
    const at = Date.parse('2026-03-01T02:00:00Z');
    await new JobRunStore(w.store, 'pve1').begin('a', { startedAt: at, due: at, state: 'running' }, at);
    await w.restart(2 * minute);
    expect(w.begun).toEqual(['a 02:01:00']);
    expect(w.last('a')).toMatchObject({ state: 'ok' });
  });

  test('deleted while it runs: nothing of it is kept, and the run does no harm to a new one of its name', async () => {
    const w = await begin('2026-03-01T01:59:00Z');
    w.endsAtOnce = false;
    await w.job('a');
    await w.clock.pass(2 * minute);
    await w.store.delete(jobKey('a'));
    await w.clock.pass(minute);
    expect(w.last('a')).toBeUndefined();
    await w.job('a', { schedule: '*:0/10' });
    await w.clock.pass(10 * minute);
    expect(w.begun).toEqual(['a 02:00:00']);
    w.ends.get('UPID:1')?.resolve({ state: 'failed', status: 'of the old one' });
    await w.clock.pass(10 * minute);
    expect(w.begun).toEqual(['a 02:00:00', 'a 02:20:00']);
    expect(w.last('a')?.status).toBeUndefined();
    expect(w.store.list('backup-runs')).toHaveLength(1);
  });

  test('deleted while the daemon was off: what was kept of it goes', async () => {
    const w = await begin('2026-03-01T01:59:00Z');
    await w.job('a');
    await w.clock.pass(2 * minute);
    w.scheduler.close();
    await w.store.delete(jobKey('a'));
    await w.restart(0);
    expect(w.store.list('backup-runs')).toEqual([]);
  });

  test('changed while it runs: the new schedule counts when it has ended', async () => {
    const w = await begin('2026-03-01T01:59:00Z');
    w.endsAtOnce = false;
    await w.job('a');
    await w.clock.pass(2 * minute);
    await w.job('a', { schedule: '02:30' });
    await w.clock.pass(minute);
    w.ends.get('UPID:1')?.resolve(ok);
    await w.clock.pass(hour);
    expect(w.begun).toEqual(['a 02:00:00', 'a 02:30:00']);
    expect(w.last('a')).toMatchObject({ upid: 'UPID:2' });
  });
});

describe('what goes wrong', () => {
  test('a run that cannot begin is told and tried at its next time', async () => {
    const w = await begin('2026-03-01T01:00:00Z');
    w.startFails = new AppError('unavailable', 'the storage does not answer');
    await w.job('a', { schedule: 'hourly' });
    await w.clock.pass(hour + minute);
    expect(w.last('a')).toMatchObject({ state: 'failed', status: 'the storage does not answer' });
    w.startFails = undefined;
    await w.clock.pass(hour);
    expect(w.begun).toEqual(['a 03:00:00']);
  });

  test('nothing to back up is no failure', async () => {
    const w = await begin('2026-03-01T01:59:00Z');
    w.guests = false;
    await w.job('a');
    await w.clock.pass(2 * minute);
    expect(w.last('a')).toMatchObject({ state: 'nothing', status: 'no guests to back up' });
  });

  test('without quorum nothing begins; with it again the time is not lost', async () => {
    const w = await begin('2026-03-01T01:59:00Z');
    await w.job('a');
    const write = w.store.write.bind(w.store);
    w.store.write = async () => {
      throw new AppError('no-quorum', 'no quorum');
    };
    await w.clock.pass(4 * minute);
    expect(w.begun).toEqual([]);
    // Told each time, and not more often than the clock is looked at.
    expect(w.logged.length).toBeLessThan(10);
    w.store.write = write;
    await w.clock.pass(minute);
    expect(w.begun).toEqual(['a 02:04:00']);
    await w.clock.pass(hour);
    expect(w.begun).toHaveLength(1);
  });
});

describe('by hand', () => {
  test('a job runs at once, also a disabled one; its next time stays', async () => {
    const w = await begin('2026-03-01T01:59:59Z');
    await w.job('a');
    await w.job('off', { enabled: false });
    expect(await w.scheduler.runNow('a')).toBe('UPID:1');
    expect(await w.scheduler.runNow('off')).toBe('UPID:2');
    await w.clock.pass(minute);
    expect(w.begun).toEqual(['a 01:59:59', 'off 01:59:59', 'a 02:00:00']);
    expect(w.last('off')).toMatchObject({ due: null, state: 'ok' });
  });

  test('refused while it runs, without guests, and when there is no such job; the reason of a failure is the caller’s', async () => {
    const w = await begin('2026-03-01T12:00:00Z');
    w.endsAtOnce = false;
    await w.job('a');
    await w.job('b');
    await w.scheduler.runNow('a');
    await expect(w.scheduler.runNow('a')).rejects.toMatchObject({ code: 'busy', data: { upid: 'UPID:1' } });
    await expect(w.scheduler.runNow('c')).rejects.toMatchObject({ code: 'not-found' });
    w.guests = false;
    await expect(w.scheduler.runNow('b')).rejects.toMatchObject({ code: 'wrong-state' });
    w.startFails = new AppError('invalid-input', 'no such storage');
    await expect(w.scheduler.runNow('b')).rejects.toThrow('no such storage');
    expect(w.last('b')).toMatchObject({ state: 'failed' });
  });
});
