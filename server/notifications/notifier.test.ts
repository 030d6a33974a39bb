// Who gets a notification, how often it is tried, and what its source is told.
import { beforeEach, expect, test } from 'vitest';
import { type ManualClock, manualClock } from '../backup/jobs/clock-fixture.ts';
import type { BackupNotice } from '../backup/run/notification.ts';
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import { backupNotices } from './backup-notices.ts';
import { DeliveryError } from './delivery/delivery-error.ts';
import type { NewNotification, Notification } from './notification.ts';
import { createNotificationConfig } from './notification-config.ts';
import { createNotifier, type Notifier } from './notifier.ts';

const second = 1000;
const given: NewNotification = { title: 'a', text: 'b', severity: 'error', fields: { type: 'vzdump' } };

let store: ClusterStore;
let clock: ManualClock;
let notifier: Notifier;
let sent: { to: string; what: Notification; secret: string | undefined }[];
/** What targets do: default is taking it. */
let targets: Record<string, () => Promise<void>>;
let logged: string[];

beforeEach(async () => {
  store = createMemoryStore();
  clock = manualClock(1_764_000_000_000);
  [sent, targets, logged] = [[], {}, []];
  const config = createNotificationConfig(store);
  await config.addEndpoint('gotify', 'phone', { server: 'https://g.example.org', token: 'abcd' });
  await config.addEndpoint('webhook', 'chat', { url: 'https://c.example.org', method: 'post' });
  await config.changeMatcher('default-matcher', { given: { target: ['phone'] } });
  notifier = createNotifier({
    ...{ store, clock, node: 'pve1', zone: () => 'UTC' },
    log: {
      info: (_facts: object, text: string) => void logged.push(`info ${text}`),
      warn: (_facts: object, text: string) => void logged.push(`warn ${text}`),
    } as never,
    send: async (target, secrets, what) => {
      sent.push({ to: target.name, what, secret: secrets.token });
      await targets[target.name]?.();
    },
  });
  return () => notifier.close();
});

const matcher = (name: string, options: object) =>
  createNotificationConfig(store).addMatcher(name, options as never);
const later = async () => {
  throw new DeliveryError('come back', true);
};
const never = async () => {
  throw new DeliveryError('no', false);
};

test('goes once to each target of all matchers that want it', async () => {
  await matcher('errors', { 'match-severity': ['error'], target: ['chat', 'phone'] });
  await matcher('others', { 'match-severity': ['info'], target: ['mail-to-root'] });
  await matcher('off', { disable: true, target: ['mail-to-root'] });
  expect(await notifier.notify(given)).toEqual([
    { target: 'phone', state: 'sent', isPreset: false },
    { target: 'chat', state: 'sent', isPreset: false },
  ]);
  expect(sent.map(({ to }) => to)).toEqual(['phone', 'chat']);
  expect(sent[0]).toMatchObject({
    secret: 'abcd',
    what: { timestamp: 1_764_000_000, fields: { type: 'vzdump', hostname: 'pve1' } },
  });
});

test('does not go to a disabled target, and one matcher that nobody understands holds up no other', async () => {
  await createNotificationConfig(store).changeEndpoint('gotify', 'phone', { given: { disable: true } });
  await store.write('notification-matchers/odd', {
    options: { 'match-field': ['moon:x'], target: ['chat'] },
  });
  await matcher('chatty', { target: ['chat'] });
  expect((await notifier.notify(given)).map(({ target }) => target)).toEqual(['chat']);
  expect(logged[0]).toMatch(/^warn a matcher is not understood/);
});

test('is tried again, as often as that can help', async () => {
  targets['phone'] = later;
  expect(await notifier.notify(given)).toEqual([
    { target: 'phone', state: 'trying-again', problem: 'come back', isPreset: false },
  ]);
  expect(notifier.lastAttempt('phone')).toMatchObject({ problem: 'come back' });
  await clock.pass(5 * second);
  expect(sent.length).toBe(2);
  targets['phone'] = async () => {};
  await clock.pass(60 * second);
  expect([sent.length, notifier.lastAttempt('phone')]).toEqual([3, { at: clock.now() }]);
  await clock.pass(3600 * second);
  expect(sent.length).toBe(3);
  targets['phone'] = later;
  await notifier.notify(given);
  await clock.pass(24 * 3600 * second);
  expect(sent.length).toBe(3 + 4);
  targets['phone'] = never;
  expect(await notifier.notify(given)).toMatchObject([{ state: 'failed', problem: 'no' }]);
  await clock.pass(3600 * second);
  expect(sent.length).toBe(3 + 4 + 1);
});

