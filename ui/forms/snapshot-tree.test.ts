// Snapshots as a tree.
import { expect, test } from 'vitest';
import { ancestorsOf, checkSnapshotName, type SnapshotLine, snapshotRows } from './snapshot-tree.ts';

const line = (name: string, snaptime?: number, parent?: string): SnapshotLine => ({
  name,
  description: '',
  ...(snaptime === undefined ? {} : { snaptime }),
  ...(parent === undefined ? {} : { parent }),
});
const shape = (lines: readonly SnapshotLine[]) =>
  snapshotRows(lines).map((row) => `${'  '.repeat(row.depth)}${row.name}`);

test('one after another is a straight line that ends in the present', () => {
  expect(shape([line('b', 2, 'a'), line('a', 1), line('current', undefined, 'b')])).toEqual([
    'a',
    'b',
    'current',
  ]);
});

test('after a roll-back the side branch is indented, the way to the present is not', () => {
  expect(
    shape([
      line('a', 1),
      line('b', 2, 'a'),
      line('c', 3, 'b'),
      line('d', 4, 'a'),
      line('current', undefined, 'd'),
    ]),
  ).toEqual(['a', '  b', '  c', 'd', 'current']);
});

test('a lost parent and a circle do no harm', () => {
  expect(shape([line('x', 1, 'gone'), line('current')])).toEqual(['  x', 'current']);
  expect(shape([line('a', 1, 'b'), line('b', 2, 'a'), line('current')])).toEqual(['current']);
  expect(ancestorsOf('a', [line('a', 1, 'b'), line('b', 2, 'a')])).toEqual(['b', 'a']);
});

test('names', () => {
  const lines = [line('before-upgrade', 1)];
  expect(checkSnapshotName('after_upgrade', lines)).toBeUndefined();
  expect(checkSnapshotName('before-upgrade', lines)).toBe('snapshotTaken');
  for (const wrong of ['', 'a', '1st', 'with space', 'current', 'x'.repeat(41)])
    expect(checkSnapshotName(wrong, lines), wrong).toBe('snapshotName');
});
