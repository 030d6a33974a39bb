// The state machine: pure, and the same for every member whatever was in its way.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DocumentWrite } from './cluster-store.ts';
import { compareNames } from './document-key.ts';
import { DocumentSet } from './document-set.ts';
import { applyBatch, checkWrites } from './state-machine.ts';

const write: fc.Arbitrary<DocumentWrite> = fc.oneof(
  fc.record({ key: fc.constantFrom('a/1', 'a/2', 'b/x'), value: fc.integer() }),
  fc.record({ key: fc.constantFrom('a/1', 'a/2', 'b/x'), delete: fc.constant(true as const) }),
);

test('applying decides, and changes nothing by itself', () => {
  const set = new DocumentSet();
  const result = applyBatch(set, checkWrites([{ key: 'a/1', value: 1 }]));
  expect(result).toMatchObject({ changes: [{ key: 'a/1', version: 1, position: 1, text: '1' }] });
  expect(set.read('a/1')).toBeUndefined();
  expect(set.fingerprint().position).toBe(0);
});

test('a member brought up from kept keys agrees with one that saw every change', () => {
  fc.assert(
    fc.property(fc.array(fc.array(write, { maxLength: 4 }), { maxLength: 20 }), (batches) => {
      const witness = new DocumentSet();
      const kept = new Map<string, Parameters<DocumentSet['put']>[0]>();
      for (const batch of batches) {
        const result = applyBatch(witness, checkWrites(batch));
        if ('conflict' in result) continue;
        witness.commit(result.changes);
        for (const change of result.changes) kept.set(change.key, change);
      }
      const newcomer = new DocumentSet();
      for (const row of [...kept.values()].reverse()) newcomer.put(row);
      expect(newcomer.fingerprint()).toEqual(witness.fingerprint());
      expect(newcomer.list('a')).toEqual(witness.list('a'));
      for (const key of kept.keys()) expect(newcomer.lastVersion(key)).toBe(witness.lastVersion(key));
    }),
  );
});

test('the order of names is total', () => {
  const name = fc.oneof(fc.string({ maxLength: 3 }), fc.stringMatching(/^0?\d{1,3}$/));
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(Math.sign(compareNames(a, b)) + Math.sign(compareNames(b, a))).toBe(0);
      if (compareNames(a, b) <= 0 && compareNames(b, c) <= 0)
        expect(compareNames(a, c)).toBeLessThanOrEqual(0);
      if (compareNames(a, b) === 0) expect(a).toBe(b);
    }),
  );
});
