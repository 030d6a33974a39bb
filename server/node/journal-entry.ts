// One entry of the journal as journalctl writes it in JSON, and as the lines that people know from syslog. Pure.
import { z } from 'zod';

const field = z.union([z.string(), z.array(z.union([z.number(), z.string()])), z.null()]).optional();

const entryShape = z.looseObject({
  __CURSOR: z.string(),
  __REALTIME_TIMESTAMP: z.string(),
  _HOSTNAME: field,
  SYSLOG_IDENTIFIER: field,
  _COMM: field,
  SYSLOG_PID: field,
  _PID: field,
  MESSAGE: field,
});

export interface JournalEntry {
  readonly cursor: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly host: string;
  readonly program: string;
  /** Empty when not known: the kernel has none. */
  readonly pid: string;
  readonly message: string;
}

/** Fields that `readEntry` reads; for `--output-fields`, which always adds cursor and time. */
export const entryFields = [
  '_HOSTNAME',
  'SYSLOG_IDENTIFIER',
  '_COMM',
  'SYSLOG_PID',
  '_PID',
  'MESSAGE',
] as const;

/** A line of `journalctl --output=json`; undefined when it is none. */
export function readEntry(line: string): JournalEntry | undefined {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { data: entry } = entryShape.safeParse(read);
  if (!entry) return undefined;
  return {
    cursor: entry.__CURSOR,
    time: Math.floor(Number(entry.__REALTIME_TIMESTAMP) / 1000),
    host: textOf(entry._HOSTNAME),
    program: textOf(entry.SYSLOG_IDENTIFIER) || textOf(entry._COMM) || 'unknown',
    pid: textOf(entry.SYSLOG_PID) || textOf(entry._PID),
    message: entry.MESSAGE === null ? '(the message is too long)' : textOf(entry.MESSAGE),
  };
}

/** Bytes that are not UTF-8 come as a list of numbers; several values of one field as a list of texts (journalctl(1)). */
function textOf(value: z.output<typeof field>): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (value.every((item) => typeof item === 'number')) return Buffer.from(value as number[]).toString('utf8');
  return String(value[0]);
}

/** `Nov 21 14:31:29 host program[pid]: message`; further lines of a message stand below it, indented. */
export function createEntryLines(timeZone: string): (entry: JournalEntry) => string[] {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, month: 'short', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
    hourCycle: 'h23',
  });
  return ({ time, host, program, pid, message }) => {
    const stamp = format.format(time).replace(',', '');
    const [first = '', ...more] = message.split('\n').map(plain);
    const lines = [`${stamp} ${host} ${plain(program)}${pid === '' ? '' : `[${pid}]`}: ${first}`];
    while (more.at(-1) === '') more.pop();
    return [...lines, ...more.map((line) => `    ${line}`)];
  };
}

/** Without escape sequences and other control characters: a log must not move anybody's cursor. */
export function plain(text: string): string {
  return text
    .replace(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, '')
    .replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, '')
    .slice(0, 8192);
}