test('a target that is gone or changed meanwhile is so for the next try', async () => {
  targets['phone'] = later;
  await notifier.notify(given);
  await createNotificationConfig(store).changeEndpoint('gotify', 'phone', { given: { token: 'other' } });
  await clock.pass(5 * second);
  expect(sent.map(({ secret }) => secret)).toEqual(['abcd', 'other']);
  await createNotificationConfig(store).changeEndpoint('gotify', 'phone', { given: { disable: true } });
  await clock.pass(3600 * second);
  expect(sent.length).toBe(2);
});

test('who sends waits seconds, not longer', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  targets['phone'] = () => promise;
  const outcome = notifier.notify(given);
  await clock.pass(10 * second);
  expect(await outcome).toMatchObject([{ target: 'phone', state: 'trying-again' }]);
  resolve();
  await clock.pass(0);
  expect(logged).toEqual(['info a notification was sent']);
});

test('a flood is not queued without end', async () => {
  targets['phone'] = () => new Promise(() => {});
  const outcomes = Promise.all(Array.from({ length: 201 }, () => notifier.notify(given)));
  await clock.pass(10 * second);
  const states = (await outcomes).flat().map(({ state }) => state);
  expect([states.filter((state) => state === 'failed').length, sent.length]).toEqual([1, 200]);
});

test('closing gives up what waits', async () => {
  targets['phone'] = later;
  await notifier.notify(given);
  notifier.close();
  await clock.pass(3600 * second);
  expect(sent.length).toBe(1);
  expect(await notifier.notify(given)).toEqual([]);
});

test('a test is tried once, also on a disabled target, and says why it failed', async () => {
  await createNotificationConfig(store).changeEndpoint('gotify', 'phone', { given: { disable: true } });
  await notifier.test('phone');
  expect(sent).toMatchObject([{ what: { title: 'Test notification', severity: 'info' } }]);
  targets['phone'] = later;
  await expect(notifier.test('phone')).rejects.toMatchObject({ code: 'unavailable', message: 'come back' });
  await expect(notifier.test('gone')).rejects.toMatchObject({ code: 'not-found' });
  await clock.pass(3600 * second);
  expect(sent.length).toBe(2);
});

test('a run of backups tells its log what became of it', async () => {
  const mails: BackupNotice[] = [];
  const tell = backupNotices(notifier, async (notice) => void mails.push(notice));
  const notice: BackupNotice = {
    ...{ subject: 's', text: 't', failed: true, by: 'system', mailTo: [], jobId: 'nightly' },
  };
  await matcher('all', { target: ['chat'] });
  targets['chat'] = never;
  expect(await tell(notice)).toEqual({
    told: ["notification sent to 'phone'"],
    problems: ["notification to 'chat' not sent: no"],
  });
  expect(sent[0]!.what).toMatchObject({ severity: 'error', fields: { type: 'vzdump', 'job-id': 'nightly' } });
  expect(await tell({ ...notice, by: 'mail' })).toBeUndefined();
  expect(mails.length).toBe(1);
});

test('what came with the system and nobody set up fails without a warning', async () => {
  await createNotificationConfig(store).removeMatcher('default-matcher');
  targets['mail-to-root'] = never;
  const tell = backupNotices(notifier, async () => undefined);
  const notice: BackupNotice = {
    subject: 's',
    text: 't',
    failed: false,
    by: 'system',
    mailTo: [],
    jobId: null,
  };
  expect(await tell(notice)).toEqual({ told: ["notification to 'mail-to-root' not sent: no"], problems: [] });
  expect(logged).toEqual(['info a notification was not sent: no']);
});
