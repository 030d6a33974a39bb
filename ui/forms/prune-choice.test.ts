// What is asked for when backups are pruned: never without something that is kept.
import { expect, test } from 'vitest';
import { keepOption, keepProblem, keepTexts, pruneSums } from './prune-choice.ts';

const none = keepTexts(undefined);

test('begins with what the storage keeps', () => {
  const texts = keepTexts({ 'keep-last': 3, 'keep-yearly': 1 });
  expect(texts).toEqual({ ...none, 'keep-last': '3', 'keep-yearly': '1' });
  expect(keepOption(texts)).toBe('keep-last=3,keep-yearly=1');
});

test.each([
  [{}, undefined],
  [{ 'keep-last': '0' }, undefined],
  [{ 'keep-last': ' 2 ', 'keep-daily': '0' }, 'keep-last=2'],
  [{ 'keep-last': '2', 'keep-weekly': 'all' }, undefined],
  [{ 'keep-last': '-1' }, undefined],
  [{ 'keep-last': '1.5' }, undefined],
  [{ 'keep-monthly': '012' }, 'keep-monthly=12'],
])('%j asks for %s', (part, expected) => expect(keepOption({ ...none, ...part })).toBe(expected));

test('says which field is wrong', () => {
  const texts = { ...none, 'keep-last': '2', 'keep-weekly': 'all' };
  expect(keepProblem(texts, 'keep-weekly')).toBe('count');
  expect(keepProblem(texts, 'keep-last')).toBeUndefined();
  expect(keepProblem(texts, 'keep-daily')).toBeUndefined();
});

test('counts what goes and what stays', () => {
  const marks = [
    { volid: 'a', mark: 'remove' },
    { volid: 'b', mark: 'keep' },
    { volid: 'c', mark: 'protected' },
    { volid: 'd', mark: 'remove' },
  ] as const;
  expect(pruneSums(marks, new Map([['a', 5]]))).toEqual({ removed: 2, kept: 2, bytes: 5 });
});
