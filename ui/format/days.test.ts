// Days in words.
import { expect, test } from 'vitest';
import { dayAndTime, dayOf, daysAgo } from './days.ts';

const at = (text: string) => Date.parse(text) / 1000;
const now = Date.parse('2026-11-23T22:30:00Z');
const of = (zone: string, locale = 'en') => ({ locale, zone, now });

test.each([
  ['2026-11-23T23:00:00Z', 'UTC', 'today, 23:00'],
  ['2026-11-24T02:30:00Z', 'UTC', 'tomorrow, 02:30'],
  ['2026-11-22T00:00:00Z', 'UTC', 'yesterday, 00:00'],
  ['2026-11-26T02:30:00Z', 'UTC', 'Thu, Nov 26, 02:30'],
  ['2027-01-02T02:30:00Z', 'UTC', 'Sat, Jan 2, 2027, 02:30'],
  // There it is the 24th already.
  ['2026-11-23T23:00:00Z', 'Europe/Athens', 'today, 01:00'],
  ['2026-11-23T21:00:00Z', 'Europe/Athens', 'yesterday, 23:00'],
])('%s in %s: %s', (text, zone, words) => {
  expect(dayAndTime(at(text), of(zone))).toBe(words);
});

test.each([
  ['2026-11-23T00:10:00Z', 'today'],
  ['2026-11-24T00:10:00Z', 'today'],
  ['2026-11-22T23:59:00Z', 'yesterday'],
  ['2026-11-11T12:00:00Z', '12 days ago'],
  ['2026-08-20T12:00:00Z', '3 months ago'],
  ['2023-08-20T12:00:00Z', '3 years ago'],
])('%s is %s', (text, words) => {
  expect(daysAgo(at(text), of('UTC'))).toBe(words);
});

test('in other languages, and days of other zones', () => {
  expect(daysAgo(at('2026-11-22T12:00:00Z'), of('UTC', 'it'))).toBe('ieri');
  expect(dayOf(now, 'Asia/Kolkata')).toBe('2026-11-24');
});
