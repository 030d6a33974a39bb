import { describe, expect, it, vi } from 'vitest';
import { zoneClock } from '../../core/zone-clock.ts';
import { type KeepOptions, keepAll, keepRules, parseKeepOptions } from './keep-options.ts';
import { markBackups, type PrunableBackup } from './mark-backups.ts';

const athens = 'Europe/Athens';

function backup(atMs: number, more: Partial<PrunableBackup> = {}): PrunableBackup {
  return { standard: true, kind: 'qemu', vmid: 100, atMs, ...more };
}

/** Of `2026-03-29 12:00` in Athens. */
function at(text: string): number {
  return zoneClock(athens).instantOf(Date.parse(`${text.replace(' ', 'T')}:00Z`));
}

/** What stays of backups made at local times of 2026, as `time: rule without keep-`. */
function kept(times: readonly string[], keep: string): string[] {
  const marked = markBackups(
    times.map((time) => backup(at(`2026-${time}`))),
    parseKeepOptions(keep),
    athens,
  );
  return marked.flatMap(({ mark, keptBy }, index) =>
    mark === 'keep' ? [`${times[index]}: ${keptBy?.slice('keep-'.length) ?? 'all'}`] : [],
  );
}

describe('which backups of a guest stay', () => {
  it.each<[string, string[], string, string[]]>([
    [
      'the last',
      ['06-01 10:00', '06-01 11:00', '06-02 10:00'],
      'keep-last=2',
      ['06-01 11:00: last', '06-02 10:00: last'],
    ],
    [
      'all, when there are fewer',
      ['06-01 10:00', '06-02 10:00'],
      'keep-last=5',
      ['06-01 10:00: last', '06-02 10:00: last'],
    ],
    [
      'of an hour the latest',
      ['06-01 10:00', '06-01 10:20', '06-01 11:59', '06-01 12:00'],
      'keep-hourly=3',
      ['06-01 10:20: hourly', '06-01 11:59: hourly', '06-01 12:00: hourly'],
    ],
    [
      'of a day the latest',
      ['06-01 01:00', '06-01 23:00', '06-02 01:00', '06-02 23:00'],
      'keep-daily=2',
      ['06-01 23:00: daily', '06-02 23:00: daily'],
    ],
    [
      'days without a backup do not count',
      ['05-01 01:00', '05-20 01:00', '06-02 01:00'],
      'keep-daily=2',
      ['05-20 01:00: daily', '06-02 01:00: daily'],
    ],
    // 1 June 2026 is a Monday.
    [
      'weeks begin on Monday',
      ['05-24 12:00', '05-25 00:00', '05-31 23:59', '06-01 00:00'],
      'keep-weekly=2',
      ['05-31 23:59: weekly', '06-01 00:00: weekly'],
    ],
    [
      'of a month the latest',
      ['04-30 12:00', '05-01 00:00', '05-31 23:59', '06-01 00:00'],
      'keep-monthly=2',
      ['05-31 23:59: monthly', '06-01 00:00: monthly'],
    ],
    [
      'a day of which the last is kept does not count',
      ['06-01 10:00', '06-02 10:00', '06-03 09:00', '06-03 10:00'],
      'keep-last=1,keep-daily=1',
      ['06-02 10:00: daily', '06-03 10:00: last'],
    ],
    [
      'the last of one day leave the days before to the next rule',
      ['05-31 10:00', '06-01 09:00', '06-01 10:00', '06-01 11:00'],
      'keep-last=2,keep-daily=1',
      ['05-31 10:00: daily', '06-01 10:00: last', '06-01 11:00: last'],
    ],
    [
      'an hour of which the last is kept does not count',
      ['06-01 08:00', '06-01 09:00', '06-01 09:30'],
      'keep-last=1,keep-hourly=1',
      ['06-01 08:00: hourly', '06-01 09:30: last'],
    ],
    // 31 March and 2 April are of one week.
    [
      'what lies in a covered period is left to later rules',
      ['02-20 12:00', '03-31 12:00', '04-02 12:00'],
      'keep-last=1,keep-weekly=1,keep-monthly=1',
      ['02-20 12:00: weekly', '03-31 12:00: monthly', '04-02 12:00: last'],
    ],
    // The week from 30 March to 5 April: its backup of March is gone with it, so that March is kept by an older one.
    [
      'what a rule leaves out of its period is gone for later rules',
      ['03-20 12:00', '03-31 12:00', '04-02 12:00'],
      'keep-weekly=1,keep-monthly=1',
      ['03-20 12:00: monthly', '04-02 12:00: weekly'],
    ],
    [
      'a rule goes on behind what others cover',
      ['04-10 12:00', '05-10 12:00', '05-30 12:00', '05-31 12:00', '06-01 12:00'],
      'keep-daily=3,keep-monthly=1',
      ['04-10 12:00: monthly', '05-30 12:00: daily', '05-31 12:00: daily', '06-01 12:00: daily'],
    ],
    [
      'rules of 0 keep nothing',
      ['06-01 10:00', '06-02 10:00'],
      'keep-last=0,keep-daily=1',
      ['06-02 10:00: daily'],
    ],
    [
      'days are local ones',
      ['01-15 23:59', '01-16 00:30', '01-16 01:30', '01-16 02:30'],
      'keep-daily=1',
      ['01-16 02:30: daily'],
    ],
    ['all', ['06-01 10:00', '06-02 10:00'], 'keep-all=1', ['06-01 10:00: all', '06-02 10:00: all']],
  ])('%s', (_, times, keep, expected) => {
    expect(kept(times, keep)).toEqual(expected);
    expect(kept(times.toReversed(), keep)).toEqual(expected.toReversed());
  });

  it.each([
    // ISO week 53 of 2026: from Monday 28 December 2026 to Sunday 3 January 2027.
    ['keep-weekly=1', [false, false, false, true]],
    ['keep-weekly=2', [true, false, false, true]],
    ['keep-yearly=1', [false, false, false, true]],
    ['keep-yearly=2', [false, false, true, true]],
    ['keep-weekly=1,keep-yearly=1', [true, false, false, true]],
  ])('over the turn of the year: %s', (keep, expected) => {
    const times = ['2026-12-27 12:00', '2026-12-28 12:00', '2026-12-31 12:00', '2027-01-03 12:00'];
    const marked = markBackups(
      times.map((time) => backup(at(time))),
      parseKeepOptions(keep),
      athens,
    );
    expect(marked.map(({ mark }) => mark === 'keep')).toEqual(expected);
  });

  it('an hour that clocks show twice is one hour', () => {
    const times = ['2026-10-24T23:30Z', '2026-10-25T00:30Z', '2026-10-25T01:30Z', '2026-10-25T02:30Z'];
    const marked = markBackups(
      times.map((time) => backup(Date.parse(time))),
      { 'keep-hourly': 3 },
      athens,
    );
    expect(marked.map(({ mark }) => mark)).toEqual(['keep', 'remove', 'keep', 'keep']);
  });

  it('of two from the same second the first given stays', () => {
    const same = [backup(at('2026-06-01 10:00')), backup(at('2026-06-01 10:00') + 999)];
    expect(markBackups(same, { 'keep-last': 2 }, athens).map(({ mark }) => mark)).toEqual(['remove', 'keep']);
    const equal = [backup(at('2026-06-01 10:00')), backup(at('2026-06-01 10:00'))];
    expect(markBackups(equal, { 'keep-last': 2 }, athens).map(({ mark }) => mark)).toEqual([
      'keep',
      'remove',
    ]);
  });
});

