// Mirrored volumes between two installed appliances: the contract suite, and a peer that is cut off under a running guest.
import { expect, it } from 'vitest';
import { drbdNodes } from '../appliance/storage-places.ts';
import { letIn } from './drbd-peers.ts';
import { withLab } from './fixture.ts';
import { keep } from './kept-log.ts';
import { runSuite, sendBundle } from './send-bundle.ts';

const minute = 60_000;

it('mirrors volumes between two nodes, also while one of them is away', {
  timeout: 90 * minute,
}, async () => {
  await withLab(2, async ([one, two]) => {
    for (const node of [one!, two!]) await node.ssh.run(['systemctl', 'stop', 'croft.service']);
    expect([one!.privateAddress, two!.privateAddress]).toEqual([drbdNodes.lab1, drbdNodes.lab2]);
    await letIn(one!, two!);
    try {
      const suite = await sendBundle(one!, 'test/appliance/storage-conformance.ts');
      const failed = await runSuite(one!, suite, ['drbd'], 'storage-conformance/drbd.tap');
      const mirror = await sendBundle(one!, 'test/appliance/drbd-mirror.ts');
      failed.push(...(await runSuite(one!, mirror, [], 'storage-faults/drbd.tap')));
      expect(failed).toEqual([]);
    } finally {
      for (const node of [one!, two!])
        keep(`storage-faults/drbd-${node.name}.dmesg`, await node.ssh.output(['dmesg']));
    }
  });
});
