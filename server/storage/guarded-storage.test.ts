// What a guarded storage spends on a call, and how long a storage's process is given when a call does not come back.
import { Readable } from 'node:stream';
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
});