describe('which backups are looked at', () => {
  const day = (number: number) => at(`2026-06-${String(number).padStart(2, '0')} 10:00`);
  const mixed: PrunableBackup[] = [
    backup(day(1)),
    backup(day(2)),
    backup(day(3), { protected: true }),
    backup(day(4), { standard: false }),
    backup(day(4), { standard: false, protected: true }),
    backup(day(1), { vmid: 101 }),
    backup(day(1), { kind: 'lxc' }),
    backup(day(2), { kind: 'lxc' }),
    backup(day(2), { kind: 'openvz' }),
    backup(day(1), { kind: undefined }),
    backup(day(1), { vmid: undefined }),
    backup(Number.NaN),
    { ...backup(0), atMs: undefined },
  ];
  const others = ['protected', 'renamed', 'protected'] as const;

  it('each guest for itself; protected and renamed ones neither go nor count', () => {
    expect(markBackups(mixed, { 'keep-last': 1 }, athens).map(({ mark }) => mark)).toEqual([
      ...['remove', 'keep', ...others, 'keep', 'remove', 'keep', 'keep'],
      ...['renamed', 'renamed', 'renamed', 'renamed'],
    ]);
  });

  it.each<[string, KeepOptions]>([
    ['keep-all', keepAll],
    ['keep-all beside a count', { 'keep-all': true, 'keep-last': 1 }],
    ['no option', {}],
    ['nothing but 0', { 'keep-last': 0, 'keep-daily': 0 }],
    ['nonsense', { 'keep-last': Number.NaN, 'keep-daily': -1 }],
  ])('nothing goes with %s', (_, keep) => {
    expect(markBackups(mixed, keep, athens).map(({ mark }) => mark)).toEqual([
      ...['keep', 'keep', ...others, 'keep', 'keep', 'keep', 'keep'],
      ...['renamed', 'renamed', 'renamed', 'renamed'],
    ]);
  });

  it('answers in the order given, with what was given', () => {
    const marked = markBackups(mixed, { 'keep-last': 1 }, athens);
    expect(marked.map((one) => one.backup)).toEqual(mixed);
    expect(marked[0]!.backup).toBe(mixed[0]);
    expect(markBackups([], { 'keep-last': 1 }, athens)).toEqual([]);
  });

  it('refuses an unknown zone', () => {
    expect(() => markBackups(mixed, { 'keep-last': 1 }, 'Europe/Atlantis')).toThrow('time zone');
  });
});

