// Entry of the contract suite inside an appliance: `node --test-reporter=tap storage-conformance.mjs lvm`. Needs root, and what
// `test/lab/storage-conformance.lab.test.ts` prepares.
import { afterAll, beforeAll, describe } from 'vitest';
import { describeStoragePlugin } from '../contracts/storage-plugin.ts';
import { drbd } from './drbd-thing.ts';
import { type StorageThing, storageThings } from './storage-things.ts';
import { thingNames } from './thing-names.ts';

/** A mirror takes two nodes. */
const things: Readonly<Record<string, () => StorageThing>> = { ...storageThings, drbd };
const asked = process.argv.slice(2);
if (asked.length === 0 || !asked.every((name) => name in things)) {
  process.stderr.write(`which of ${[...thingNames, 'drbd'].join(', ')}?\n`);
  process.exit(2);
}

for (const name of asked) {
  describe(name, () => {
    const thing = things[name]!();
    beforeAll(() => thing.setUp());
    afterAll(() => thing.tearDown());
    describeStoragePlugin(`${name} on an appliance`, async () => thing.under(), {
      qcow2: true,
      fullCopies: true,
    });
  });
}
