import { describe, expect, it, vi } from 'vitest';
import { zoneClock } from './zone-clock.ts';

const wall = (text: string) => Date.parse(`${text}Z`);
const show = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');

/** What the clocks show, asked of Intl directly. */
function asking(zone: string): (atMs: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return (atMs) => format.format(atMs).replace(' ', 'T');
}

describe('the wall time of an instant', () => {
  const zones = [
    ...['UTC', 'Europe/Athens', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'America/St_Johns'],
    ...['Asia/Kathmandu', 'Pacific/Apia', 'Africa/Casablanca', 'Antarctica/Casey', 'Asia/Gaza'],
  ];
  it.each(zones)('%s: as Intl says, through three years and their changes', (zone) => {
    const clock = zoneClock(zone);
    const shown = asking(zone);
    // 4 h 7 min 13 s: through all hours of the day.
    for (let at = wall('2010-01-01T00:00:00'); at < wall('2013-01-01T00:00:00'); at += 14_833_000) {
      const plain = new Date(clock.wallOf(at)).toISOString().slice(0, 19);
      if (plain !== shown(at)) expect(plain, show(at)).toBe(shown(at));
    }
  });

  it('changes to the second', () => {
    const clock = zoneClock('America/St_Johns');
    // Until 2011 Newfoundland changed at 00:01 local time: back to 23:01 of the day before.
    const change = wall('2010-11-07T02:31:00');
    expect(show(clock.wallOf(change - 1000))).toBe('2010-11-07T00:00:59Z');
    expect(show(clock.wallOf(change))).toBe('2010-11-06T23:01:00Z');
  });
});

describe('the instant of a wall time', () => {
  it.each([
    ['UTC', '2026-03-29T02:30:00', '2026-03-29T02:30:00Z'],
    ['Europe/Athens', '2026-01-15T02:30:00', '2026-01-15T00:30:00Z'],
    ['Europe/Athens', '2026-07-15T02:30:00', '2026-07-14T23:30:00Z'],
    // Skipped, 03:00 to 04:00: the moment of the change.
    ['Europe/Athens', '2026-03-29T02:59:59', '2026-03-29T00:59:59Z'],
    ['Europe/Athens', '2026-03-29T03:00:00', '2026-03-29T01:00:00Z'],
    ['Europe/Athens', '2026-03-29T03:59:59', '2026-03-29T01:00:00Z'],
    ['Europe/Athens', '2026-03-29T04:00:00', '2026-03-29T01:00:00Z'],
    ['Europe/Athens', '2026-03-29T04:00:01', '2026-03-29T01:00:01Z'],
    // Twice, 03:00 to 04:00: the first.
    ['Europe/Athens', '2026-10-25T02:59:59', '2026-10-24T23:59:59Z'],
    ['Europe/Athens', '2026-10-25T03:00:00', '2026-10-25T00:00:00Z'],
    ['Europe/Athens', '2026-10-25T03:59:59', '2026-10-25T00:59:59Z'],
    ['Europe/Athens', '2026-10-25T04:00:00', '2026-10-25T02:00:00Z'],
    // At midnight.
    ['America/Sao_Paulo', '2018-11-04T00:00:00', '2018-11-04T03:00:00Z'],
    ['America/Sao_Paulo', '2018-11-04T00:59:00', '2018-11-04T03:00:00Z'],
    ['America/Sao_Paulo', '2018-11-04T01:00:00', '2018-11-04T03:00:00Z'],
    ['America/Sao_Paulo', '2018-02-17T23:30:00', '2018-02-18T01:30:00Z'],
    ['America/Sao_Paulo', '2018-02-18T00:00:00', '2018-02-18T03:00:00Z'],
    // Half an hour.
    ['Australia/Lord_Howe', '2026-10-04T02:15:00', '2026-10-03T15:30:00Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:45:00', '2026-04-04T14:45:00Z'],
    ['Australia/Lord_Howe', '2026-04-05T02:00:00', '2026-04-04T15:30:00Z'],
    // A whole day, 30 December 2011.
    ['Pacific/Apia', '2011-12-29T23:59:00', '2011-12-30T09:59:00Z'],
    ['Pacific/Apia', '2011-12-30T02:30:00', '2011-12-30T10:00:00Z'],
    ['Pacific/Apia', '2011-12-31T00:00:00', '2011-12-30T10:00:00Z'],
  ])('%s %s is %s', (zone, text, expected) => {
    expect(show(zoneClock(zone).instantOf(wall(text)))).toBe(expected);
  });

  it('never decreases, and is the way back wherever the wall time exists', () => {
    for (const zone of ['Europe/Athens', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia']) {
      const clock = zoneClock(zone);
      let last = 0;
      for (let at = wall('2010-10-20T00:00:30'); at < wall('2012-01-10T00:00:00'); at += 17 * 60_000) {
        const instant = clock.instantOf(at);
        const isBack = clock.instantOf(clock.wallOf(instant)) === instant;
        if (instant < last || !isBack) expect.fail(`${zone} ${show(at)}: ${show(instant)}`);
        last = instant;
      }
    }
  });
});

describe('a zone', () => {
  it.each(['', 'Europe', 'Europe/Atlantis', '../../etc/passwd', 'Europe/Athens\0'])(
    'that nobody knows is refused: %j',
    (zone) => {
      expect(() => zoneClock(zone)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    },
  );

  it('is prepared once, in whatever case it is written', () => {
    const clock = zoneClock('europe/lisbon');
    const made = vi.spyOn(Intl, 'DateTimeFormat');
    try {
      expect(zoneClock('Europe/Lisbon')).toBe(clock);
      expect(clock.wallOf(0)).toBe(3_600_000);
      expect(made).not.toHaveBeenCalled();
    } finally {
      made.mockRestore();
    }
  });
});
