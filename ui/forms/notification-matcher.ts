// The form of a matcher of notifications and the API's parameters for it, both ways. Pure.
import type { MatcherItem, Severity } from '../../server/contract/notification-matchers.ts';
import { severities } from '../../server/contract/notification-matchers.ts';
import type { Params } from '../api/client.ts';

/** `exact`: one of some values, with commas between them; `regex`: a pattern. */
export interface FieldRule {
  readonly kind: 'exact' | 'regex';
  readonly field: string;
  readonly value: string;
}

export interface MatcherForm {
  readonly name: string;
  readonly comment: string;
  readonly enabled: boolean;
  readonly mode: 'all' | 'any';
  readonly invert: boolean;
  readonly fields: readonly FieldRule[];
  /** None chosen: it is no rule. */
  readonly severities: readonly Severity[];
  /** One a line: `mon-fri 8-17`. */
  readonly times: string;
  readonly targets: readonly string[];
}

export const newMatcher: MatcherForm = {
  ...{ name: '', comment: '', enabled: true, mode: 'all', invert: false },
  ...{ fields: [], severities: [], times: '', targets: [] },
};

export function readMatcher(item: MatcherItem): MatcherForm {
  return {
    ...{ name: item.name, comment: item.comment ?? '', enabled: item.disable !== 1 },
    ...{ mode: item.mode ?? 'all', invert: item['invert-match'] === 1 },
    fields: (item['match-field'] ?? []).flatMap(readFieldRule),
    severities: chosenSeverities(item),
    times: (item['match-calendar'] ?? []).join('\n'),
    targets: item.target ?? [],
  };
}

export function readFieldRule(text: string): FieldRule[] {
  const [, kind, field = '', value = ''] = /^(exact|regex):([^=]+)=(.*)$/s.exec(text) ?? [];
  return kind === undefined ? [] : [{ kind: kind as FieldRule['kind'], field, value }];
}

/** Several rules are one: who wants all of them wants what they have in common. */
export function chosenSeverities({ mode, 'match-severity': rules = [] }: MatcherItem): Severity[] {
  const lists = rules.map((rule) => rule.split(',').map((word) => word.trim()));
  if (lists.length === 0) return [];
  return severities.filter((one) =>
    mode === 'any' ? lists.some((list) => list.includes(one)) : lists.every((list) => list.includes(one)),
  );
}

/** What the API calls the entries of the form. */
export const matcherParam: Readonly<Record<keyof MatcherForm, string>> = {
  ...{ name: 'name', comment: 'comment', enabled: 'disable', mode: 'mode', invert: 'invert-match' },
  ...{ fields: 'match-field', severities: 'match-severity', times: 'match-calendar', targets: 'target' },
};

type Problems = Readonly<Partial<Record<keyof MatcherForm, string | undefined>>>;

/** What is wrong, as words of the dictionary; patterns and times are the daemon's to judge. */
export function checkMatcher(form: MatcherForm): Problems {
  return {
    name: /^[a-z][a-z0-9_-]{1,99}$/i.test(form.name.trim()) ? undefined : 'name',
    fields: form.fields.every(({ field, value }) => field.trim() !== '' && value.trim() !== '')
      ? undefined
      : 'rule',
    targets: form.targets.length > 0 ? undefined : 'target',
  };
}

export function newMatcherParams(form: MatcherForm): Params & { name: string } {
  return { ...given(form), name: form.name.trim() };
}

/** What is empty now and was not is taken away. */
export function changedMatcherParams(form: MatcherForm, before: MatcherForm): Params & { name: string } {
  const [now, was] = [given(form), given(before)];
  const remove = Object.keys(was).filter((name) => now[name] === undefined && was[name] !== undefined);
  return {
    ...now,
    ...{ name: before.name, disable: !form.enabled, 'invert-match': form.invert },
    ...(remove.length > 0 ? { delete: remove } : {}),
  };
}

function given(form: MatcherForm): Params {
  const list = (values: readonly string[]) => (values.length > 0 ? values : undefined);
  return {
    comment: form.comment.trim() || undefined,
    mode: form.mode,
    ...(form.enabled ? {} : { disable: true }),
    ...(form.invert ? { 'invert-match': true } : {}),
    'match-field': list(
      form.fields.map(({ kind, field, value }) => `${kind}:${field.trim()}=${value.trim()}`),
    ),
    'match-severity': form.severities.length > 0 ? [form.severities.join(',')] : undefined,
    'match-calendar': list(
      form.times
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
    ),
    target: list(form.targets),
  };
}
