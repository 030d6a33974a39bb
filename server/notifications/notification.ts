// What is told to people: a notification, before anybody knows who gets it. Plain data.
import type { Severity } from '../contract/notification-matchers.ts';

/** Values of the field `type`: the API's own words first, then Croft's; append-only. */
export const notificationTypes = [
  ...['package-updates', 'fencing', 'replication', 'vzdump', 'system-mail'],
  ...['backup-test', 'backup-missing', 'storage-space'],
] as const;

export interface Notification {
  /** One line. */
  readonly title: string;
  /** Plain text, columns aligned by spaces. */
  readonly text: string;
  readonly severity: Severity;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  /** What matchers look at: `type`, `hostname`, `job-id`. */
  readonly fields: Readonly<Record<string, string>>;
}

/** As its source knows it; the rest is added where it is sent. */
export type NewNotification = Omit<Notification, 'timestamp'>;
