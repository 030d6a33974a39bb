// What is told of a run of backups when it is over: the text, and by which way.
import type { BackupOptions } from './backup-options.ts';
import { clockText, sizeText } from './log-texts.ts';

/** What became of one guest's backup. */
export interface GuestOutcome {
  readonly vmid: number;
  readonly name: string;
  readonly seconds: number;
  /** Of the archive; undefined when there is none. */
  readonly sizeBytes?: number | undefined;
  /** `local:backup/vzdump-...`. */
  readonly archive?: string | undefined;
  /** Why there is none. */
  readonly problem?: string | undefined;
}

export interface BackupNotice {
  readonly subject: string;
  readonly text: string;
  readonly failed: boolean;
  /** By mail to addresses of the run's own, or to whom the notification system's matchers say. */
  readonly by: 'mail' | 'system';
  /** Addresses and users of the run's own `mailto`. */
  readonly mailTo: readonly string[];
  readonly jobId: string | null;
}

/** For the task's log, in words: what was done, and what went wrong. */
export interface NoticeOutcome {
  readonly told: readonly string[];
  readonly problems: readonly string[];
}

/** Sends it; rejects when it cannot. Waits seconds for an answer, not minutes. */
export type Notify = (notice: BackupNotice) => Promise<NoticeOutcome | undefined>;

/**
 * The notice of a run; undefined when nobody is to be told. `mailto` and `mailnotification` are about mails alone, which
 * runs of the mode `auto` with addresses of their own send.
 */
export function noticeOf(
  outcomes: readonly GuestOutcome[],
  options: BackupOptions,
  node: string,
): BackupNotice | undefined {
  const { mailTo, mailWhen, notificationMode, jobId } = options;
  const failed = outcomes.filter(({ problem }) => problem !== undefined);
  const byMail = notificationMode === 'legacy-sendmail' || (notificationMode === 'auto' && mailTo.length > 0);
  if (byMail && (mailTo.length === 0 || (failed.length === 0 && mailWhen === 'failure'))) return undefined;
  const state = failed.length > 0 ? 'backup failed' : 'backup successful';
  const total = outcomes.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  const seconds = outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0);
  const rows = [
    ['VMID', 'NAME', 'STATUS', 'TIME', 'SIZE', 'FILENAME'],
    ...outcomes.map((one) => [
      ...[String(one.vmid), oneLine(one.name), one.problem === undefined ? 'ok' : 'FAILED'],
      clockText(one.seconds),
      one.problem === undefined ? sizeText(one.sizeBytes ?? 0, 2) : oneLine(one.problem),
      one.archive ?? '',
    ]),
    ['TOTAL', '', '', clockText(seconds), sizeText(total, 2), ''],
  ];
  return {
    subject: `vzdump backup status (${node}): ${state}`,
    text: `${table(rows)}\n`,
    failed: failed.length > 0,
    ...{ by: byMail ? 'mail' : 'system', mailTo, jobId },
  };
}

/** Widest of a column that holds names and reasons. */
const widestCell = 60;

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) =>
    Math.min(widestCell, Math.max(...rows.map((row) => row[column]?.length ?? 0))),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join(' ')
        .trimEnd(),
    )
    .join('\n');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\p{Cc}\p{Zl}\p{Zp}]+\s*/gu, ' ').trim();
}
