// The contract suite of storage plugins on their real things, inside an installed appliance, by the appliance's own Node.
import { describe, expect, it } from 'vitest';
import { spareDisks } from '../appliance/storage-places.ts';
import { thingNames } from '../appliance/thing-names.ts';
import { withLab } from './fixture.ts';
import { chosenOf, deviceOf } from './lab-storages.ts';
import type { LabNode } from './node.ts';
import { runSuite, sendBundle } from './send-bundle.ts';
import { StorageServers } from './storage-servers.ts';

const minute = 60_000;

describe('storage plugins on an appliance', () => {
  it('pass the contract suite, each on its real thing', { timeout: 240 * minute }, async () => {
    await withLab(1, async ([node]) => {
      // The suite has the disks to itself.
      await node!.ssh.run(['systemctl', 'stop', 'croft.service']);
      await StorageServers.on(node!);
      const bundle = await sendBundle(node!, 'test/appliance/storage-conformance.ts');
      const failed: string[] = [];
      for (const thing of chosenOf(thingNames)) failed.push(...(await failuresOf(node!, bundle, thing)));
      expect(failed).toEqual([]);
    });
  });
});

/** Runs the suite on one thing, with both spare disks empty. */
async function failuresOf(node: LabNode, bundle: string, thing: string): Promise<string[]> {
  const { ssh } = node;
  // What a run that failed left.
  await ssh.script(
    `vgremove --quiet --yes --force conformance 2> /dev/null || true\nwipefs --all --quiet ${spareDisks.join(' ')}`,
  );
  expect(await deviceOf(node, 0)).toMatch(/^\/dev\/vd[b-z]$/);
  return runSuite(node, bundle, [thing], `storage-conformance/${thing}.tap`);
}
