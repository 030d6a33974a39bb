// Random histories of writes, run on a ClusterStore and on the simplest model of one: both must always agree.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClusterStore, DocumentWrite } from '../../server/cluster/cluster-store.ts';
import { AppError } from '../../server/core/errors.ts';
import type { StoreUnderTest } from './cluster-store.ts';

/** The model: what the contract says, in the most naive way. */
class Model {
  documents: Record<string, { version: number; value: number }> = {};
  versions: Record<string, number> = {};
  events: string[] = [];

  /** Returns the version that was in the way, or undefined when the batch went through. */
  apply(writes: readonly DocumentWrite[]): { key: string; actual: number } | undefined {
    const before = structuredClone([this.documents, this.versions, this.events] as const);
    for (const write of writes) {
      const actual = this.documents[write.key]?.version ?? 0;
      if (write.ifVersion !== undefined && write.ifVersion !== actual) {
        [this.documents, this.versions, this.events] = before;
        return { key: write.key, actual };
      }
      if ('delete' in write && actual === 0) continue;
      const version = (this.versions[write.key] ?? 0) + 1;
      this.versions[write.key] = version;
      if ('delete' in write) delete this.documents[write.key];
      else this.documents[write.key] = { version, value: write.value as number };
      this.events.push(`${write.key} ${'delete' in write ? 'gone' : version}`);
    }
    return undefined;
  }
}

type Action = { writes: DocumentWrite[] } | 'reopen';

const key = fc.constantFrom('guests/1', 'guests/2', 'guests/10', 'users/a');
const ifVersion = fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined });
const write: fc.Arbitrary<DocumentWrite> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ key, value: fc.integer(), ifVersion }) },
  { weight: 2, arbitrary: fc.record({ key, delete: fc.constant(true as const), ifVersion }) },
);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 9, arbitrary: fc.record({ writes: fc.array(write, { minLength: 1, maxLength: 4 }) }) },
  { weight: 1, arbitrary: fc.constant('reopen' as const) },
);

async function send(store: ClusterStore, writes: readonly DocumentWrite[]): Promise<void> {
  const only = writes.length === 1 ? writes[0]! : undefined;
  if (only === undefined) await store.batch(writes);
  else if ('delete' in only) await store.delete(only.key, only.ifVersion);
  else await store.write(only.key, only.value, only.ifVersion);
}

export function describeClusterStoreModel(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`ClusterStore against its model: ${name}`, () => {
    test('any history of writes, deletions, conflicts and restarts', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (history) => {
          const made = await make();
          let { store } = made;
          const model = new Model();
          let seen: string[] = [];
          const listen = () => {
            for (const kind of ['guests', 'users']) {
              store.watch(kind, (c) => seen.push(`${c.key} ${c.document?.version ?? 'gone'}`));
            }
          };
          listen();
          try {
            for (const step of history) {
              if (step === 'reopen') {
                if (made.reopen === undefined) continue;
                const before = store.fingerprint();
                store.close();
                store = await made.reopen();
                listen();
                expect(store.fingerprint()).toEqual(before);
              } else {
                const refused = model.apply(step.writes);
                const error: unknown = await send(store, step.writes).catch((thrown: unknown) => thrown);
                if (refused) {
                  expect(error).toBeInstanceOf(AppError);
                  expect(error).toMatchObject({ code: 'wrong-state', data: refused });
                } else expect(error).toBeUndefined();
              }
              compare(store, model);
            }
            expect(seen).toEqual(model.events);
          } finally {
            seen = [];
            store.close();
            await made.dispose();
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}

function compare(store: ClusterStore, model: Model): void {
  for (const [kind, keys] of [
    ['guests', ['guests/1', 'guests/2', 'guests/10']],
    ['users', ['users/a']],
  ] as const) {
    const expected = keys.flatMap((key) => {
      const document = model.documents[key];
      return document ? [{ key, ...document }] : [];
    });
    expect(store.list(kind)).toEqual(expected);
    for (const key of keys) expect(store.read(key)).toEqual(expected.find((d) => d.key === key));
  }
  expect(store.fingerprint().position).toBe(model.events.length);
}
