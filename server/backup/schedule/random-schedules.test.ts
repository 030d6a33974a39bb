// Runs of random schedules around random times and changes of clocks, against a walk through all minutes.
import { describe, expect, it } from 'vitest';
import { parseCalendarEvent } from './calendar-event.ts';
import { nextRun, runsBetween } from './upcoming-runs.ts';

const minuteMs = 60_000;
const dayMinutes = 1440;

/** Repeatable numbers from 0 to under 1 (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Field {
  readonly text: string;
  matches(value: number): boolean;
}

/** A field as text together with what it means, made without the parser. */
function randomField(random: () => number, first: number, last: number, starChance: number): Field {
  const within = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  if (random() < starChance) return { text: '*', matches: () => true };
  if (random() < 0.2) {
    const step = within(1, last);
    return { text: `*/${step}`, matches: (value) => (value - first) % step === 0 };
  }
  const members: Field[] = Array.from({ length: within(1, 3) }, () => {
    const from = within(first, last);
    const to = within(from, last);
    const step = within(1, Math.min(last, 20));
    const stepped = (value: number) => (value - from) % step === 0;
    const kinds: readonly Field[] = [
      { text: String(from).padStart(2, '0'), matches: (value) => value === from },
      { text: `${from}..${to}`, matches: (value) => value >= from && value <= to },
      { text: `${from}/${step}`, matches: (value) => value >= from && stepped(value) },
      { text: `${from}..${to}/${step}`, matches: (value) => value >= from && value <= to && stepped(value) },
    ];
    return kinds[within(0, kinds.length - 1)]!;
  });
  return {
    text: members.map(({ text }) => text).join(','),
    matches: (value) => members.some((member) => member.matches(value)),
  };
}

const weekdayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

function randomWeekdays(random: () => number): Field {
  const days = weekdayNames.map((_, day) => day).filter(() => random() < 0.5);
  if (days.length === 0 || random() < 0.5) return { text: '', matches: () => true };
  if (random() < 0.5)
    return {
      text: `${days.map((day) => weekdayNames[day]).join(',')} `,
      matches: (value) => days.includes(value),
    };
  const from = Math.floor(random() * 7);
  const length = Math.floor(random() * 7);
  return {
    text: `${weekdayNames[from]}..${weekdayNames[(from + length) % 7]} `,
    matches: (value) => (value - from + 7) % 7 <= length,
  };
}

interface Schedule {
  readonly text: string;
  /** At a wall time, in minutes as if it were UTC. */
  matches(wallMinute: number): boolean;
}

function randomSchedule(random: () => number): Schedule {
  const weekdays = randomWeekdays(random);
  const month = randomField(random, 1, 12, 0.8);
  const day = randomField(random, 1, 31, 0.7);
  const hour = randomField(random, 0, 23, 0.3);
  const minute = randomField(random, 0, 59, 0.1);
  const hasDate = month.text !== '*' || day.text !== '*' || random() < 0.3;
  return {
    text: `${weekdays.text}${hasDate ? `*-${month.text}-${day.text} ` : ''}${hour.text}:${minute.text}`,
    matches(wallMinute) {
      const wall = new Date(wallMinute * minuteMs);
      return (
        minute.matches(wall.getUTCMinutes()) &&
        hour.matches(wall.getUTCHours()) &&
        weekdays.matches((wall.getUTCDay() + 6) % 7) &&
        day.matches(wall.getUTCDate()) &&
        month.matches(wall.getUTCMonth() + 1)
      );
    },
  };
}

/** What the clocks show in each minute of a span, asked of Intl minute by minute. */
function wallMinutes(zone: string, fromMs: number, minutes: number): number[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  return Array.from(
    { length: minutes },
    (_, i) => Date.parse(`${format.format(fromMs + i * minuteMs).replace(' ', 'T')}Z`) / minuteMs,
  );
}

/** The minutes of the span in which the schedule runs: those that match and were not shown before, or end a skip over one that matches. */
function bruteRuns(schedule: Schedule, walls: readonly number[]): number[] {
  const runs: number[] = [];
  let shown = walls[0]! - 1;
  for (const [minute, wall] of walls.entries()) {
    let comes = false;
    for (let passed = shown + 1; passed <= wall; passed += 1) comes ||= schedule.matches(passed);
    if (comes) runs.push(minute);
    shown = Math.max(shown, wall);
  }
  return runs;
}

const spans: readonly (readonly [string, string[]])[] = [
  ['UTC', ['2028-02-27', '2026-12-29']],
  ['Europe/Athens', ['2026-03-27', '2026-10-23', '2026-06-29']],
  ['America/Sao_Paulo', ['2018-11-02', '2018-02-16', '2024-02-27']],
  ['Australia/Lord_Howe', ['2026-10-02', '2026-04-03', '2026-12-30']],
  ['America/St_Johns', ['2010-11-05']],
];

describe.each(spans)('random schedules in %s', (zone, starts) => {
  it.each(starts)('from %s', (start) => {
    const fromMs = Date.parse(`${start}T00:00:00Z`);
    const minutes = 4 * dayMinutes;
    const walls = wallMinutes(zone, fromMs, minutes);
    const random = randomNumbers(fromMs / minuteMs);
    let found = 0;
    for (let round = 0; round < 60; round += 1) {
      const schedule = randomSchedule(random);
      const event = parseCalendarEvent(schedule.text);
      const expected = bruteRuns(schedule, walls);
      const got = runsBetween(event, fromMs, fromMs + minutes * minuteMs, zone, minutes);
      expect(
        got.map((at) => (at - fromMs) / minuteMs),
        schedule.text,
      ).toEqual(expected);
      for (let instant = 0; instant < 5; instant += 1) {
        const after = random() * minutes;
        const next = expected.find((minute) => minute > after);
        if (next === undefined) continue;
        found += 1;
        const run = nextRun(event, fromMs + after * minuteMs, zone);
        expect(run, `${schedule.text} after minute ${after}`).toBe(fromMs + next * minuteMs);
      }
    }
    expect(found).toBeGreaterThan(50);
  });
});
