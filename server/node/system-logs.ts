// The logs of this node, read with journalctl: bounded in lines, bytes and time, secrets masked.
import { readdirSync } from 'node:fs';
import { invalidInput } from '../core/errors.ts';
import { createEntryLines, entryFields, type JournalEntry, plain, readEntry } from './journal-entry.ts';
import type { LineStream } from './line-stream.ts';
import { maskSecrets } from './mask-secrets.ts';

export interface SyslogQuery {
  readonly limit?: number | undefined;
  readonly start?: number | undefined;
  /** A unit, `ssh.service`. */
  readonly unit?: string | undefined;
  /** `2026-11-21 14:00:00`, in the time zone of the node. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

export interface SyslogPart {
  readonly lines: readonly { readonly n: number; readonly t: string }[];
  readonly total: number;
  /** Why there is nothing, or not all. */
  readonly reason?: string;
}

/** Times in seconds since the epoch. */
export interface JournalQuery {
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly startcursor?: string | undefined;
  readonly endcursor?: string | undefined;
  readonly lastentries?: number | undefined;
}

export interface JournalPart {
  /** First cursor, lines, last cursor; or empty. */
  readonly lines: readonly string[];
  readonly reason?: string;
}

export interface SystemLogs {
  syslog(query: SyslogQuery, signal: AbortSignal): Promise<SyslogPart>;
  journal(query: JournalQuery, signal: AbortSignal): Promise<JournalPart>;
}

export interface SystemLogParts {
  readonly stream: LineStream;
  timeZone(): string;
  /** Is there a journal? Default: looks for its files. */
  hasJournal?(): boolean;
  /** Of journal files; default: this machine's. */
  readonly folder?: string;
}

const mostLines = 5_000;
const usualLines = 50;
/** Of text in one answer. */
const mostBytes = 4 * 1024 * 1024;
const mostCounted = 1_000_000;
const readMs = 15_000;
/** 128-bit numbers in full, as journald gives them out: it refuses shorter ones. */
const cursorForm = /^s=[0-9a-f]{32};i=[0-9a-f]+;b=[0-9a-f]{32}(;[a-z]=[0-9a-f]+){1,5}$/;
const noJournal = 'there is no journal on this machine: systemd-journald does not run';

export function createSystemLogs(parts: SystemLogParts): SystemLogs {
  const { stream, timeZone, hasJournal = journalFiles, folder } = parts;
  const where = folder === undefined ? [] : [`--directory=${folder}`];
  return {
    async syslog({ limit, start = 0, unit, since, until }, signal) {
      if (!hasJournal()) return { lines: [], total: 0, reason: noJournal };
      const most = Math.min(limit || usualLines, mostLines);
      const lines: { n: number; t: string }[] = [];
      let total = 0;
      let bytes = 0;
      const end = await stream(
        'journalctl',
        [
          ...['--no-pager', '--quiet', '--output=short', ...where],
          ...(unit === undefined ? [] : [`--unit=${unit}`]),
          ...(since === undefined ? [] : [`--since=${since}`]),
          ...(until === undefined ? [] : [`--until=${until}`]),
        ],
        {
          ...{ signal, timeoutMs: readMs, intention: 'read the system log' },
          onLine: (line) => {
            total += 1;
            if (total > start && lines.length < most && bytes < mostBytes) {
              const t = maskSecrets(plain(line.toString('utf8')));
              bytes += t.length;
              lines.push({ n: total, t });
            }
            return total < mostCounted;
          },
        },
      );
      return {
        ...{ lines, total },
        ...(end === 'all' ? {} : { reason: `the log is long: only its first ${total} lines were counted` }),
      };
    },

    async journal(query, signal) {
      const { args, backwards, most, until } = planJournal(query);
      if (!hasJournal()) return { lines: [], reason: noJournal };
      const entries: JournalEntry[] = [];
      let bytes = 0;
      await stream('journalctl', [...args, ...where], {
        ...{ signal, timeoutMs: readMs, intention: 'read the journal' },
        onLine: (line) => {
          const entry = readEntry(line.toString('utf8'));
          if (!entry) return true;
          if (entry.cursor === until) return false;
          entries.push(entry);
          bytes += entry.message.length;
          return entries.length < most && bytes < mostBytes;
        },
      });
      if (backwards) entries.reverse();
      const render = createEntryLines(timeZone());
      const first = entries[0]?.cursor ?? query.startcursor ?? query.endcursor;
      const last = entries.at(-1)?.cursor ?? query.startcursor ?? query.endcursor;
      if (first === undefined || last === undefined) return { lines: [] };
      return { lines: [first, ...entries.flatMap(render).map(maskSecrets), last] };
    },
  };
}

/**
 * Backwards from the end (or from `until`, `endcursor`), unless the caller says where to begin. `--after-cursor` leaves out the
 * entry of the cursor, in the direction of reading (journalctl(1)).
 */
export function planJournal(query: JournalQuery): {
  readonly args: readonly string[];
  readonly backwards: boolean;
  readonly most: number;
  /** Cursor at which to stop when reading forwards. */
  readonly until: string | undefined;
} {
  const { since, until, startcursor, endcursor, lastentries } = query;
  const clash = (a: keyof JournalQuery, b: keyof JournalQuery) => {
    if (query[a] !== undefined && query[b] !== undefined)
      throw invalidInput({ [a]: `cannot be given together with ${b}` });
  };
  clash('startcursor', 'since');
  clash('endcursor', 'until');
  clash('lastentries', 'startcursor');
  for (const [name, cursor] of Object.entries({ startcursor, endcursor }))
    if (cursor !== undefined && !cursorForm.test(cursor))
      throw invalidInput({ [name]: 'not a cursor of the journal: take one from an earlier answer' });
  const backwards = startcursor === undefined && (since === undefined || lastentries !== undefined);
  const from = backwards ? endcursor : startcursor;
  return {
    args: [
      ...['--no-pager', '--quiet', '--output=json', `--output-fields=${entryFields.join(',')}`],
      ...(backwards ? ['--reverse'] : []),
      ...(from === undefined ? [] : [`--after-cursor=${from}`]),
      ...(since === undefined ? [] : [`--since=@${since}`]),
      ...(until === undefined ? [] : [`--until=@${until}`]),
    ],
    backwards,
    most: Math.min(lastentries || mostLines, mostLines),
    until: backwards ? undefined : endcursor,
  };
}

/** Where journald keeps them (systemd-journald.service(8)). */
function journalFiles(): boolean {
  return ['/var/log/journal', '/run/log/journal'].some((folder) => {
    try {
      return readdirSync(folder).length > 0;
    } catch {
      return false;
    }
  });
}
