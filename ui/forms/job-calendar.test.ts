// Runs by day.
import { expect, it } from 'vitest';
import { calendarOf, daysFrom, runsUntil } from './job-calendar.ts';

const at = (text: string) => Date.parse(`${text}:00Z`);
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const startOf = (day: string) => Date.parse(`${day}T00:00:00Z`);
const minute = 60_000;

it('puts runs on their days, the gone ones nowhere, many of one job together', () => {
  const days = daysFrom('2026-12-31', 3);
  expect(days).toEqual(['2026-12-31', '2027-01-01', '2027-01-02']);
  const nightly = [
    at('2026-12-31T02:00'),
    at('2027-01-01T02:00'),
    at('2027-01-02T02:00'),
    at('2027-01-03T02:00'),
  ];
  const often = [at('2027-01-01T01:00'), at('2027-01-01T09:00')];
  const found = calendarOf(
    days,
    [
      { job: 'nightly', runs: nightly, cut: new Set() },
      { job: 'often', runs: often, cut: new Set(['2027-01-01']) },
    ],
    at('2026-12-31T02:00'),
    dayOf,
  );
  expect(found.map(({ entries }) => entries.map(({ job, count, more }) => [job, count, more]))).toEqual([
    [],
    [
      ['often', 2, true],
      ['nightly', 1, false],
    ],
    [['nightly', 1, false]],
  ]);
});

/** Answers as the API does; counts its calls. */
function schedule(stepMs: number) {
  const calls: number[] = [];
  return {
    calls,
    ask: async (after: number) => {
      calls.push(after);
      const first = Math.floor(after / stepMs + 1) * stepMs;
      return Array.from({ length: 100 }, (_, i) => first + i * stepMs);
    },
  };
}

it.each([
  ['once a day', 1440, 7, 1, 0],
  ['each hour', 60, 167, 2, 0],
  ['each minute', 1, 700, 7, 7],
])('%s: asks no more often than it must', async (_, minutes, runs, calls, cut) => {
  const from = at('2026-11-23T00:00');
  const to = startOf('2026-11-30') + (minutes === 1440 ? 1 : 0);
  const asked = schedule(minutes * minute);
  const found = await runsUntil(from, to, asked.ask, dayOf, startOf);
  expect([found.runs.length, asked.calls.length, found.cut.size]).toEqual([runs, calls, cut]);
  expect(found.runs).toEqual([...new Set(found.runs)].sort((a, b) => a - b));
});

it('a schedule that never comes, and one that is answered wrongly, end', async () => {
  expect((await runsUntil(0, 9e9, async () => [], dayOf, startOf)).runs).toEqual([]);
  const stuck = async () => Array.from({ length: 100 }, () => 0);
  expect((await runsUntil(1, 9e9, stuck, dayOf, startOf)).runs).toHaveLength(100);
});