/** Names of periods by the words of the manual, asked of Intl; the week by the year and number of its Thursday. */
function periodName(rule: (typeof keepRules)[number], atMs: number, format: Intl.DateTimeFormat): string {
  const shown = format.format(atMs);
  const year = Number(shown.slice(0, 4));
  switch (rule) {
    case 'keep-last':
      return String(atMs);
    case 'keep-hourly':
      return shown.slice(0, 13);
    case 'keep-daily':
      return shown.slice(0, 10);
    case 'keep-monthly':
      return shown.slice(0, 7);
    case 'keep-yearly':
      return String(year);
    case 'keep-weekly': {
      const date = new Date(`${shown.slice(0, 10)}T00:00:00Z`);
      date.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7));
      const yearStart = Date.UTC(date.getUTCFullYear(), 0, 1);
      return `${date.getUTCFullYear()} week ${Math.floor((date.getTime() - yearStart) / 86_400_000 / 7) + 1}`;
    }
  }
}

/** The manual's rules, told by whole periods instead of backup by backup. */
function stayingByPeriods(
  times: readonly number[],
  keep: KeepOptions,
  format: Intl.DateTimeFormat,
): number[] {
  let open = times.toSorted((a, b) => b - a);
  const staying: number[] = [];
  for (const rule of keepRules) {
    const name = (atMs: number) => periodName(rule, atMs, format);
    const covered = new Set(staying.map(name));
    const periods = [
      ...Map.groupBy(
        open.filter((atMs) => !covered.has(name(atMs))),
        name,
      ).values(),
    ];
    for (const period of periods.slice(0, keep[rule] ?? 0)) {
      staying.push(period[0]!);
      open = open.filter((atMs) => !period.includes(atMs));
    }
  }
  return staying.sort((a, b) => a - b);
}

describe('random backups and options', () => {
  it.each([
    ['Europe/Athens', '2026-10-25T12:00Z'],
    ['America/Sao_Paulo', '2018-11-05T12:00Z'],
    ['Australia/Lord_Howe', '2027-01-02T12:00Z'],
    ['America/St_Johns', '2010-11-07T12:00Z'],
  ])('in %s up to %s', (zone, end) => {
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: zone,
      dateStyle: 'short',
      timeStyle: 'short',
    });
    let state = 7;
    // Park and Miller's numbers: repeatable.
    const random = (below: number) => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    for (let round = 0; round < 60; round += 1) {
      // Dense near the end, thin years before it.
      const times = new Set(
        Array.from(
          { length: 5 + random(80) },
          () => Date.parse(end) - Math.floor(1.6 ** random(45)) * 60_000 * (1 + random(3)),
        ),
      );
      const keep: KeepOptions = Object.fromEntries(
        keepRules.filter(() => random(2) === 0).map((rule) => [rule, random(6)]),
      );
      const given = [...times].map((atMs) => backup(atMs));
      const expected = keepRules.some((rule) => (keep[rule] ?? 0) > 0)
        ? stayingByPeriods([...times], keep, format)
        : [...times].sort((a, b) => a - b);
      const got = markBackups(given, keep, zone).flatMap(({ mark, backup: { atMs } }) =>
        mark === 'keep' ? [atMs!] : [],
      );
      expect(
        got.sort((a, b) => a - b),
        JSON.stringify(keep),
      ).toEqual(expected);
    }
  });
});

describe('ten thousand backups', () => {
  it('take no preparation of Intl each', () => {
    zoneClock(athens);
    const many = Array.from({ length: 10_000 }, (_, i) =>
      backup(1.7e12 + i * 3_700_000, { vmid: 100 + (i % 50) }),
    );
    const made = vi.spyOn(Intl, 'DateTimeFormat');
    const asked = vi.spyOn(Intl.DateTimeFormat.prototype as { readonly format: unknown }, 'format', 'get');
    try {
      const keep = parseKeepOptions('keep-last=3,keep-hourly=24,keep-daily=13,keep-weekly=8,keep-monthly=11');
      expect(markBackups(many, keep, athens).filter(({ mark }) => mark === 'keep').length).toBeGreaterThan(
        1000,
      );
      expect(made).not.toHaveBeenCalled();
      // Once for each of the 428 days, and some for the changes of clocks.
      expect(asked.mock.calls.length).toBeLessThan(1000);
    } finally {
      made.mockRestore();
      asked.mockRestore();
    }
  });
});
