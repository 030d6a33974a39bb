// What came of trying to restore a backup, in words.
import type { ListedProof } from '../../../server/contract/vzdump-proof.ts';
import { daysAgo } from '../../format/days.ts';
import { asSentence } from '../../format/show.ts';
import { locale, t } from '../../i18n/index.ts';
import { minute } from '../../live/minute.ts';

/** `yesterday`. `seconds` since the epoch. */
export const agoText = (seconds: number): string =>
  daysAgo(seconds, { locale: locale(), zone: undefined, now: minute() });

/** `Proven yesterday`, `Failed: the agent did not answer`. */
export function proofText({ state, time, problem }: ListedProof): string {
  if (state === 'proven') return t('proof.proven', { when: agoText(time) });
  return problem ? t('proof.failedWhy', { why: problem }) : t('proof.failed', { when: agoText(time) });
}

/** The whole of it, for whoever points at it. */
export function proofTitle({ state, time, problem }: ListedProof): string {
  const what = t(state === 'proven' ? 'proof.proven' : 'proof.failed', { when: agoText(time) });
  return problem ? `${what}: ${asSentence(problem)}` : what;
}
