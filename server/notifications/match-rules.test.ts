// Which notifications a matcher wants: fields, severities, hours of days, all or any, inverted.
import { describe, expect, it } from 'vitest';
import { parseCalendarWindow } from './calendar-window.ts';
import { type MatchOptions, matches, readMatchRules } from './match-rules.ts';
import type { Notification } from './notification.ts';

/** Monday, 23 November 2026, 09:30 in Athens. */
const monday = Date.parse('2026-11-23T07:30:00Z') / 1000;
const failed: Notification = {
  ...{ title: 'a', text: 'b', severity: 'error', timestamp: monday },
  fields: { type: 'vzdump', hostname: 'pve1', 'job-id': 'nightly' },
};
const wants = (options: MatchOptions, more: Partial<Notification> = {}) =>
  matches(readMatchRules(options), { ...failed, ...more }, 'Europe/Athens');

it.each([
  ['no rule', {}, true],
  ['no rule, inverted', { 'invert-match': true }, false],
  ['no rule of any', { mode: 'any' }, true],
  ['exact', { 'match-field': ['exact:type=vzdump'] }, true],
  ['one of several values', { 'match-field': ['exact:type=fencing, vzdump'] }, true],
  ['exact is not a part', { 'match-field': ['exact:type=vzdum'] }, false],
  ['a pattern', { 'match-field': ['regex:hostname=^pve\\d$'] }, true],
  ['a pattern of a part', { 'match-field': ['regex:hostname=ve'] }, true],
  ['a pattern in any case', { 'match-field': ['regex:hostname=(?i)^PVE'] }, true],
  ['a field that is not there', { 'match-field': ['regex:pool=.*'] }, false],
  ['a name of every object', { 'match-field': ['regex:constructor=.*'] }, false],
  ['a value with a sign of equality', { 'match-field': ['exact:type=a=b'] }, false],
  ['a severity', { 'match-severity': ['warning,error'] }, true],
  ['another severity', { 'match-severity': ['info'] }, false],
  ['all of two', { 'match-field': ['exact:type=vzdump'], 'match-severity': ['info'] }, false],
  ['any of two', { mode: 'any', 'match-field': ['exact:type=vzdump'], 'match-severity': ['info'] }, true],
  [
    'none of two, inverted',
    { mode: 'any', 'match-severity': ['info', 'notice'], 'invert-match': true },
    true,
  ],
  ['working hours', { 'match-calendar': ['mon-fri 9-17'] }, true],
  ['before them', { 'match-calendar': ['mon-fri 9:31-17'] }, false],
  ['their end is not in them', { 'match-calendar': ['8:00-9:30'] }, false],
  ['over Sunday', { 'match-calendar': ['fri..mon 0-24'] }, true],
  ['days of their own', { 'match-calendar': ['sun,tue-wed,Friday 9-17'] }, false],
  ['a pattern that never ends is no match', { 'match-field': ['regex:job-id=^(a+)+$'] }, false],
] as const)('%s', (_name, options, result) => {
  expect(wants(options as MatchOptions)).toBe(result);
});

it('a pattern that tries everything does not stop the daemon', () => {
  const began = performance.now();
  const fields = { 'job-id': `${'a'.repeat(40)}!` };
  expect(wants({ 'match-field': ['regex:job-id=^(a+)+$'] }, { fields })).toBe(false);
  expect(performance.now() - began).toBeLessThan(5000);
});

describe('what nobody understands is refused', () => {
  it.each([
    [{ 'match-field': ['type=vzdump'] }, 'match-field'],
    [{ 'match-field': ['like:type=vzdump'] }, 'match-field'],
    [{ 'match-field': ['exact:a b=c'] }, 'match-field'],
    [{ 'match-field': ['regex:type=('] }, 'match-field'],
    [{ 'match-severity': ['bad'] }, 'match-severity'],
    [{ 'match-severity': ['info,'] }, 'match-severity'],
    [{ 'match-calendar': ['mon-fri'] }, 'match-calendar'],
    [{ 'match-calendar': ['22-6'] }, 'match-calendar'],
    [{ 'match-calendar': ['9-9'] }, 'match-calendar'],
    [{ 'match-calendar': ['8-25'] }, 'match-calendar'],
    [{ 'match-calendar': ['8:60-9'] }, 'match-calendar'],
    [{ 'match-calendar': ['24-24'] }, 'match-calendar'],
    [{ 'match-calendar': ['mo 8-9'] }, 'match-calendar'],
    [{ 'match-calendar': ['mon-tue-wed 8-9'] }, 'match-calendar'],
    [{ 'match-calendar': ['*/15'] }, 'match-calendar'],
    [{ 'match-calendar': ['8-9; x'] }, 'match-calendar'],
  ])('%j', (options, field) => {
    expect(() => readMatchRules(options)).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { [field]: expect.any(String) } }),
    );
  });
});

it('reads days and hours', () => {
  expect(parseCalendarWindow(' sat..mon 8-17:05 ')).toEqual({ weekdays: [1, 6, 7], from: 480, until: 1025 });
});
