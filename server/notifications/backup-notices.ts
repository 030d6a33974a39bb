// How people are told of a run of backups: by mail to the run's own addresses, or by the notification system, as the run wants it.
import type { BackupNotice, NoticeOutcome, Notify } from '../backup/run/notification.ts';
import type { Delivery, Notifier } from './notifier.ts';

/** `mail` is for runs with addresses of their own. */
export function backupNotices(notifier: Pick<Notifier, 'notify'>, mail: Notify): Notify {
  return async (notice) => {
    if (notice.by === 'mail') return mail(notice);
    return outcomeOf(await notifier.notify(notificationOf(notice)));
  };
}

function notificationOf({ subject, text, failed, jobId }: BackupNotice) {
  return {
    ...{ title: subject, text },
    severity: failed ? ('error' as const) : ('info' as const),
    fields: { type: 'vzdump', ...(jobId === null ? {} : { 'job-id': jobId }) },
  };
}

/** For the log of the task; what is no news is no warning. */
function outcomeOf(deliveries: readonly Delivery[]): NoticeOutcome {
  const sent = deliveries.filter(({ state }) => state === 'sent').map(({ target }) => `'${target}'`);
  const others = deliveries.filter(({ state }) => state !== 'sent');
  const words = ({ target, state, problem = '' }: Delivery) =>
    `notification to '${target}' ${state === 'failed' ? 'not sent' : 'not sent yet, it is tried again'}: ${problem}`;
  return {
    told: [
      ...(sent.length > 0 ? [`notification sent to ${sent.join(', ')}`] : []),
      ...(deliveries.length === 0 ? ['no notification sent: no matcher wants it'] : []),
      ...others.filter(isNoNews).map(words),
    ],
    problems: others.filter((one) => !isNoNews(one)).map(words),
  };
}

function isNoNews({ isPreset, state }: Delivery): boolean {
  return isPreset || state === 'trying-again';
}
