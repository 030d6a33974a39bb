// What is told of a run of backups when it is over: the text, and who sends it.
import type { Exec } from '../../core/exec.ts';
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
  /** Addresses and users of the run's own `mailto`. */
  readonly mailTo: readonly string[];
  readonly jobId: string | null;
}

/** Sends it; rejects when it cannot. Who wants notices in other ways (webhooks) gives another one. */
export type Notify = (notice: BackupNotice) => Promise<void>;

/** The notice of a run; undefined when nobody is to be told. */
export function noticeOf(
  outcomes: readonly GuestOutcome[],
  options: BackupOptions,
  node: string,
): BackupNotice | undefined {
  const failed = outcomes.filter(({ problem }) => problem !== undefined);
  if (options.mailTo.length === 0 && options.notificationMode !== 'notification-system') return undefined;
  if (failed.length === 0 && options.mailWhen === 'failure') return undefined;
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
    ...{ mailTo: options.mailTo, jobId: options.jobId },
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

/** Mails by sendmail(8), which an administrator installs: its absence is told as `unavailable`. */
export function sendByMail(exec: Exec, node: string): Notify {
  return async ({ subject, text, mailTo }) => {
    if (mailTo.length === 0) return;
    const head = [
      `From: vzdump backup tool <root@${node}>`,
      `To: ${mailTo.join(', ')}`,
      `Subject: ${oneLine(subject)}`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=UTF-8',
      'Auto-Submitted: auto-generated',
    ];
    await exec('/usr/sbin/sendmail', ['-B', '8BITMIME', '-f', 'root', '-i', '--', ...mailTo], {
      input: `${head.join('\n')}\n\n${text}`,
      intention: 'send the mail about the backup',
    });
  };
}
