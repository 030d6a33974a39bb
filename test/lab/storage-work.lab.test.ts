// A working day on every type of storage of an installed appliance, through its API: disks prepared, storages added, guests made,
// snapshotted, cloned, grown and moved from one to the next.
import { describe, expect, it } from 'vitest';
import { CountingVm } from './counting-vm.ts';
import { withLab } from './fixture.ts';
import { keptLog } from './kept-log.ts';
import {
  addStorage,
  deviceOf,
  makeFileSystem,
  makeLvmStorages,
  makeSanStorages,
  onServer,
  removeStorage,
  storageStatus,
  untilStorage,
  volumesOn,
} from './lab-storages.ts';
import type { LabNode } from './node.ts';
import { sendCountingDisk, sendTemplate, templateVolume } from './send-files.ts';
import { StorageServers } from './storage-servers.ts';

const minute = 60_000;

interface DiskEntry {
  readonly devpath: string;
  readonly size: number;
  readonly used?: string;
  readonly gpt?: number;
}

describe('the page of disks', () => {
  it('prepares empty disks, refuses used ones, and takes back what it made', {
    timeout: 20 * minute,
  }, async () => {
    await withLab(1, async ([node]) => {
      const { api, ssh, name } = node!;
      const [first, second] = [await deviceOf(node!, 0), await deviceOf(node!, 1)];
      const path = `/nodes/${name}/disks`;
      const task = async (verb: 'POST' | 'PUT' | 'DELETE', where: string, params: Record<string, unknown>) =>
        api.waitTask(await api.call<string>(verb, `${path}${where}`, params), 5 * minute);
      const disk = async (device: string) => {
        const disks = await api.call<DiskEntry[]>('GET', `${path}/list`);
        return disks.find(({ devpath }) => devpath === device);
      };
      expect(await disk(first)).toMatchObject({ size: 8 * 1024 ** 3, gpt: 0 });

      await task('POST', '/initgpt', { disk: first });
      expect(await disk(first)).toMatchObject({ gpt: 1 });
      await task('PUT', '/wipedisk', { disk: first });
      expect(await disk(first)).toMatchObject({ gpt: 0 });

      // The system's own disk is in use, whatever is asked of it.
      const system = await ssh.output(['readlink', '--canonicalize', '/dev/disk/by-id/virtio-lab-disk0']);
      const before = await ssh.output(['sha256sum', '--binary', `${system}1`]);
      for (const [verb, where, params] of [
        ['POST', '/initgpt', { disk: system }],
        ['PUT', '/wipedisk', { disk: system }],
        ['POST', '/lvm', { device: system, name: 'mine' }],
        ['POST', '/lvmthin', { device: system, name: 'mine' }],
        ['POST', '/directory', { device: system, name: 'mine' }],
      ] as const)
        await expect(task(verb, where, params), where).rejects.toThrow(/in use|mounted|system|used/i);
      expect(await ssh.output(['sha256sum', '--binary', `${system}1`])).toBe(before);

      await task('POST', '/directory', { device: first, name: 'folder', filesystem: 'ext4', add_storage: 1 });
      await untilStorage(node!, 'folder', ({ active }) => active === 1);
      await expect(task('POST', '/lvm', { device: first, name: 'again' })).rejects.toThrow(
        /in use|mounted|used/i,
      );
      const contents = await api.call<{ uses: string[]; losses: string[] }>('GET', `${path}/contents`, {
        disk: first,
      });
      expect(contents.uses.join(' ')).toMatch(/mount/);
      expect(contents.losses.join(' ')).toMatch(/ext4/);
      await task('DELETE', '/directory/folder', { 'cleanup-config': 1, 'cleanup-disks': 1 });
      await expect(storageStatus(node!, 'folder')).rejects.toThrow(/no storage/);
      expect(await ssh.output(['sh', '-c', `grep -c ${first} /proc/self/mounts || true`])).toBe('0');

      await makeLvmStorages(node!);
      const groups = await ssh.output(['vgs', '--noheadings', '-o', 'vg_name']);
      expect(groups.split(/\s+/)).toEqual(expect.arrayContaining(['thick', 'thin']));
      expect(await disk(second)).toMatchObject({ used: expect.stringMatching(/lvm/i) });
      await task('DELETE', '/lvmthin/thin', {
        ...{ 'volume-group': 'thin', 'cleanup-config': 1, 'cleanup-disks': 1 },
      });
      await task('DELETE', '/lvm/thick', { 'cleanup-config': 1, 'cleanup-disks': 1 });
      const left = await ssh.output(['vgs', '--noheadings', '-o', 'vg_name']);
      expect(left).not.toMatch(/thick|thin/);
    });
  });
});

