// What is kept of a reading when the next one fails: only an answer about the same.
import { expect, test } from 'vitest';
import { subjectOf } from './query.ts';

const of = (source: unknown) => subjectOf(JSON.stringify(source));

test('an older answer about the same is still one about it', () => {
  expect(of({ node: 'a', revision: 2 })).toBe(of({ node: 'a', revision: 3 }));
});

test('an answer about something else is none', () => {
  expect(of({ node: 'a', revision: 2 })).not.toBe(of({ node: 'b', revision: 2 }));
  expect(of({ node: 'a' })).not.toBe(of({ node: 'b' }));
  expect(of('a')).not.toBe(of('b'));
  expect(of(['revision'])).not.toBe(of([]));
});
