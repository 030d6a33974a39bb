// `bench/storage` on what only the lab has: LVM, thin pools, servers; and the list of twenty storages with one of them cut off.
import { describe, expect, it } from 'vitest';
import { gibibyte } from '../../server/core/units.ts';
import { latencyWhile } from './api-latency.ts';
import { withLab } from './fixture.ts';
import { keep, keptLog } from './kept-log.ts';
import { addStorage, chosenOf, onServer, untilStorage } from './lab-storages.ts';
import { nodeOfAppliance, sendBundle } from './send-bundle.ts';
import { StorageServers } from './storage-servers.ts';

const minute = 60_000;
const things = ['lvm', 'lvm-chain', 'lvmthin', 'btrfs', 'nfs', 'cifs', 'glusterfs'];

describe('storages of an appliance beside the tools', () => {
  it('volumes and copies', { timeout: 90 * minute }, async () => {
    await withLab(1, async ([node]) => {
      const { machine, ssh } = node!;
      // Thick volumes of 32 GiB, some at once, ours and the tool's: nothing is written to most of it.
      await machine.qmp('block_resize', { 'node-name': 'disk1', size: 1024 * gibibyte });
      await ssh.run(['systemctl', 'stop', 'croft.service']);
      await StorageServers.on(node!);
      const bundle = await sendBundle(node!, 'bench/storage-appliance.ts');
      for (const thing of chosenOf(things)) {
        const table = await ssh.output([...nodeOfAppliance, bundle, thing], {
          timeoutMs: 20 * minute,
        });
        process.stderr.write(`${table}\n`);
        keep(`storage-bench/${thing}.txt`, `${table}\n`);
        expect(table).toContain(`${thing}: allocate 32 GiB`);
        expect(table).toContain(`dir to ${thing}: `);
      }
    });
  });

  it('the list of twenty, one of them dead', { timeout: 30 * minute }, async () => {
    const say = keptLog('storage-bench/list.log');
    await withLab(1, async ([node]) => {
      const { api, ssh, name } = node!;
      const servers = await StorageServers.on(node!, ['nfs']);
      await addStorage(node!, 'nfs', onServer.nfs);
      for (let number = 3; number <= 20; number += 1) {
        const path = `/srv/s${number}`;
        await ssh.run(['mkdir', '-p', path]);
        await addStorage(node!, `s${number}`, { type: 'dir', path, content: 'images' });
      }
      // What asks no storage tells how fast the machine is just now.
      const calls = ['/version', `/nodes/${name}/storage`];
      const [asideWell, well] = await latencyWhile(
        api,
        calls,
        () => new Promise((done) => setTimeout(done, 20_000)),
      );
      const [asideDead, dead] = await latencyWhile(api, calls, async () => {
        await servers.cut('nfs');
        await untilStorage(node!, 'nfs', ({ active }) => active === 0, 2 * minute);
        await new Promise((done) => setTimeout(done, 30_000));
      });
      await servers.reconnect('nfs');
      say(`all well: ${JSON.stringify(well)}, ${JSON.stringify(asideWell)}`);
      say(`one dead: ${JSON.stringify(dead)}, ${JSON.stringify(asideDead)}`);
      // The machine is emulated: what counts is that a dead storage costs a list nothing. `npm run bench -- storage` has the times.
      expect(dead!.medianMs).toBeLessThan(Math.max(100, well!.medianMs * 1.3));
      await untilStorage(node!, 'nfs', ({ active }) => active === 1, 3 * minute);
    });
  });
});
