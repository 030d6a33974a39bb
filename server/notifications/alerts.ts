// What the list of resources says that somebody should be told of, and in which words. Pure.
import type { Severity } from '../contract/notification-matchers.ts';
import type { ResourceItem } from '../contract/resources.ts';
import type { NewNotification } from './notification.ts';

export type AlertType = 'backup-missing' | 'backup-test' | 'storage-space';

/** Something about one guest or storage. */
export interface Alert {
  readonly type: AlertType;
  readonly severity: Severity;
  /** A higher one is told again. */
  readonly level: number;
  /** One line, without a full stop. */
  readonly text: string;
}

const spaceSeverities = { 75: 'notice', 85: 'warning', 95: 'error' } as const;

export function alertsOf(item: ResourceItem): Alert[] {
  const found: Alert[] = [];
  const name = nameOf(item);
  if (item.backupAlert === 'late')
    found.push({
      ...{ type: 'backup-missing', severity: 'error', level: 1 },
      text: `${name} has no recent backup, though a job should have made one${newest(item)}`,
    });
  if (item.proofAlert === 'failed') {
    const why = item.proofProblem === undefined ? '' : `: ${oneLine(item.proofProblem)}`;
    found.push({
      ...{ type: 'backup-test', severity: 'error', level: 1 },
      text: `a backup of ${name} could not be restored${why}`,
    });
  }
  if (item.space !== undefined)
    found.push({
      ...{ type: 'storage-space', severity: spaceSeverities[item.space], level: item.space },
      text: `${name} is more than ${item.space}% full`,
    });
  return found;
}

const titles: Readonly<Record<AlertType, string>> = {
  'backup-missing': 'Backups are missing',
  'backup-test': 'A backup could not be restored',
  'storage-space': 'A storage is nearly full',
};

/** What is most urgent comes first. */
const urgency: readonly Severity[] = ['error', 'warning', 'unknown', 'notice', 'info'];

/** One notification of all alerts of a type, of which there is at least one. */
export function notificationOf(type: AlertType, alerts: readonly Alert[], node: string): NewNotification {
  const severity = urgency.find((one) => alerts.some((alert) => alert.severity === one)) ?? 'unknown';
  return {
    title: `${titles[type]} (${node})`,
    text: `${alerts.map(({ text }) => text).join('\n')}\n`,
    ...{ severity, fields: { type } },
  };
}

function nameOf({ type, vmid, name, storage }: ResourceItem): string {
  if (type === 'storage') return `storage '${storage}'`;
  const kind = type === 'lxc' ? 'container' : 'VM';
  return name === undefined ? `${kind} ${vmid}` : `${kind} ${vmid} (${oneLine(name)})`;
}

function newest({ backupAt }: ResourceItem): string {
  return backupAt === undefined
    ? ''
    : `; the newest is of ${new Date(backupAt * 1000).toISOString().slice(0, 16)}Z`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\p{Cc}\p{Zl}\p{Zp}]+\s*/gu, ' ').slice(0, 300);
}
