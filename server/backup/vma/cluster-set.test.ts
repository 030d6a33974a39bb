// The record of clusters: against a plain set, at the bounds of its words and pieces.
import { expect, it } from 'vitest';
import { seededRandom } from '../../../test/lab/seeded-random.ts';
import { ClusterSet } from './cluster-set.ts';

it.each([1, 31, 32, 33, 1000, 32_767, 32_768, 32_769, 70_000])('%i clusters in a random order', (count) => {
  const random = seededRandom(count);
  const order = Array.from({ length: count }, (_, cluster) => ({ cluster, key: random() }));
  order.sort((a, b) => a.key - b.key);
  const left = new Set(order.map(({ cluster }) => cluster));
  const seen = new ClusterSet(count);
  const lowest = () => {
    for (let cluster = 0; cluster < count; cluster++) if (left.has(cluster)) return cluster;
    return undefined;
  };
  order.forEach(({ cluster }, index) => {
    if (!seen.add(cluster)) throw new Error(`${cluster} was said to be there`);
    left.delete(cluster);
    if (index % Math.ceil(count / 20) !== 0 && left.size > 3) return;
    expect(seen.add(cluster)).toBe(false);
    expect(seen.firstMissing()).toBe(lowest());
  });
  expect(seen.firstMissing()).toBeUndefined();
  expect(seen.add(count - 1)).toBe(false);
});

it('nothing is missing of nothing', () => expect(new ClusterSet(0).firstMissing()).toBeUndefined());

it('the largest device takes no memory before it is seen, and little when seen in order', () => {
  const before = process.memoryUsage().arrayBuffers;
  const seen = new ClusterSet(2 ** 32);
  expect(seen.firstMissing()).toBe(0);
  for (let cluster = 0; cluster < 1_000_000; cluster++) seen.add(cluster);
  seen.add(2 ** 32 - 1);
  expect(seen.firstMissing()).toBe(1_000_000);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 ** 2);
});