describe('every type of storage', () => {
  it('carries a guest through its life, and hands it to the next', { timeout: 90 * minute }, async () => {
    const say = keptLog('storage-work/guests.log');
    await withLab(1, async ([node]) => {
      await prepareAll(node!);
      const types = await node!.api.call<StorageTypeFacts[]>('GET', `/nodes/${node!.name}/storage-types`);
      for (const [storage, type, format] of guestStorages) {
        const facts = types.find((one) => one.type === type);
        expect(facts, type).toBeDefined();
        const began = Date.now();
        await lifeOn(node!, storage, format, facts!);
        say(`${storage} (${type}): a guest's life took ${((Date.now() - began) / 1000).toFixed(0)} s`);
      }

      // One running guest through all of them, and home again.
      const vm = await (await CountingVm.create(node!, 150, 'local')).start();
      for (const [storage, , format] of [...guestStorages, ['local', 'dir', 'qcow2'] as const]) {
        const began = Date.now();
        await vm.task('POST', '/move_disk', { disk: 'virtio0', storage, format, delete: 1 });
        await vm.counts(10);
        expect((await vm.config())['virtio0']).toMatch(new RegExp(`^${storage}:`));
        say(`moved while it ran to ${storage}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
      }
      await vm.remove();
      for (const [storage] of guestStorages) expect(await volumesOn(node!, storage), storage).toEqual([]);
      await removeAll(node!);
    });
  });

  it('holds roots of containers as thin volumes', { timeout: 20 * minute }, async () => {
    await withLab(1, async ([node]) => {
      const { api, name } = node!;
      await makeLvmStorages(node!);
      await sendTemplate(node!);
      const path = `/nodes/${name}/lxc`;
      const task = async (
        verb: 'POST' | 'PUT' | 'DELETE',
        where: string,
        params: Record<string, unknown> = {},
      ) => api.waitTask(await api.call<string>(verb, `${path}${where}`, params), 5 * minute);
      const shell = async (vmid: number, script: string) => {
        const outcome = await api.call<{ exitcode: number; stdout: string; stderr: string }>(
          'POST',
          `${path}/${vmid}/exec`,
          { command: ['/bin/sh', '-c', script] },
        );
        expect(outcome, outcome.stderr).toMatchObject({ exitcode: 0 });
        return outcome.stdout.trim();
      };
      await task('POST', '', {
        ...{ vmid: 200, hostname: 'thin', ostemplate: templateVolume, rootfs: 'thin:1', unprivileged: 1 },
        ...{ features: 'nesting=1', memory: 256, swap: 0, start: 1 },
      });
      expect((await volumesOn(node!, 'thin', 'rootdir')).length).toBe(1);
      await shell(200, 'echo first > /root/word; sync');
      await task('POST', '/200/snapshot', { snapname: 'one' });
      await shell(200, 'echo second > /root/word; sync');
      await task('PUT', '/200/resize', { disk: 'rootfs', size: '2G' });
      expect(Number(await shell(200, "df -k / | awk 'NR == 2 {print $2}'"))).toBeGreaterThan(1.8 * 1024 ** 2);
      await task('POST', '/200/status/stop');
      await task('POST', '/200/clone', { newid: 201, snapname: 'one', full: 1, storage: 'thin' });
      await task('POST', '/201/status/start');
      expect(await shell(201, 'cat /root/word')).toBe('first');
      await task('POST', '/201/status/stop');
      await task('POST', '/200/snapshot/one/rollback');
      await task('POST', '/200/status/start');
      expect(await shell(200, 'cat /root/word')).toBe('first');
      await task('POST', '/200/status/stop');
      await task('DELETE', '/201');
      await task('DELETE', '/200/snapshot/one');
      await task('POST', '/200/move_volume', { volume: 'rootfs', storage: 'local', delete: 1 });
      expect(await volumesOn(node!, 'thin', 'rootdir')).toEqual([]);
      await task('DELETE', '/200');
    });
  });
});

interface StorageTypeFacts {
  readonly type: string;
  readonly capabilities: readonly {
    readonly feature: string;
    readonly formats: readonly string[];
    readonly states: readonly string[];
    readonly live: number;
    readonly chained?: number;
  }[];
  readonly 'image-formats': readonly string[];
}

/** Storages for guests' disks, with the type that tells what they can do, and the format. */
const guestStorages = [
  ['pool', 'btrfs', 'raw'],
  ['thick', 'lvm', 'raw'],
  ['chain', 'lvm', 'qcow2'],
  ['thin', 'lvmthin', 'raw'],
  ['nfs', 'nfs', 'qcow2'],
  ['cifs', 'cifs', 'qcow2'],
  ['glusterfs', 'glusterfs', 'qcow2'],
  ['san-lvm', 'lvm', 'raw'],
] as const;

async function prepareAll(node: LabNode): Promise<void> {
  const { ssh } = node;
  await StorageServers.on(node);
  await sendCountingDisk(node, { writes: true });
  await makeFileSystem(node, 'btrfs', '/srv/pool', 2048);
  await addStorage(node, 'pool', { type: 'btrfs', path: '/srv/pool', content: 'images,rootdir' });
  await makeLvmStorages(node);
  // Both spare disks are taken: the group with chains of snapshots lies on the target's second unit, beside the storage `san`.
  await makeSanStorages(node, { username: 'initiator', password: 'twelve-letters' });
  await ssh.script(
    `truncate -s 3G /var/lib/croft/local/chain.img
device=$(losetup --find --show /var/lib/croft/local/chain.img)
vgcreate -q -y chainvg $device`,
    { timeoutMs: minute },
  );
  await addStorage(node, 'chain', {
    ...{ type: 'lvm', vgname: 'chainvg', content: 'images', 'snapshot-as-volume-chain': 1 },
  });
  await addStorage(node, 'nfs', onServer.nfs);
  await addStorage(node, 'cifs', onServer.cifs);
  await addStorage(node, 'glusterfs', onServer.glusterfs);
}

/** Removed storages leave neither mounts nor logins behind. */
async function removeAll(node: LabNode): Promise<void> {
  for (const storage of ['san-lvm', 'san', 'nfs', 'cifs', 'glusterfs', 'chain', 'pool'])
    await removeStorage(node, storage);
  const left = await node.ssh.output([
    'sh',
    '-c',
    'findmnt --noheadings --output TARGET --types nfs,nfs4,cifs,fuse.glusterfs || true; iscsiadm --mode session 2> /dev/null || true',
  ]);
  expect(left).toBe('');
}

/** Made, grown, counted in, snapshotted and rolled back, cloned both ways, and gone without a trace. */
async function lifeOn(
  node: LabNode,
  storage: string,
  format: string,
  facts: StorageTypeFacts,
): Promise<void> {
  const { api, name } = node;
  const vm = await (await CountingVm.create(node, 110, storage, format)).start();
  const volid = (await vm.config())['virtio0']?.split(',')[0] ?? '';
  const can = (feature: string, state: string, live = false) =>
    facts.capabilities.some(
      (row) =>
        row.feature === feature &&
        row.formats.includes(format) &&
        row.states.includes(state) &&
        (!live || row.live === 1),
    );
  const chained = facts.capabilities.some((row) => row.feature === 'snapshot' && row.chained === 1);
  const grown = 256 * 1024 ** 2;
  const sizes = await api.call<{ volid: string; size: number }[]>(
    'GET',
    `/nodes/${name}/storage/${storage}/content`,
    { content: 'images' },
  );
  expect(sizes).toMatchObject([{ volid, size: 64 * 1024 ** 2 }]);
  if (can('resize', 'current', true)) {
    await vm.task('PUT', '/resize', { disk: 'virtio0', size: '256M' });
    await vm.counts(5);
    const after = await api.call<{ size: number }[]>('GET', `/nodes/${name}/storage/${storage}/content`, {
      content: 'images',
    });
    expect(after[0]?.size).toBe(grown);
  }

  if (can('snapshot', 'current')) {
    // Some only while nobody has the disk open.
    const live = can('snapshot', 'current', true) || chained;
    if (!live) await vm.stop();
    await vm.task('POST', '/snapshot', { snapname: 'one' });
    if (live) {
      await vm.counts(10);
      await vm.stop();
    }
    await vm.task('POST', '/snapshot/one/rollback');
    await vm.task('POST', '/clone', { newid: 111, full: 1, snapname: 'one', storage });
    await vm.task('DELETE', '/snapshot/one');
  } else {
    await expect(vm.task('POST', '/snapshot', { snapname: 'one' }), storage).rejects.toThrow(/snapshot/i);
    await vm.counts(5);
    await vm.stop();
    await vm.task('POST', '/clone', { newid: 111, full: 1, storage });
  }
  const copy = await new CountingVm(node, 111).start();
  await copy.remove();

  if (can('template', 'current') && can('linked-clone', 'base')) {
    await vm.task('POST', '/template');
    await vm.task('POST', '/clone', { newid: 112, name: 'linked' });
    const linked = await new CountingVm(node, 112).start();
    const [disk] = await api.call<{ parent?: string }[]>('GET', `/nodes/${name}/storage/${storage}/content`, {
      ...{ content: 'images', vmid: 112 },
    });
    if (disk?.parent !== undefined) {
      await expect(vm.task('DELETE', '')).rejects.toThrow(/linked clone/);
      await linked.remove();
      await vm.remove();
    } else {
      // Nothing depends on the template here (on btrfs both just share blocks): the clone outlives it, whole.
      await vm.remove();
      await linked.counts(5);
      await linked.stop();
      await linked.start();
      await linked.remove();
    }
  } else await vm.remove();
  expect(await volumesOn(node, storage), storage).toEqual([]);
}
