// What follows the end of a container: also of one that ended while the daemon was away, and when a storage fails.
import { expect, test } from 'vitest';
import { ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { silentLog } from '../../../test/fixtures/storage-world.ts';
import { watchGuests } from '../guest-watcher.ts';
import { createCtRunEnds } from './ct-watch.ts';

test('one that ended while nobody looked is cleared up after', async () => {
  const made = await ctWorld();
  await made.addCt(100, ctConfig(100));
  await made.store.write('guests/100', { ...made.document(100)!, running: ctConfig(100) });
  await made.parts.storages
    .storage('local')
    .attach(
      { signal: new AbortController().signal, log: () => {}, progress: () => {} },
      '100/subvol-100-disk-0.subvol',
    );
  const stop = await watchGuests(made.parts, 'lxc', createCtRunEnds(made.parts, silentLog), silentLog);
  stop();
  expect(made.document(100)?.running).toBeUndefined();
  expect((await made.snapshot()).attached).toEqual([]);
  await made.dispose();
});

test('those who settle at the same time do it once; what fails is told and holds up nothing', async () => {
  const made = await ctWorld();
  await made.addCt(100, ctConfig(100));
  await made.store.write('guests/100', { ...made.document(100)!, running: ctConfig(100) });
  const told: unknown[] = [];
  let unmounts = 0;
  const driver = Object.create(made.driver, {
    unmount: {
      value: async () => {
        unmounts += 1;
        throw new Error('stuck');
      },
    },
  }) as typeof made.driver;
  const ends = createCtRunEnds({ ...made.parts, driver }, {
    warn: (facts: unknown) => told.push(facts),
  } as never);
  await Promise.all([ends.settle(100), ends.settle(100)]);
  expect(unmounts).toBe(1);
  expect(told).toHaveLength(1);
  expect(made.document(100)?.running).toBeUndefined();
  await made.dispose();
});

test('one that runs is left alone', async () => {
  const made = await ctWorld();
  await made.addCt(100, ctConfig(100), { running: true });
  await made.parts.ends.settle(100);
  expect(made.document(100)?.running).toEqual(ctConfig(100));
  expect((await made.snapshot()).mounted).toHaveLength(1);
  await made.dispose();
});
