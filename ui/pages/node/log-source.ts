// Where the lines of a node's log come from: the journal by its cursors, or one service's lines by their numbers. Pure but for
// the reading, which is given.

export interface LogReply {
  readonly lines: readonly string[];
  /** Why there is nothing, or not all, in a sentence of the node. */
  readonly reason?: string | undefined;
}

export interface LogSource {
  /** The end of the log; or with a begin, what follows it. */
  open(): Promise<LogReply>;
  /** What has come since; may be asked again and again. */
  later(): Promise<LogReply>;
  /** What stands before; empty at the begin of the log. */
  earlier(): Promise<LogReply>;
  /** There may be lines before. */
  hasEarlier(): boolean;
}

/** As the API takes it; times are seconds since the epoch. */
export interface JournalAsked {
  readonly since?: number;
  readonly until?: number;
  readonly startcursor?: string;
  readonly endcursor?: string;
  readonly lastentries?: number;
}

/** Entries read at once, backwards. */
export const atOnce = 1000;
/** The node gives no more at once. */
const most = 5000;

/** `read` answers the first cursor, the lines, the last cursor; or nothing. */
export function journalSource(
  read: (asked: JournalAsked) => Promise<{ readonly data: readonly string[]; readonly reason?: string }>,
  range: { readonly since?: number; readonly until?: number },
): LogSource {
  const until = range.until === undefined ? {} : { until: range.until };
  let first: string | undefined;
  let last: string | undefined;
  let more = range.since === undefined;

  async function open(): Promise<LogReply> {
    const begin = range.since === undefined ? { lastentries: atOnce } : { since: range.since };
    const { data, reason } = await read({ ...begin, ...until });
    first = data[0];
    last = data.at(-1);
    if (first === undefined) more = false;
    return { lines: data.slice(1, -1), reason };
  }
  return {
    open,
    hasEarlier: () => more,
    async later() {
      if (last === undefined) return await open();
      const { data, reason } = await read({ startcursor: last, ...until });
      last = data.at(-1) ?? last;
      return { lines: data.slice(1, -1), reason };
    },
    async earlier() {
      if (first === undefined) return { lines: [] };
      const { data, reason } = await read({ endcursor: first, lastentries: atOnce });
      first = data[0] ?? first;
      const lines = data.slice(1, -1);
      more = lines.length > 0;
      return { lines, reason };
    },
  };
}

export interface SyslogAsked {
  readonly start: number;
  readonly limit: number;
}

/** `read` answers lines with their numbers from 1, and how many there are. The range is in what `read` asks. */
export function syslogSource(
  read: (asked: SyslogAsked) => Promise<{
    readonly data: readonly { readonly n: number; readonly t: string }[];
    readonly total?: number;
    readonly reason?: string;
  }>,
): LogSource {
  /** The number of the first line that was read, from 1. */
  let first = 1;
  let last = 0;
  const texts = (lines: readonly { readonly t: string }[]) => lines.map(({ t }) => t);
  const later = async (limit: number): Promise<LogReply> => {
    const { data, reason } = await read({ start: last, limit });
    last = data.at(-1)?.n ?? last;
    return { lines: texts(data), reason };
  };
  return {
    hasEarlier: () => first > 1,
    later: () => later(most),
    async open() {
      const head = await read({ start: 0, limit: atOnce });
      const total = head.total ?? head.data.length;
      if (total <= atOnce) {
        last = head.data.length;
        return { lines: texts(head.data), reason: head.reason };
      }
      last = total - atOnce;
      first = last + 1;
      return await later(most);
    },
    async earlier() {
      const start = Math.max(0, first - 1 - atOnce);
      const { data, reason } = await read({ start, limit: first - 1 - start });
      first = start + 1;
      return { lines: texts(data), reason };
    },
  };
}

/** The lines in which all words stand, in capitals or not. */
export function linesWith(lines: readonly string[], search: string): readonly string[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return lines;
  return lines.filter((line) => {
    const low = line.toLowerCase();
    return words.every((word) => low.includes(word));
  });
}
