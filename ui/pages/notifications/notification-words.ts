// What a target and a matcher are, in a few words.

import { dayAndTime } from '../../format/days.ts';
import { chosenSeverities, readFieldRule } from '../../forms/notification-matcher.ts';
import { locale, t, tOr } from '../../i18n/index.ts';
import { minute } from '../../live/minute.ts';
import type { MatcherItem, Target } from './notification-data.ts';

/** Where it goes: addresses, or a server. Undefined where the user may not know. */
export function whereText({ endpoint }: Target): string | undefined {
  if (!endpoint) return undefined;
  const list = (name: string) => (endpoint[name] ?? []) as readonly string[];
  const people = [...list('mailto'), ...list('mailto-user')].join(', ');
  return people || String(endpoint['server'] ?? endpoint['url'] ?? '');
}

/** What came of the newest attempt. */
export function lastText(target: Target): string {
  const at = target['last-attempt'];
  if (at === undefined) return t('notify.notYet');
  const when = dayAndTime(at, { locale: locale(), zone: undefined, now: minute() });
  const why = target['last-problem'];
  return why === undefined ? t('notify.sentAt', { when }) : t('notify.failedAt', { when, why });
}

/** `Type: Backups and Warning, Error`. */
export function sendsText(matcher: MatcherItem): string {
  const joined = matcher.mode === 'any' ? 'notify.or' : 'notify.and';
  const severities = chosenSeverities(matcher);
  const parts = [
    ...(matcher['match-field'] ?? []).flatMap(readFieldRule).map(({ kind, field, value }) => {
      const facts = { field: fieldName(field), value: kind === 'exact' ? valueNames(field, value) : value };
      return t(kind === 'exact' ? 'notify.isField' : 'notify.likeField', facts);
    }),
    ...(severities.length > 0 ? [severities.map((one) => t(`notify.severity.${one}`)).join(', ')] : []),
    ...(matcher['match-calendar'] ?? []).map((times) => t('notify.timeIs', { times })),
  ] as const;
  const [first, ...others] = parts;
  if (first === undefined) return t('notify.everything');
  const what = others.reduce((a, b) => t(joined, { a, b }), first);
  return matcher['invert-match'] === 1 ? t('notify.except', { what }) : what;
}

/** A field of notifications; others than ours are called as they are. */
export function fieldName(field: string): string {
  return tOr(`notify.fieldname.${field}`, field);
}

/** Types have names of their own. */
export function valueNames(field: string, values: string): string {
  if (field !== 'type') return values;
  return values
    .split(',')
    .map((value) => tOr(`notify.event.${value.trim()}`, value.trim()))
    .join(', ');
}
