// Logs: what is asked of journalctl, what becomes of its answer, and where it ends.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createEntryLines, readEntry } from './journal-entry.ts';
import type { LineStream } from './line-stream.ts';
import { createSystemLogs, planJournal } from './system-logs.ts';

const recorded = readFileSync(new URL('testdata/journal.systemd-252.json', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const entries = recorded.map((line) => readEntry(line)!);
const signal = new AbortController().signal;
const cursor = entries[5]!.cursor;

function logsOf(lines: readonly string[], hasJournal = true) {
  const runs: string[][] = [];
  let taken = 0;
  const stream: LineStream = async (_file, args, { onLine }) => {
    runs.push([...args]);
    for (const line of lines) {
      taken += 1;
      if (!onLine(Buffer.from(line))) return 'enough';
    }
    return 'all';
  };
  const logs = createSystemLogs({ stream, timeZone: () => 'Europe/Rome', hasJournal: () => hasJournal });
  return { logs, runs, taken: () => taken };
}

test('entries become the lines that people know', () => {
  const render = createEntryLines('UTC');
  expect(entries.slice(0, 1).flatMap(render)).toEqual([
    'Nov 21 14:58:30 vm systemd-journald[7516]: Journal started',
  ]);
  const lines = entries.flatMap(render);
  expect(lines).toContain('Nov 21 14:58:32 vm multi[7538]: first line');
  expect(lines[lines.indexOf('Nov 21 14:58:32 vm multi[7538]: first line') + 1]).toBe('    second line');
  // Bytes that are no UTF-8, and colours.
  expect(lines.find((line) => line.includes('raw['))).toMatch(/: bytes \ufffd\ufffd red$/);
  expect(createEntryLines('Asia/Tokyo')(entries[0]!)[0]).toMatch(/^Nov 21 23:58:30 /);
  expect(readEntry('not JSON')).toBeUndefined();
  expect(readEntry('{"MESSAGE":"no cursor"}')).toBeUndefined();
});

test('the journal between its cursors, oldest first, without secrets', async () => {
  const { logs, runs } = logsOf(recorded.toReversed());
  const { lines, reason } = await logs.journal({ lastentries: 8 }, signal);
  expect(reason).toBeUndefined();
  expect(lines[0]).toBe(entries.at(-8)!.cursor);
  expect(lines.at(-1)).toBe(entries.at(-1)!.cursor);
  expect(lines).toContain('Nov 21 15:58:32 vm prog1[7527]: line 5 password=********');
  expect(lines.join('\n')).not.toContain('geheim');
  expect(runs[0]).toContain('--reverse');
});

test('forwards from a cursor, up to another one', async () => {
  const { logs, runs } = logsOf(recorded.slice(6));
  const { lines } = await logs.journal({ startcursor: cursor, endcursor: entries[9]!.cursor }, signal);
  expect(runs[0]).toContain(`--after-cursor=${cursor}`);
  expect(runs[0]).not.toContain('--reverse');
  expect(lines).toHaveLength(2 + 3);
  expect(lines[0]).toBe(entries[6]!.cursor);
});

test('with nothing new the cursor stays, so that a client can go on from it', async () => {
  expect((await logsOf([]).logs.journal({ startcursor: cursor }, signal)).lines).toEqual([cursor, cursor]);
  expect((await logsOf([]).logs.journal({}, signal)).lines).toEqual([]);
});

test('which way is read, and how far', () => {
  const way = (query: Parameters<typeof planJournal>[0]) => {
    const { backwards, most } = planJournal(query);
    return `${backwards ? 'back' : 'on'} ${most}`;
  };
  expect(way({})).toBe('back 5000');
  expect(way({ lastentries: 100 })).toBe('back 100');
  expect(way({ lastentries: 1_000_000 })).toBe('back 5000');
  expect(way({ since: 1 })).toBe('on 5000');
  expect(way({ since: 1, lastentries: 10 })).toBe('back 10');
  expect(way({ endcursor: cursor })).toBe('back 5000');
  expect(planJournal({ since: 5, until: 9 }).args.slice(-2)).toEqual(['--since=@5', '--until=@9']);
  expect(planJournal({ endcursor: cursor, lastentries: 7 }).args).toContain(`--after-cursor=${cursor}`);
});

test.each([
  [{ startcursor: cursor, since: 1 }, 'startcursor'],
  [{ endcursor: cursor, until: 1 }, 'endcursor'],
  [{ startcursor: cursor, lastentries: 1 }, 'lastentries'],
  [{ startcursor: 'x; rm' }, 'startcursor'],
  [{ endcursor: '--file=/etc/shadow' }, 'endcursor'],
])('%j is refused', (query, field) => {
  expect(() => planJournal(query)).toThrow(
    expect.objectContaining({ code: 'invalid-input', fields: { [field]: expect.any(String) } }),
  );
});

test('lines of the syslog by number, counted to the end, and never too many', async () => {
  const many = Array.from({ length: 12_000 }, (_, index) => `line ${index + 1}`);
  const { logs, runs } = logsOf(many);
  const part = await logs.syslog({ start: 10, limit: 2, unit: 'ssh.service', since: '2026-11-21' }, signal);
  expect(part).toEqual({
    lines: [
      { n: 11, t: 'line 11' },
      { n: 12, t: 'line 12' },
    ],
    total: 12_000,
  });
  expect(runs[0]).toEqual(expect.arrayContaining(['--unit=ssh.service', '--since=2026-11-21']));
  expect((await logs.syslog({}, signal)).lines).toHaveLength(50);
  expect((await logs.syslog({ limit: 100_000 }, signal)).lines).toHaveLength(5_000);
});

test('a log that takes too long is told as far as it was read', async () => {
  const logs = createSystemLogs({
    stream: async (_file, _args, { onLine }) => {
      onLine(Buffer.from('only this'));
      return 'time';
    },
    timeZone: () => 'UTC',
    hasJournal: () => true,
  });
  expect(await logs.syslog({}, signal)).toEqual({
    lines: [{ n: 1, t: 'only this' }],
    total: 1,
    reason: 'the log is long: only its first 1 lines were counted',
  });
});

test('without a journal nothing is run, and it is said why', async () => {
  const { logs, runs } = logsOf(recorded, false);
  expect(await logs.syslog({}, signal)).toMatchObject({
    lines: [],
    total: 0,
    reason: expect.stringContaining('journald does not run'),
  });
  expect(await logs.journal({}, signal)).toMatchObject({
    lines: [],
    reason: expect.stringContaining('journald does not run'),
  });
  expect(runs).toEqual([]);
});
