// Tells people when the list of resources begins to say that something is wrong: once, also across restarts, many at a time in one notification.
import type { ClusterStore, Json } from '../cluster/cluster-store.ts';
import type { CroftEventBody } from '../contract/events.ts';
import type { Clock } from '../core/clock.ts';
import { asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { type Alert, type AlertType, alertsOf, notificationOf } from './alerts.ts';
import type { Notifier } from './notifier.ts';

export interface AlertWatchParts {
  readonly node: string;
  readonly store: Pick<ClusterStore, 'read' | 'write'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'error'>;
  readonly notifier: Pick<Notifier, 'notify'>;
}

export interface AlertWatch {
  /** Takes note of a change of the list. */
  see(event: CroftEventBody): void;
  close(): void;
}

/** Milliseconds: alerts that come together are told together. */
const gatheringMs = 30_000;
/** Milliseconds: an alert that was gone for so long is news when it comes back. After a start it takes a while until all is known again. */
const forgettingMs = 60 * 60_000;

/** Levels that were told, by resource and type: `notification-told/<node>`. */
type Told = Readonly<Record<string, number>>;

/** From now on, until closed. */
export function watchAlerts({ node, store, clock, log, notifier }: AlertWatchParts): AlertWatch {
  const closing = new AbortController();
  const key = `notification-told/${node}`;
  let told: Told = { ...(store.read(key)?.value as Told | undefined) };
  const present = new Map<string, Alert>();
  /** When an alert that was told went away, milliseconds since the epoch. */
  const goneSince = new Map<string, number>();
  for (const name of Object.keys(told)) goneSince.set(name, clock.now());

  function see(event: CroftEventBody): void {
    if (event.type === 'resource') note(event.resource.id, alertsOf(event.resource));
    else if (event.type === 'resource-gone') note(event.id, []);
  }

  function note(id: string, alerts: readonly Alert[]): void {
    const types: readonly AlertType[] = ['backup-missing', 'backup-test', 'storage-space'];
    for (const type of types) {
      const name = `${type} ${id}`;
      const alert = alerts.find((one) => one.type === type);
      if (alert) {
        present.set(name, alert);
        goneSince.delete(name);
      } else if (present.delete(name)) goneSince.set(name, clock.now());
    }
  }

  async function tell(): Promise<void> {
    const next: Record<string, number> = { ...told };
    const news = new Map<AlertType, Alert[]>();
    for (const [name, alert] of present) {
      if (alert.level > (told[name] ?? 0)) news.set(alert.type, [...(news.get(alert.type) ?? []), alert]);
      next[name] = alert.level;
    }
    for (const [name, since] of goneSince) {
      if (clock.now() - since < forgettingMs) continue;
      delete next[name];
      goneSince.delete(name);
    }
    if (JSON.stringify(next) === JSON.stringify(told)) return;
    // First: what cannot be remembered would be told twice a minute.
    await store.write(key, next as Json);
    told = next;
    for (const [type, alerts] of news) void notifier.notify(notificationOf(type, alerts, node));
  }

  async function keepTelling(): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.sleep(gatheringMs, closing.signal).catch(() => {});
      if (closing.signal.aborted) return;
      await tell().catch((error: unknown) => {
        const { message, detail } = asAppError(error);
        log.error({ detail }, `telling of alerts: ${message}`);
      });
    }
  }

  void keepTelling();
  return { see, close: () => closing.abort() };
}
