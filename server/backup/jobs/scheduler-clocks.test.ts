import { afterEach, expect, test } from 'vitest';
import { day, hour, minute, World } from './scheduler-fixture.ts';

let world: World;
const begin = async (start: string): Promise<World> => {
  world = new World(start);
  await world.scheduler.open();
  return world;
};
afterEach(() => world.scheduler.close());

test('set back by minutes: nothing runs twice', async () => {
  const w = await begin('2026-03-01T01:00:00Z');
  await w.job('a', { schedule: 'hourly' });
  await w.clock.pass(hour + minute);
  w.clock.set(Date.parse('2026-03-01T01:45:00Z'));
  await w.clock.pass(30 * minute);
  expect(w.begun).toEqual(['a 02:00:00']);
  await w.clock.pass(hour);
  expect(w.begun).toEqual(['a 02:00:00', 'a 03:00:00']);
});

test('set back by years: what was dealt with in the wrong year ends no backups', async () => {
  const w = await begin('2031-03-01T01:00:00Z');
  await w.job('a', { 'repeat-missed': true });
  await w.clock.pass(2 * hour);
  w.clock.set(Date.parse('2026-03-01T12:00:00Z'));
  await w.clock.pass(2 * day);
  expect(w.begun).toEqual(['a 02:00:00', 'a 02:00:00', 'a 02:00:00']);
  await w.restart(day);
  expect(w.begun).toHaveLength(4);
});

test('set back by years, seen only by the next daemon', async () => {
  const w = await begin('2031-03-01T01:00:00Z');
  await w.job('a');
  await w.clock.pass(2 * hour);
  w.scheduler.close();
  w.clock.set(Date.parse('2026-03-01T12:00:00Z'));
  await w.restart(0);
  await w.clock.pass(day);
  expect(w.begun).toEqual(['a 02:00:00', 'a 02:00:00']);
});

test('set forward over a time: by minutes it runs, by hours it is let go unless missed ones are repeated', async () => {
  const w = await begin('2026-03-01T01:55:00Z');
  await w.job('a');
  await w.job('b', { 'repeat-missed': true });
  w.clock.set(Date.parse('2026-03-01T02:04:00Z'));
  await w.clock.pass(minute);
  expect(w.begun).toEqual(['a 02:05:00', 'b 02:05:00']);
  w.clock.set(Date.parse('2026-03-02T11:00:00Z'));
  await w.clock.pass(minute);
  expect(w.begun.slice(2)).toEqual(['b 11:01:00']);
});

test('the node’s zone counts, also a new one', async () => {
  const w = await begin('2026-02-28T23:45:00Z');
  w.zone = 'Europe/Athens';
  await w.job('a');
  await w.clock.pass(30 * minute);
  expect(w.begun).toEqual(['a 00:00:00']);
  w.zone = 'America/New_York';
  await w.clock.pass(8 * hour);
  expect(w.begun).toEqual(['a 00:00:00', 'a 07:00:00']);
});

test('a time that summer time skips runs when it skips; one that comes twice runs once', async () => {
  const w = await begin('2026-03-29T00:00:00Z');
  w.zone = 'Europe/Berlin';
  await w.job('a', { schedule: '02:30' });
  await w.clock.pass(12 * hour);
  expect(w.begun).toEqual(['a 01:00:00']);
  w.clock.set(Date.parse('2026-10-24T22:00:00Z'));
  await w.clock.pass(12 * hour);
  expect(w.begun).toEqual(['a 01:00:00', 'a 00:30:00']);
});
