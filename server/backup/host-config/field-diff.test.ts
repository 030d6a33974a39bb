// Differences field by field.
import { describe, expect, test } from 'vitest';
import type { Json } from '../../cluster/cluster-store.ts';
import { differences } from './field-diff.ts';

const lines = (backup: Json | undefined, now: Json | undefined) =>
  differences(backup, now).map(
    ({ name, backup: a, now: b, secret }) => `${name}: ${secret ? 'secret' : `${a ?? '-'} > ${b ?? '-'}`}`,
  );

describe('differences', () => {
  test.each<[string, Json | undefined, Json | undefined, string[]]>([
    ['none', { a: 1, b: { c: ['x', 'y'] } }, { b: { c: ['x', 'y'] }, a: 1 }, []],
    ['a value', { a: 1 }, { a: 2 }, ['a: 1 > 2']],
    ['a field more and one less', { a: 1 }, { b: true }, ['a: 1 > -', 'b: - > true']],
    ['in the order of numbers', { net10: 'a', net2: 'a' }, {}, ['net2: a > -', 'net10: a > -']],
    ['a list of words', { a: ['x', 'y'] }, { a: ['x'] }, ['a: x, y > x']],
    [
      'members by their names',
      [{ name: 'b', k: 1 }],
      [
        { name: 'a', k: 2 },
        { name: 'b', k: 1 },
      ],
      ['a.k: - > 2', 'a.name: - > a'],
    ],
    ['a whole text', 'a', 'b', [': a > b']],
    ['nothing there now', { a: { b: 'x' } }, undefined, ['a.b: x > -']],
    ['an unknown secret is the same', { p: { $secret: true } }, { p: { $secret: 'f1' } }, []],
    ['known ones differ', { p: { $secret: 'f2' } }, { p: { $secret: 'f1' } }, ['p: secret']],
    ['a secret that is gone', { p: { $secret: true } }, {}, ['p: secret']],
    ['a secret in place of a text', { p: 'x' }, { p: { $secret: 'f' } }, ['p: secret']],
    [
      'names that objects have',
      { toString: 1 },
      JSON.parse('{"__proto__":{"x":1}}') as Json,
      ['__proto__.x: - > 1', 'toString: 1 > -'],
    ],
  ])('%s', (_name, backup, now, expected) => expect(lines(backup, now)).toEqual(expected));

  test('what is long is cut', () => {
    const [one] = differences({ a: 'x'.repeat(50_000) }, undefined);
    expect(one?.backup?.length).toBeLessThan(21_000);
  });
});
