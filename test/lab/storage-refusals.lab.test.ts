// Bad input that only real devices and servers can give: twins of volume groups, units that shrank, two storages in one place.
import { describe, expect, it } from 'vitest';
import { shrinkLun } from '../appliance/server-scripts.ts';
import { eventually } from '../host/wait.ts';
import { CountingVm } from './counting-vm.ts';
import { withLab } from './fixture.ts';
import {
  addStorage,
  deviceOf,
  makeSanStorages,
  onServer,
  type StorageStatus,
  storageStatus,
  untilStorage,
  volumesOn,
} from './lab-storages.ts';
import type { LabNode } from './node.ts';
import { sendCountingDisk } from './send-files.ts';
import { StorageServers } from './storage-servers.ts';

const minute = 60_000;

describe('refused, and nothing changed', () => {
  it('a volume group whose name is on another disk too', { timeout: 20 * minute }, async () => {
    await withLab(1, async ([node]) => {
      const { api, ssh } = node!;
      const [one, two] = [await deviceOf(node!, 0), await deviceOf(node!, 1)];
      await ssh.run(['vgcreate', '-q', '-y', 'twin', one], { timeoutMs: minute });
      await addStorage(node!, 'twin', { type: 'lvm', vgname: 'twin', content: 'images' });
      // As when a disk of another machine is put in: LVM sees the first one only when it is told to.
      await ssh.run(['vgcreate', '-q', '-y', '--devices', two, 'twin', two], { timeoutMs: minute });
      const before = await groupsOf(node!);
      expect(before).toHaveLength(2);

      const alloc = api.call('POST', `/nodes/${node!.name}/storage/twin/content`, {
        ...{ vmid: 100, filename: 'vm-100-disk-0', size: '64M' },
      });
      await expect(alloc).rejects.toThrow(/two volume groups named 'twin'/);
      await untilStorage(node!, 'twin', ({ active }) => active === 0);
      expect((await storageStatus(node!, 'twin')).problem).toMatch(/two volume groups named 'twin'/);
      expect(await groupsOf(node!)).toEqual(before);
      const volumes = await ssh.output(['lvs', '--noheadings', '-o', 'lv_name'], { okExitCodes: [0, 5] });
      expect(volumes).not.toContain('vm-100');

      await ssh.run(['wipefs', '--all', '--quiet', two]);
      await untilStorage(node!, 'twin', ({ active }) => active === 1, 2 * minute);
    });
  });

  it('a unit of a target that shrank', { timeout: 20 * minute }, async () => {
    await withLab(1, async ([node]) => {
      const { api, name } = node!;
      const servers = await StorageServers.on(node!, ['iscsi']);
      await sendCountingDisk(node!);
      await makeSanStorages(node!, { username: 'initiator', password: 'twelve-letters' });
      const vm = await CountingVm.create(node!, 100, 'san-lvm');
      const groups = await groupsOf(node!);
      await servers.script(shrinkLun(0, 512));
      await untilUnitHas(node!, 512);
      const alloc = api.call('POST', `/nodes/${name}/storage/san-lvm/content`, {
        ...{ vmid: 100, filename: 'vm-100-disk-9', size: '64M' },
      });
      await expect(alloc).rejects.toThrow(/is smaller than it was/);
      const says = ({ warnings = [] }: StorageStatus) => warnings.join().includes('smaller than it was');
      await untilStorage(node!, 'san-lvm', says, 3 * minute);
      expect(await groupsOf(node!)).toEqual(groups);

      await servers.script(shrinkLun(0, 6144));
      await untilUnitHas(node!, 6144);
      const isWhole = ({ active, warnings = [] }: StorageStatus) => active === 1 && warnings.length === 0;
      await untilStorage(node!, 'san-lvm', isWhole, 3 * minute);
      await vm.remove();
      expect(await volumesOn(node!, 'san-lvm')).toEqual([]);
    });
  });

  it('two storages in one place, wrong servers, wrong passwords', { timeout: 20 * minute }, async () => {
    await withLab(1, async ([node]) => {
      const { api, ssh } = node!;
      await StorageServers.on(node!, ['nfs', 'cifs', 'iscsi']);
      await addStorage(node!, 'nfs', onServer.nfs);
      await addStorage(node!, 'cifs', onServer.cifs);
      await ssh.run(['vgcreate', '-q', '-y', 'group', await deviceOf(node!, 0)], { timeoutMs: minute });
      await addStorage(node!, 'group', { type: 'lvm', vgname: 'group', content: 'images' });
      const before = await api.call('GET', '/storage');
      const refused = async (options: Readonly<Record<string, unknown>>, why: RegExp) =>
        expect(
          api.call('POST', '/storage', { storage: 'other', ...options }),
          JSON.stringify(options),
        ).rejects.toThrow(why);
      await refused(onServer.nfs, /storage 'nfs' is at this place already/);
      await refused(onServer.cifs, /storage 'cifs' is at this place already/);
      await refused(
        { type: 'lvm', vgname: 'group', content: 'images' },
        /storage 'group' is at this place already/,
      );
      await refused(
        { type: 'dir', path: '/var/lib/croft/local', content: 'images' },
        /storage 'local' is at this place already/,
      );
      await refused({ type: 'lvm', vgname: '../group', content: 'images' }, /vgname/);
      await refused({ ...onServer.nfs, export: '/srv/lab/nfs/$(reboot)' }, /export/);
      await refused({ ...onServer.nfs, server: '10.99.0.2;reboot' }, /server/);
      await refused({ ...onServer.iscsi, target: 'iqn.2026-01.org.croft.lab:x y' }, /target/);
      expect(await api.call('GET', '/storage')).toEqual(before);

      // What only the server can refuse is told in its words, without the password, and nothing is stored.
      const said = await api
        .call('POST', '/storage', {
          ...{ storage: 'wrong', ...onServer.cifs, share: 'no-such-share', password: 'not,the=password' },
        })
        .then(() => 'nothing was refused', String);
      expect(said).toMatch(/no-such-share|refuse|denied|password|user/i);
      expect(said).not.toContain('not,the');
      expect(await api.call('GET', '/storage')).toEqual(before);
      const journal = await ssh.output([
        'journalctl',
        '--merge',
        '--unit=croft',
        '--no-pager',
        '--lines=2000',
      ]);
      expect(journal).not.toContain('not,the');

      await expect(api.call('PUT', '/storage/group', { vgname: 'else' })).rejects.toThrow(/vgname/);
      await expect(api.call('PUT', '/storage/nfs', { export: '/else' })).rejects.toThrow(/export/);
    });
  });
});

/** Until the node sees the target's first unit with this size: its session comes back some time after the target does. */
async function untilUnitHas({ ssh }: LabNode, mebibytes: number): Promise<void> {
  await eventually(`a unit of ${mebibytes} MiB`, 2 * minute, async () => {
    await ssh.run(['iscsiadm', '--mode', 'session', '--rescan'], { timeoutMs: minute, okExitCodes: [0, 21] });
    const { stdout } = await ssh.script('blockdev --getsize64 /dev/disk/by-path/ip-*-iscsi-*-lun-0');
    return Number(stdout) === mebibytes * 1024 * 1024;
  });
}

/** Each volume group's name and UUID, sorted. */
async function groupsOf({ ssh }: LabNode): Promise<string[]> {
  const said = await ssh.output(['vgs', '--noheadings', '-o', 'vg_name,vg_uuid']);
  return said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => !line.startsWith('croft'))
    .sort();
}
