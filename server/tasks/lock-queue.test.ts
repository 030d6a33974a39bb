// Locks: fair, visible, free of deadlocks, and never left behind.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeLock, LockQueue, type LockRequest } from './lock-queue.ts';
import type { LockRef } from './task.ts';

const guest = (id: string): LockRef => ({ scope: 'guest', id });
const turn = () => new Promise((resolve) => setImmediate(resolve));

function request(owner: string, locks: LockRef[], more: Partial<LockRequest> = {}): LockRequest {
  return {
    owner,
    description: owner,
    locks,
    ancestors: new Set(),
    signal: new AbortController().signal,
    onWait: () => {},
    ...more,
  };
}

test('waits in turn, and knows who is in the way', async () => {
  const queue = new LockQueue();
  const order: string[] = [];
  const waits: string[] = [];
  const take = (owner: string) =>
    queue
      .acquire(
        request(owner, [guest('100')], {
          onWait: (lock, holder) => waits.push(`${owner}: ${describeLock(lock)} of ${holder}`),
        }),
      )
      .then((release) => {
        order.push(owner);
        return release;
      });
  const a = take('a');
  const b = take('b');
  const c = take('c');
  (await a)();
  (await b)();
  (await c)();
  expect(order).toEqual(['a', 'b', 'c']);
  expect(waits).toEqual(['b: guest 100 of a', 'c: guest 100 of a', 'c: guest 100 of b']);
  expect(queue.idle).toBe(true);
});

test('who is cancelled while waiting leaves the queue and gives back what it had', async () => {
  const queue = new LockQueue();
  const releaseA = await queue.acquire(request('a', [guest('2')]));
  const stop = new AbortController();
  const b = queue.acquire(request('b', [guest('1'), guest('2')], { signal: stop.signal }));
  const c = queue.acquire(request('c', [guest('1')]));
  stop.abort();
  await expect(b).rejects.toMatchObject({ code: 'cancelled' });
  (await c)();
  releaseA();
  expect(queue.idle).toBe(true);
  await expect(
    (async () => {
      const held = await queue.acquire(request('a', [guest('1')]));
      try {
        await queue.acquire(request('b', [guest('1')], { signal: AbortSignal.abort() }));
      } finally {
        held();
      }
    })(),
  ).rejects.toMatchObject({ code: 'cancelled' });
  expect(queue.idle).toBe(true);
});

test("an ancestor's lock is not waited for, and not given back by the child", async () => {
  const queue = new LockQueue();
  const releaseParent = await queue.acquire(request('parent', [guest('1')]));
  const releaseChild = await queue.acquire(
    request('child', [guest('1'), guest('1'), guest('2')], { ancestors: new Set(['parent']) }),
  );
  releaseChild();
  let got = false;
  const other = queue.acquire(request('other', [guest('1')])).then((release) => {
    got = true;
    return release;
  });
  await turn();
  expect(got).toBe(false);
  releaseParent();
  (await other)();
  expect(queue.idle).toBe(true);
});

test('any crowd of requests gets through, one holder at a time', async () => {
  const lock = fc.record({
    scope: fc.constantFrom<LockRef['scope']>('cluster', 'node', 'storage', 'guest', 'name'),
    id: fc.constantFrom('a', 'b'),
  });
  const crowd = fc.array(
    fc.record({ locks: fc.array(lock, { maxLength: 4 }), turns: fc.nat(3), cancelled: fc.boolean() }),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(crowd, async (requests) => {
      const queue = new LockQueue();
      const held = new Map<string, number>();
      await Promise.all(
        requests.map(async ({ locks, turns, cancelled }, number) => {
          const stop = new AbortController();
          const wanted = queue.acquire(request(String(number), locks, { signal: stop.signal }));
          if (cancelled) stop.abort();
          const release = await wanted.catch(() => undefined);
          if (release === undefined) return;
          const mine = new Set(locks.map(describeLock));
          for (const one of mine) {
            expect(held.has(one)).toBe(false);
            held.set(one, number);
          }
          for (let i = 0; i < turns; i++) await turn();
          for (const one of mine) held.delete(one);
          release();
        }),
      );
      expect(queue.idle).toBe(true);
    }),
    { numRuns: 50 },
  );
});
