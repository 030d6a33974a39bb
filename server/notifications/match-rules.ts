// Does a matcher want a notification? Its rules, read and tried. Pure.
import { runInNewContext } from 'node:vm';
import { type Severity, severities } from '../contract/notification-matchers.ts';
import { invalidInput } from '../core/errors.ts';
import { type CalendarWindow, isInWindow, parseCalendarWindow } from './calendar-window.ts';
import type { Notification } from './notification.ts';

/** As the API has them. */
export interface MatchOptions {
  readonly mode?: 'all' | 'any' | undefined;
  readonly 'invert-match'?: boolean | undefined;
  readonly 'match-field'?: readonly string[] | undefined;
  readonly 'match-severity'?: readonly string[] | undefined;
  readonly 'match-calendar'?: readonly string[] | undefined;
}

type FieldRule =
  | { readonly field: string; readonly values: readonly string[] }
  | { readonly field: string; readonly pattern: string; readonly flags: string };

export interface MatchRules {
  readonly mode: 'all' | 'any';
  readonly invert: boolean;
  readonly fields: readonly FieldRule[];
  readonly severities: readonly (readonly Severity[])[];
  readonly windows: readonly CalendarWindow[];
}

/** `invalid-input` naming the rule that nobody understands. */
export function readMatchRules(options: MatchOptions): MatchRules {
  return {
    mode: options.mode ?? 'all',
    invert: options['invert-match'] ?? false,
    fields: (options['match-field'] ?? []).map(readFieldRule),
    severities: (options['match-severity'] ?? []).map(readSeverities),
    windows: (options['match-calendar'] ?? []).map(parseCalendarWindow),
  };
}

/** Without any rule it is every notification's. `zone`: whose clocks the windows mean. */
export function matches(rules: MatchRules, notification: Notification, zone: string): boolean {
  const { fields, severity, timestamp } = notification;
  const results = [
    ...rules.fields.map((rule) => fieldMatches(rule, fields)),
    ...rules.severities.map((wanted) => wanted.includes(severity)),
    ...rules.windows.map((window) => isInWindow(window, timestamp * 1000, zone)),
  ];
  const matched =
    results.length === 0 || (rules.mode === 'all' ? results.every(Boolean) : results.some(Boolean));
  return matched !== rules.invert;
}

function readFieldRule(text: string): FieldRule {
  const [, kind, field = '', value = ''] =
    /^(exact|regex):([A-Za-z0-9][A-Za-z0-9._-]*)=(.*)$/s.exec(text) ?? [];
  if (kind === undefined)
    throw invalidInput({
      'match-field': `'${text.slice(0, 60)}': write exact:FIELD=VALUE or regex:FIELD=PATTERN`,
    });
  if (kind === 'exact') return { field, values: value.split(',').map((one) => one.trim()) };
  // A leading flag as other dialects write it.
  const ignoresCase = value.startsWith('(?i)');
  const rule = { field, pattern: ignoresCase ? value.slice(4) : value, flags: ignoresCase ? 'i' : '' };
  try {
    new RegExp(rule.pattern, rule.flags);
  } catch {
    throw invalidInput({ 'match-field': `'${text.slice(0, 60)}': not a regular expression` });
  }
  return rule;
}

function readSeverities(text: string): Severity[] {
  return text.split(',').map((word) => {
    const severity = severities.find((one) => one === word.trim());
    if (severity === undefined)
      throw invalidInput({
        'match-severity': `'${word.trim().slice(0, 60)}' is not one of: ${severities.join(', ')}`,
      });
    return severity;
  });
}

/** Milliseconds: a pattern that tries everything gives up, instead of stopping the daemon. */
const longestMatchMs = 500;

function fieldMatches(rule: FieldRule, fields: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(fields, rule.field) ? fields[rule.field] : undefined;
  if (value === undefined) return false;
  if ('values' in rule) return rule.values.includes(value);
  try {
    const { pattern, flags } = rule;
    const code = 'new RegExp(pattern, flags).test(value)';
    return runInNewContext(code, { pattern, flags, value }, { timeout: longestMatchMs }) === true;
  } catch {
    return false;
  }
}
