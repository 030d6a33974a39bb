// What is remembered of the tree, and what may be found in its place.
import { expect, test } from 'vitest';
import { mostFolded, readTreeMemory, withFolded } from './tree-memory.ts';

test('each view has its own folded branches', () => {
  const server = withFolded({ view: 'server', folded: {} }, 'node/a', true);
  const tag = withFolded({ ...server, view: 'tag' }, 'tag/x', true);
  expect(tag.folded).toEqual({ server: ['node/a'], tag: ['tag/x'] });
  expect(withFolded(tag, 'tag/x', false).folded).toEqual({ server: ['node/a'], tag: [] });
  expect(readTreeMemory(JSON.stringify(tag))).toEqual(tag);
});

test('what is not understood is left out', () => {
  const fresh = { view: 'server', folded: {} };
  for (const bad of [
    null,
    '',
    '{',
    'null',
    '7',
    '[]',
    '{"view":"__proto__","folded":7}',
    '{"folded":{"server":"x"}}',
  ])
    expect(readTreeMemory(bad)).toEqual(fresh);
  expect(readTreeMemory('{"view":"tag","folded":{"tag":[1,"a"],"other":["b"]}}')).toEqual({
    view: 'tag',
    folded: { tag: ['a'] },
  });
});

test('the list of folded branches does not grow without end', () => {
  let memory = readTreeMemory(null);
  for (let i = 0; i < mostFolded + 20; i += 1) memory = withFolded(memory, `node/${i}`, true);
  expect(memory.folded.server).toHaveLength(mostFolded);
  expect(memory.folded.server?.[0]).toBe(`node/${mostFolded + 19}`);
});
