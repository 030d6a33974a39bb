import { describe, expect, test } from 'vitest';
import { countsByRule, mostDays, retentionPicture } from './retention-picture.ts';

const at = (day: string) => ({ time: Date.parse(`${day}T02:00:00Z`) / 1000 });
const dayOf = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);
const picture = (from: string, until: string, ...days: string[]) =>
  retentionPicture(days.map(at), from, until, dayOf);

describe('days', () => {
  test('stand in weeks from Monday on, each with its backups', () => {
    // A Thursday.
    const { of, columns, cells } = picture('2026-11-26', '2026-12-08', '2026-12-07', '2026-12-07');
    expect([of, columns, cells.length]).toEqual(['days', 3, 13]);
    expect(cells[0]).toEqual({ column: 1, row: 4, day: '2026-11-26', count: 0 });
    expect(cells[4]).toEqual({ column: 2, row: 1, day: '2026-11-30', count: 0 });
    expect(cells.at(-2)).toEqual({ column: 3, row: 1, day: '2026-12-07', count: 2 });
  });

  test('have each month’s name where there is room for it', () => {
    const { marks, columns } = picture('2026-11-23', '2027-11-23');
    expect(columns).toBe(53);
    expect(marks.map(({ day }) => day.slice(0, 7))).toEqual([
      ...['2026-12', '2027-01', '2027-02', '2027-03', '2027-04', '2027-05', '2027-06', '2027-07'],
      ...['2027-08', '2027-09', '2027-10', '2027-11'],
    ]);
    expect(marks.every(({ at: column }, i) => i === 0 || column - marks[i - 1]!.at >= 3)).toBe(true);
  });

  test('of one day are one', () => {
    expect(picture('2026-11-23', '2026-11-23').cells).toHaveLength(1);
    expect(picture('2026-11-23', '2026-11-20').cells).toHaveLength(1);
  });

  test('are whole where clocks change', () => {
    const { cells } = picture('2026-03-01', '2026-12-01');
    expect(new Set(cells.map(({ day }) => day)).size).toBe(276);
  });
});

describe('months', () => {
  test('stand in years when there are too many days', () => {
    const { of, columns, cells, marks } = picture(
      ...(['2026-11-23', '2029-02-01', '2026-12-31', '2028-02-29', '2028-02-01'] as const),
    );
    expect([of, columns]).toEqual(['months', 12]);
    expect(cells).toHaveLength(28);
    expect(cells[0]).toEqual({ column: 11, row: 1, day: '2026-11-01', count: 0 });
    expect(cells[1]).toMatchObject({ column: 12, row: 1, count: 1 });
    expect(cells.find(({ day }) => day === '2028-02-01')).toMatchObject({ column: 2, row: 3, count: 2 });
    expect(marks).toEqual([
      { at: 1, day: '2026-11-01' },
      { at: 2, day: '2027-01-01' },
      { at: 3, day: '2028-01-01' },
      { at: 4, day: '2029-01-01' },
    ]);
  });

  test('begin behind the last number of days', () => {
    const until = (days: number) =>
      new Date(Date.parse('2026-01-01T00:00:00Z') + (days - 1) * 86_400_000).toISOString().slice(0, 10);
    expect(picture('2026-01-01', until(mostDays)).of).toBe('days');
    expect(picture('2026-01-01', until(mostDays + 1)).of).toBe('months');
  });
});

test('rules are counted in their order', () => {
  const counts = countsByRule([
    { time: 3, rule: 'keep-last' },
    { time: 2, rule: 'keep-daily' },
    { time: 1, rule: 'keep-daily' },
    { time: 0 },
  ]);
  expect(Object.entries(counts)).toEqual([
    ['keep-last', 1],
    ['keep-daily', 2],
  ]);
});
