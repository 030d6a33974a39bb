// Saved searches, and what may be found in their place.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mostSaved, readSaved, savedKey, withoutSaved, withSaved } from './saved.ts';

it('is added by name, replaced, and taken out', () => {
  const one = withSaved([], { name: ' Web ', text: 'tag:web' });
  const two = withSaved(one, { name: 'Busy', text: 'cpu>80%' });
  expect(two).toEqual([
    { name: 'Busy', text: 'cpu>80%' },
    { name: 'Web', text: 'tag:web' },
  ]);
  expect(withSaved(two, { name: 'Web', text: 'web' })).toEqual([two[0], { name: 'Web', text: 'web' }]);
  expect(withoutSaved(two, 'Busy')).toEqual(one);
  expect(withSaved(two, { name: ' ', text: 'x' })).toEqual(two);
  expect(withSaved(two, { name: 'x', text: ' ' })).toEqual(two);
});

it('each user has their own', () => {
  expect(savedKey('a@pam')).not.toBe(savedKey('a@pve'));
});

it('what was kept comes back', () => {
  const list = withSaved(withSaved([], { name: 'b', text: '1' }), { name: 'a', text: '2' });
  expect(readSaved(JSON.stringify(list))).toEqual(list);
});

it('reads anything without breaking', () => {
  expect(readSaved(null)).toEqual([]);
  expect(readSaved('{')).toEqual([]);
  expect(readSaved('{"name":"a","text":"b"}')).toEqual([]);
  expect(readSaved('[null,1,{"name":1,"text":"b"},{"name":"a","text":"b"}]')).toEqual([
    { name: 'a', text: 'b' },
  ]);
  const many = Array.from({ length: 200 }, (_, i) => ({ name: `n${i}`, text: 'x' }));
  expect(readSaved(JSON.stringify(many))).toHaveLength(mostSaved);
  fc.assert(fc.property(fc.jsonValue(), (value) => void readSaved(JSON.stringify(value))));
});
