// The contract of every ClusterStore, as tests: run it on each implementation, fakes included.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type {
  ClusterStore,
  DocumentChange,
  DocumentWrite,
  Json,
} from '../../server/cluster/cluster-store.ts';
import { AppError } from '../../server/core/errors.ts';
import { describeClusterStoreModel } from './cluster-store-model.ts';

/** A fresh, empty store, and how to clean up after it. */
export interface StoreUnderTest {
  readonly store: ClusterStore;
  /** The store again with what was durable when it was closed; undefined for stores that forget. */
  readonly reopen: (() => Promise<ClusterStore>) | undefined;
  dispose(): Promise<void>;
}

export function describeClusterStore(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`ClusterStore: ${name}`, () => {
    let made: StoreUnderTest;
    let store: ClusterStore;
    beforeEach(async () => {
      made = await make();
      store = made.store;
    });
    afterEach(async () => {
      store.close();
      await made.dispose();
    });

    const watched = (kind: string): DocumentChange[] => {
      const seen: DocumentChange[] = [];
      store.watch(kind, (change) => seen.push(change));
      return seen;
    };

    test('reads what was written, with versions from 1', async () => {
      expect(store.read('guests/100')).toBeUndefined();
      expect(await store.write('guests/100', { name: 'web' })).toEqual({
        key: 'guests/100',
        version: 1,
        value: { name: 'web' },
      });
      const second = await store.write('guests/100', { name: 'db' }, 1);
      expect(second.version).toBe(2);
      expect(store.read('guests/100')).toEqual(second);
    });

    test('refuses a write whose version does not hold, and changes nothing', async () => {
      await store.write('guests/100', 'a');
      await store.write('guests/100', 'b');
      const before = store.fingerprint();
      const cases: [() => Promise<unknown>, number, number][] = [
        [() => store.write('guests/100', 'c', 1), 1, 2],
        [() => store.write('guests/100', 'c', 0), 0, 2],
        [() => store.write('guests/200', 'c', 3), 3, 0],
        [() => store.delete('guests/100', 1), 1, 2],
        [() => store.delete('guests/200', 1), 1, 0],
      ];
      for (const [attempt, expected, actual] of cases) {
        const error = await attempt().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(AppError);
        expect(error).toMatchObject({ code: 'wrong-state', data: { expected, actual } });
      }
      expect(store.fingerprint()).toEqual(before);
      expect(store.read('guests/100')?.value).toBe('b');
    });

    test('a deleted key is gone, and goes on counting when it comes back', async () => {
      await store.write('guests/100', 'a');
      await store.delete('guests/100');
      expect(store.read('guests/100')).toBeUndefined();
      expect(store.list('guests')).toEqual([]);
      const back = await store.write('guests/100', 'b', 0);
      expect(back.version).toBe(3);
      await expect(store.write('guests/100', 'c', 1)).rejects.toMatchObject({ code: 'wrong-state' });
    });

    test('deleting what is not there is no error and no change', async () => {
      const seen = watched('guests');
      const before = store.fingerprint();
      await store.delete('guests/100');
      await store.delete('guests/100', 0);
      expect(store.fingerprint()).toEqual(before);
      expect(seen).toEqual([]);
    });

    test('lists a kind by name, numbers by value', async () => {
      for (const key of [
        'guests/1000',
        'guests/200',
        'users/root@pam',
        'guests/b',
        'guests/99',
        'guests/a',
      ]) {
        await store.write(key, key);
      }
      await store.delete('guests/200');
      expect(store.list('guests').map((d) => d.key)).toEqual([
        'guests/99',
        'guests/1000',
        'guests/a',
        'guests/b',
      ]);
      expect(store.list('nothing')).toEqual([]);
      expect(store.kinds()).toEqual(['guests', 'users']);
      await store.delete('users/root@pam');
      expect(store.kinds()).toEqual(['guests']);
    });

    test('nobody can change the truth through what they hold', async () => {
      const mine = { disks: [{ size: 1 }] };
      await store.write('guests/100', mine);
      mine.disks[0]!.size = 2;
      const held = store.read('guests/100')!.value as { disks: { size: number }[] };
      expect(() => {
        held.disks[0]!.size = 3;
      }).toThrow(TypeError);
      expect(() => held.disks.push({ size: 4 })).toThrow(TypeError);
      store.list('guests').length = 0;
      expect(store.list('guests').map((d) => d.value)).toEqual([{ disks: [{ size: 1 }] }]);
    });

    test('refuses keys and values that are not of the right form', async () => {
      const keys = ['', 'guests', '/x', 'guests/', 'Guests/1', 'guests/a/b', 'guests/a\n', '1/a'];
      for (const key of [...keys, `guests/${'x'.repeat(201)}`, 'guests/\ud800']) {
        await expect(store.write(key, 1), key).rejects.toMatchObject({ code: 'invalid-input' });
      }
      const ring: Record<string, unknown> = {};
      ring['self'] = ring;
      const values: unknown[] = [
        undefined,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        () => 1,
        1n,
        Symbol('x'),
        ring,
      ];
      values.push({ a: undefined }, new Date(), new Map(), [undefined], JSON.parse('{"__proto__": 1}'));
      values.push('x'.repeat(1024 * 1024));
      for (const value of values) {
        await expect(store.write('guests/100', value as Json)).rejects.toMatchObject({
          code: 'invalid-input',
        });
      }
      await expect(store.write('guests/100', 1, -1)).rejects.toMatchObject({ code: 'invalid-input' });
      await expect(store.write('guests/100', 1, 0.5)).rejects.toMatchObject({ code: 'invalid-input' });
      expect(store.fingerprint().position).toBe(0);
    });

    test('a batch is all or nothing, in order', async () => {
      await store.write('guests/100', 'a');
      const seen = watched('guests');
      const refused: DocumentWrite[] = [
        { key: 'guests/101', value: 'new' },
        { key: 'guests/100', delete: true, ifVersion: 7 },
      ];
      await expect(store.batch(refused)).rejects.toMatchObject({
        code: 'wrong-state',
        data: { key: 'guests/100', expected: 7, actual: 1 },
      });
      await expect(
        store.batch([
          { key: 'guests/101', value: 'new' },
          { key: 'bad key', value: 1 },
        ]),
      ).rejects.toMatchObject({ code: 'invalid-input' });
      expect(store.read('guests/101')).toBeUndefined();
      expect(seen).toEqual([]);

      await store.batch([
        { key: 'guests/101', value: 1, ifVersion: 0 },
        { key: 'guests/101', value: 2, ifVersion: 1 },
        { key: 'guests/100', delete: true, ifVersion: 1 },
        { key: 'guests/100', value: 'again', ifVersion: 0 },
      ]);
      expect(store.list('guests').map((d) => [d.key, d.version, d.value])).toEqual([
        ['guests/100', 3, 'again'],
        ['guests/101', 2, 2],
      ]);
      expect(seen.map((c) => [c.key, c.document?.version])).toEqual([
        ['guests/101', 1],
        ['guests/101', 2],
        ['guests/100', undefined],
        ['guests/100', 3],
      ]);
      await store.batch([]);
    });

    test('watchers get each change of their kind, in order, before the write is answered', async () => {
      const seen = watched('guests');
      const others = watched('users');
      const stop = store.watch('guests', () => {
        throw new Error('a watcher that throws');
      });
      store.watch('guests', async () => {
        throw new Error('a watcher that rejects');
      });
      await store.write('guests/1', 'a');
      expect(seen).toHaveLength(1);
      stop();
      await store.write('users/u', 'x');
      await store.delete('guests/1');
      expect(seen.map((c) => c.document?.value)).toEqual(['a', undefined]);
      expect(seen.map((c) => c.position)).toEqual([1, 3]);
      expect(others.map((c) => c.position)).toEqual([2]);
    });

    test('a watcher that writes does not disturb the order of others', async () => {
      const first: number[] = [];
      const second: number[] = [];
      const answers: Promise<unknown>[] = [];
      store.watch('guests', (change) => {
        first.push(change.position);
        if (change.position < 4) answers.push(store.write('guests/1', change.position));
      });
      store.watch('guests', (change) => second.push(change.position));
      await store.write('guests/1', 0);
      await Promise.all(answers);
      await expect.poll(() => second.length).toBe(4);
      expect(first).toEqual([1, 2, 3, 4]);
      expect(second).toEqual([1, 2, 3, 4]);
    });

    test('a watcher that stopped is not called any more, not even for the rest of a batch', async () => {
      const seen: number[] = [];
      const stop = store.watch('guests', (change) => {
        seen.push(change.position);
        stop();
      });
      await store.batch([
        { key: 'guests/1', value: 1 },
        { key: 'guests/2', value: 2 },
      ]);
      expect(seen).toEqual([1]);
    });

    test('of many writers with the same version exactly one wins', async () => {
      await store.write('guests/1', 0);
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, writer) => store.write('guests/1', writer, 1)),
      );
      expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
      expect(store.read('guests/1')?.version).toBe(2);
    });

    test('knows its members and is quorate', () => {
      const members = store.members();
      expect(members.filter((m) => m.local)).toHaveLength(1);
      expect(members.every((m) => m.online && m.name.length > 0 && m.address.length > 0)).toBe(true);
      expect(store.quorum().quorate).toBe(true);
    });

    test('the fingerprint tells equal stores from unequal ones', async () => {
      const other = await make();
      try {
        expect(other.store.fingerprint()).toEqual(store.fingerprint());
        await store.write('guests/1', { a: 1 });
        await other.store.write('guests/1', { a: 2 });
        expect(other.store.fingerprint().position).toBe(store.fingerprint().position);
        expect(other.store.fingerprint().checksum).not.toBe(store.fingerprint().checksum);
      } finally {
        other.store.close();
        await other.dispose();
      }
    });

    test('after closing it reads on and refuses to write', async () => {
      await store.write('guests/1', 1);
      store.close();
      expect(store.read('guests/1')?.value).toBe(1);
      await expect(store.write('guests/1', 2)).rejects.toMatchObject({ code: 'unavailable' });
      store.close();
    });

    test('values and names come back exactly as they were, also after reopening', async () => {
      const name = fc
        .string({ unit: 'binary', minLength: 1, maxLength: 50 })
        .filter((text) => !/[/\p{Cc}]/u.test(text) && text.isWellFormed());
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(name, fc.jsonValue()), { maxLength: 8 }), async (pairs) => {
          const one = await make();
          let { store } = one;
          try {
            const expected = new Map<string, unknown>();
            for (const [id, value] of pairs) {
              const json: unknown = JSON.parse(JSON.stringify(value));
              if (JSON.stringify(json).includes('"__proto__"')) continue;
              await store.write(`things/${id}`, json as Json);
              expected.set(`things/${id}`, json);
            }
            if (one.reopen) {
              const before = store.fingerprint();
              store.close();
              store = await one.reopen();
              expect(store.fingerprint()).toEqual(before);
            }
            for (const [key, value] of expected) expect(store.read(key)?.value).toEqual(value);
            expect(store.list('things')).toHaveLength(expected.size);
          } finally {
            store.close();
            await one.dispose();
          }
        }),
        { numRuns: 30 },
      );
    });
  });

  describeClusterStoreModel(name, make);
}
