// What a guarded storage spends on a call, and how long a storage's process is given when a call does not come back.
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Storage } from '../../storage-plugins/plugin.ts';
import { refused } from '../../test/contracts/refused.ts';
import { systemClock } from '../core/clock.ts';
import { quietContext } from '../core/work-context.ts';
import { Circuit } from './circuit.ts';
import { type GuardOptions, guardStorage } from './guarded-storage.ts';

const context = quietContext();
let called: string[];
let file: Readable;

function guard({ held, ...more }: Partial<GuardOptions> & { held?: Promise<void> }): Storage {
  const note = (name: string) => async () => void called.push(name);
  const plain = {
    ...Object.fromEntries(['check', 'deactivate', 'list'].map((name) => [name, note(name)])),
    async activate() {
      called.push('activate');
      await held;
    },
    info: () => new Promise(() => {}),
    resize: (_context: unknown, _name: string, ms: number) => delay(ms),
    exportStream: async () => file,
  } as unknown as Storage;
  const circuit = new Circuit('test', systemClock, 1000);
  return guardStorage(plain, { circuit, clock: systemClock, ...more });
}

beforeEach(() => {
  called = [];
  file = new Readable({ read() {} });
});

test('a storage that holds threads for files is looked at before, once for all who call at once', async () => {
  const looked = guard({ holdsThreads: true });
  await Promise.all([looked.list(context, {}), looked.list(context, {})]);
  expect(called).toEqual(['activate', 'check', 'list', 'list']);
  called = [];
  await guard({}).list(context, {});
  expect(called).toEqual(['activate', 'list']);
});

test('deactivating comes after an activation that is under way, and none comes after it', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const storage = guard({ held: promise });
  const listing = refused(storage.list(context, {}));
  await new Promise((begun) => setImmediate(begun));
  const ending = storage.deactivate(context);
  await new Promise((begun) => setImmediate(begun));
  expect(called).toEqual(['activate']);
  resolve();
  await ending;
  await listing;
  expect(called.filter((name) => name.endsWith('activate'))).toEqual(['activate', 'deactivate']);
  expect(await refused(storage.list(context, {}))).toBe('unavailable');

  called = [];
  const waiting = Promise.withResolvers<void>();
  const other = guard({ beforeActivation: () => waiting.promise });
  const call = refused(other.list(context, {}));
  await other.deactivate(context);
  waiting.resolve();
  expect(await call).toBe('unavailable');
  expect(called).toEqual(['deactivate']);
});

describe('the process of a call that does not come back', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'],
      fakeNodeBuiltins: true,
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Seconds from a call to the end of the process. */
  async function secondsToKill(prepare: (storage: Storage) => Promise<unknown>): Promise<number> {
    let killed = false;
    const kill = () => {
      killed = true;
    };
    const process = { kill, end() {}, retire() {}, runs: true, lost: 0 };
    const storage = guard({ process });
    await prepare(storage);
    const call = refused(storage.info(context, 'x'));
    let seconds = 0;
    for (; !killed && seconds < 1000; seconds += 1) await vi.advanceTimersByTimeAsync(1000);
    expect(await call).toBe('timeout');
    return seconds;
  }

  test('is ended soon, but not while a file is read from it', async () => {
    expect(await secondsToKill(async () => {})).toBe(12);
    expect(await secondsToKill((storage) => storage.exportStream(context, 'a'))).toBe(130);
    file = new Readable({ read() {} });
    expect(
      await secondsToKill(async (storage) => {
        (await storage.exportStream(context, 'a')).destroy();
        await vi.advanceTimersByTimeAsync(0);
      }),
    ).toBe(12);
  });

  test.each([
    ['that is within its limit', 60_000, 'nothing was refused', 62],
    ['until that is late itself', 1_000_000, 'timeout', 122],
    ['that ends before', 5_000, 'nothing was refused', 12],
  ])('is not ended for a look while there is work in it %s', async (_what, ms, end, seconds) => {
    let resized: Promise<string> | undefined;
    const storage = async (guarded: Storage) => {
      resized = refused(guarded.resize(context, 'x', ms));
      await vi.advanceTimersByTimeAsync(0);
    };
    expect(await secondsToKill(storage)).toBe(seconds);
    expect(await resized).toBe(end);
  });

  test('is ended also when other looks are under way', async () => {
    const looks: Promise<string>[] = [];
    const asking = async (storage: Storage) => {
      looks.push(refused(storage.info(context, 'y')));
      await vi.advanceTimersByTimeAsync(1000);
    };
    expect(await secondsToKill(asking)).toBe(11);
    expect(await Promise.all(looks)).toEqual(['timeout']);
  });
});
