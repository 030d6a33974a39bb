// Marking what is searched for leaves the text as it is.
import { expect, test } from 'vitest';
import { markedParts } from './marked-text.ts';

const marked = (text: string, search: string) =>
  markedParts(text, search)
    .filter((part) => part.marked)
    .map((part) => part.text);

test('each place of each word is marked, in capitals or not, the longest word first', () => {
  expect(marked('Failed password, FAILED again', 'failed pass')).toEqual(['Failed', 'pass', 'FAILED']);
  expect(marked('sshd', 'ss sshd')).toEqual(['sshd']);
});

test('signs of patterns are only signs, and nothing is lost', () => {
  for (const search of ['.*', '(', '[a-z]', '\\', '<b>', '$', 'a|b'])
    for (const text of ['<b>a.*b</b> (x) [a-z] \\ $ a|b', '', 'plain'])
      expect(
        markedParts(text, search)
          .map((part) => part.text)
          .join(''),
      ).toBe(text);
  expect(marked('a.*b', '.*')).toEqual(['.*']);
});

test('without words nothing is marked', () => {
  expect(markedParts('line', '  ')).toEqual([{ text: 'line', marked: false }]);
});
