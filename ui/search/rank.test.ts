// The order of what a palette shows.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Findable, makeIndex, rank } from './rank.ts';

const entry = (title: string, number?: number, order = 0, words = ''): Findable => ({
  ...{ title, number, order, words },
});
const titles = (entries: readonly Findable[], query: string) =>
  rank(makeIndex(entries), query).map(({ title, number }) => `${number ?? ''} ${title}`.trim());

it('number, whole name, beginning, word, beginning of a number, inside, other words, letters in order', () => {
  const entries = [
    entry('post-mortem 1', undefined, 0, ''),
    entry('x', undefined, 0, 'pm'),
    entry('compmath'),
    entry('vm', 9, 0),
    entry('old pm'),
    entry('pm-2'),
    entry('pm'),
  ];
  expect(titles(entries, 'pm')).toEqual(['pm', 'pm-2', 'old pm', 'compmath', 'x']);
  expect(titles([entry('b', 1011), entry('101-b', 7), entry('c', 101)], '101')).toEqual([
    '101 c',
    '7 101-b',
    '1011 b',
  ]);
  expect(titles([entry('postgres-main'), entry('spgm'), entry('main')], 'pgm')).toEqual([
    'spgm',
    'postgres-main',
  ]);
  expect(titles([entry('postgres-main')], 'gm')).toEqual([]);
});

it('all words must be found; as a whole is better; equals go by order, then by name as people sort it', () => {
  const entries = [entry('front web'), entry('web front'), entry('web'), entry('web-frontend')];
  expect(titles(entries, 'web front')).toEqual(['web front', 'front web', 'web-frontend']);
  const kinds = [entry('web10', 3, 1), entry('web2', 2, 1), entry('web9', 1, 2), entry('web1', undefined, 3)];
  expect(titles(kinds, 'web')).toEqual(['2 web2', '3 web10', '1 web9', 'web1']);
  expect(titles(kinds, '  ')).toEqual(['2 web2', '3 web10', '1 web9', 'web1']);
});

it('accents and case do not count', () => {
  expect(titles([entry('Büro'), entry('Αθήνα')], 'BURO')).toEqual(['Büro']);
  expect(titles([entry('Büro'), entry('Αθήνα')], 'αθηνα')).toEqual(['Αθήνα']);
});

it('whatever names and words are, it answers some of the entries, each once, the same each time', () => {
  const text = fc.string({ unit: 'binary', maxLength: 50 });
  const entries = fc.array(
    fc.record({
      title: text,
      words: text,
      order: fc.nat(3),
      number: fc.option(fc.nat(), { nil: undefined }),
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(entries, text, (list, query) => {
      const answer = rank(makeIndex(list), query);
      expect(new Set(answer).size).toBe(answer.length);
      expect(answer.every((one) => list.includes(one))).toBe(true);
      expect(rank(makeIndex(list), query)).toEqual(answer);
      for (const one of list)
        if (one.title.trim() !== '' && one.title === query) expect(answer).toContain(one);
    }),
  );
});

it('five thousand names are ranked while a key is down', () => {
  const index = makeIndex(Array.from({ length: 5000 }, (_, i) => entry(`guest-${i} ${'x'.repeat(150)}`, i)));
  const before = performance.now();
  expect(rank(index, 'gst 4')).not.toHaveLength(0);
  expect(performance.now() - before).toBeLessThan(200);
});
