// Sends notifications: to every target of every matcher that wants them, once each, tried again a few times, holding up nobody.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import type { Clock } from '../core/clock.ts';
import { asAppError, notFound } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { DeliveryError } from './delivery/delivery-error.ts';
import type { SendToTarget } from './delivery/send-to-target.ts';
import { findTarget, listMatchers, readSecrets, type Target } from './entries.ts';
import { matches, readMatchRules } from './match-rules.ts';
import type { NewNotification, Notification } from './notification.ts';
import { namesOf } from './notification-config.ts';

/** What became of a notification on its way to one target, as far as it is known. */
export interface Delivery {
  readonly target: string;
  readonly state: 'sent' | 'failed' | 'trying-again';
  /** Why not, or not yet. */
  readonly problem?: string;
  /** The target came with the system and nobody has set it up: that it fails is no news. */
  readonly isPreset: boolean;
}

/** The newest attempt on a target: milliseconds since the epoch, and why it failed. */
export interface LastAttempt {
  readonly at: number;
  readonly problem?: string;
}

export interface Notifier {
  /** Resolves with what is known after a short while at most; never rejects. What is not there then goes on, and is told in the log. */
  notify(notification: NewNotification): Promise<readonly Delivery[]>;
  /** Tries a target once. `not-found`; `unavailable` with the reason. */
  test(name: string): Promise<void>;
  /** Since the start of the daemon. */
  lastAttempt(name: string): LastAttempt | undefined;
  /** Gives up what is on its way. */
  close(): void;
}

export interface NotifierParts {
  readonly store: Pick<ClusterStore, 'read' | 'list'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Becomes the field `hostname`. */
  readonly node: string;
  readonly send: SendToTarget;
  /** The node's time zone. */
  zone(): string;
  /** An attempt has ended. */
  onAttempt?(): void;
}

/** Milliseconds before the second, third and fourth try. */
const pausesMs = [5_000, 60_000, 600_000];
/** Milliseconds for one try. */
const tryMs = 60_000;
/** Milliseconds: so long does `notify` wait for outcomes. */
const patienceMs = 10_000;
/** Deliveries on their way at the same time; more are not begun. */
const mostDeliveries = 200;

export function createNotifier(parts: NotifierParts): Notifier {
  const { store, clock, log, node, zone } = parts;
  const closing = new AbortController();
  let onTheirWay = 0;
  const last = new Map<string, LastAttempt>();

  async function attempt(target: Target, notification: Notification): Promise<void> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(tryMs)]);
    try {
      await parts.send(target, readSecrets(store, target.name), notification, signal);
      last.set(target.name, { at: clock.now() });
    } catch (error) {
      last.set(target.name, { at: clock.now(), problem: asAppError(error).message });
      throw error;
    } finally {
      parts.onAttempt?.();
    }
  }

  /** All tries. Tells after each how it stands; what was changed meanwhile holds for the next one. */
  async function deliver(
    name: string,
    notification: Notification,
    tell: (now: Delivery) => void,
  ): Promise<void> {
    for (const pause of [...pausesMs, undefined]) {
      const target = findTarget(store, name);
      if (!target || target.options['disable'] === true) return;
      const isPreset = target.origin === 'builtin';
      const facts = { target: name, title: notification.title };
      try {
        await attempt(target, notification);
        log.info(facts, 'a notification was sent');
        return tell({ target: name, state: 'sent', isPreset });
      } catch (error) {
        if (closing.signal.aborted) return;
        const problem = asAppError(error).message;
        const again = pause !== undefined && error instanceof DeliveryError && error.isTemporary;
        tell({ target: name, state: again ? 'trying-again' : 'failed', problem, isPreset });
        log[isPreset ? 'info' : 'warn']({ ...facts, again }, `a notification was not sent: ${problem}`);
        if (!again) return;
        await clock.sleep(pause, closing.signal);
      }
    }
  }

  function begin(name: string, notification: Notification): Promise<Delivery | undefined> {
    const { promise, resolve } = Promise.withResolvers<Delivery | undefined>();
    if (onTheirWay >= mostDeliveries) {
      log.warn({ target: name, title: notification.title }, 'too many notifications are on their way');
      const problem = 'too many notifications are on their way';
      return Promise.resolve({ target: name, state: 'failed', problem, isPreset: false });
    }
    onTheirWay += 1;
    void deliver(name, notification, resolve)
      // The daemon ends.
      .catch(() => {})
      .finally(() => {
        resolve(undefined);
        onTheirWay -= 1;
      });
    return promise;
  }

  function targetsOf(notification: Notification): string[] {
    const names = new Set<string>();
    for (const { name, options } of listMatchers(store)) {
      if (options['disable'] === true) continue;
      try {
        if (matches(readMatchRules(options), notification, zone()))
          for (const target of namesOf(options['target'])) names.add(target);
      } catch (error) {
        // Written by a newer version: the other matchers still hold.
        log.warn({ matcher: name }, `a matcher is not understood: ${asAppError(error).message}`);
      }
    }
    return [...names].filter((name) => {
      const target = findTarget(store, name);
      return target !== undefined && target.options['disable'] !== true;
    });
  }

  const complete = ({ fields, ...rest }: NewNotification): Notification => ({
    ...rest,
    fields: { hostname: node, ...fields },
    timestamp: Math.floor(clock.now() / 1000),
  });

  return {
    async notify(given) {
      if (closing.signal.aborted) return [];
      const notification = complete(given);
      const names = targetsOf(notification);
      const begun = names.map((name) => begin(name, notification));
      const patience = new AbortController();
      const late = clock.sleep(patienceMs, patience.signal).then(
        () => {},
        () => {},
      );
      const known = await Promise.all(
        begun.map((outcome, at) =>
          Promise.race([
            outcome,
            late.then(
              (): Delivery => ({
                ...{ target: names[at] ?? '', state: 'trying-again', isPreset: false },
                problem: 'there is no answer yet',
              }),
            ),
          ]),
        ),
      );
      patience.abort();
      return known.filter((one) => one !== undefined);
    },
    async test(name) {
      const target = findTarget(store, name);
      if (!target) throw notFound('notification target', name);
      const text = `This is a test of the notification target '${name}'.\n`;
      await attempt(target, complete({ title: 'Test notification', text, severity: 'info', fields: {} }));
    },
    lastAttempt: (name) => last.get(name),
    close: () => closing.abort(),
  };
}
