// Reading a log: its end, what comes, what was before; without losing or repeating a line.
import { describe, expect, it } from 'vitest';
import {
  atOnce,
  type JournalAsked,
  journalSource,
  linesWith,
  type SyslogAsked,
  syslogSource,
} from './log-source.ts';

/** A journal of numbered entries that answers as the daemon does. */
function fakeJournal(count: number) {
  const entries = Array.from({ length: count }, (_, i) => i);
  const asked: JournalAsked[] = [];
  return {
    asked,
    add: () => entries.push(entries.length),
    async read(query: JournalAsked) {
      asked.push(query);
      const after = query.startcursor === undefined ? -1 : Number(query.startcursor.slice(1));
      const before = query.endcursor === undefined ? entries.length : Number(query.endcursor.slice(1));
      let some = entries.filter((one) => one > after && one < before && one >= (query.since ?? 0));
      if (query.lastentries !== undefined) some = some.slice(-query.lastentries);
      const first = some[0] === undefined ? (query.startcursor ?? query.endcursor) : `c${some[0]}`;
      const last = some.length === 0 ? first : `c${some.at(-1)}`;
      if (first === undefined || last === undefined) return { data: [], reason: 'there is no journal' };
      return { data: [first, ...some.map((one) => `line ${one}`), last] };
    },
  };
}

describe('the journal', () => {
  it('opens at its end, and goes on from there', async () => {
    const journal = fakeJournal(2500);
    const source = journalSource(journal.read, {});
    const { lines } = await source.open();
    expect([lines[0], lines.at(-1)]).toEqual(['line 1500', 'line 2499']);
    expect((await source.later()).lines).toEqual([]);
    journal.add();
    journal.add();
    expect((await source.later()).lines).toEqual(['line 2500', 'line 2501']);
    expect((await source.later()).lines).toEqual([]);
  });

  it('reads what was before, up to the begin', async () => {
    const source = journalSource(fakeJournal(1500).read, {});
    await source.open();
    expect(source.hasEarlier()).toBe(true);
    const { lines } = await source.earlier();
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([500, 'line 0', 'line 499']);
    expect((await source.earlier()).lines).toEqual([]);
    expect(source.hasEarlier()).toBe(false);
  });

  it('begins where it is told to, and keeps to the end of the range', async () => {
    const journal = fakeJournal(10);
    const source = journalSource(journal.read, { since: 7, until: 99 });
    expect((await source.open()).lines).toEqual(['line 7', 'line 8', 'line 9']);
    expect(source.hasEarlier()).toBe(false);
    await source.later();
    expect(journal.asked).toEqual([
      { since: 7, until: 99 },
      { startcursor: 'c9', until: 99 },
    ]);
  });

  it('says why there is nothing, and looks again', async () => {
    const journal = fakeJournal(0);
    const source = journalSource(journal.read, {});
    expect(await source.open()).toEqual({ lines: [], reason: 'there is no journal' });
    expect((await source.earlier()).lines).toEqual([]);
    expect(source.hasEarlier()).toBe(false);
    journal.add();
    expect((await source.later()).lines).toEqual(['line 0']);
  });
});

function fakeSyslog(count: number) {
  const lines = Array.from({ length: count }, (_, i) => ({ n: i + 1, t: `line ${i + 1}` }));
  return {
    add: () => lines.push({ n: lines.length + 1, t: `line ${lines.length + 1}` }),
    read: async ({ start, limit }: SyslogAsked) => ({
      data: lines.slice(start, start + limit),
      total: lines.length,
    }),
  };
}

describe('the log of one service', () => {
  it('of few lines is read as a whole, then on', async () => {
    const log = fakeSyslog(3);
    const source = syslogSource(log.read);
    expect((await source.open()).lines).toEqual(['line 1', 'line 2', 'line 3']);
    expect(source.hasEarlier()).toBe(false);
    log.add();
    expect((await source.later()).lines).toEqual(['line 4']);
    expect((await source.later()).lines).toEqual([]);
  });

  it('of many lines opens at its end, and is read back to the begin', async () => {
    const source = syslogSource(fakeSyslog(atOnce + 700).read);
    const { lines } = await source.open();
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([atOnce, 'line 701', `line ${atOnce + 700}`]);
    expect(source.hasEarlier()).toBe(true);
    const before = await source.earlier();
    expect([before.lines[0], before.lines.at(-1)]).toEqual(['line 1', 'line 700']);
    expect(source.hasEarlier()).toBe(false);
  });

  it('that is empty yet is read when something comes', async () => {
    const log = fakeSyslog(0);
    const source = syslogSource(log.read);
    expect((await source.open()).lines).toEqual([]);
    log.add();
    expect((await source.later()).lines).toEqual(['line 1']);
  });
});

describe('searching', () => {
  it('finds lines with all words, whatever their capitals', () => {
    const lines = ['sshd: Failed password', 'sshd: listening', 'kernel: FAILED'];
    expect(linesWith(lines, 'FAILED sshd')).toEqual(['sshd: Failed password']);
    expect(linesWith(lines, ' ')).toBe(lines);
    expect(linesWith(lines, '.*')).toEqual([]);
  });
});
