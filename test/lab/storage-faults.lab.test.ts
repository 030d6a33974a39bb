// Storages that die under a running guest: the API answers as always, other guests go on, and all is well again by itself.
import { describe, expect, it } from 'vitest';
import { killBrick, killMounts, startBricks } from '../appliance/server-scripts.ts';
import { eventually } from '../host/wait.ts';
import { inWords, latencyWhile, requireUsual, usualLists } from './api-latency.ts';
import { CountingVm } from './counting-vm.ts';
import { withLab } from './fixture.ts';
import { keep, keptLog } from './kept-log.ts';
import {
  addStorage,
  deviceOf,
  makeLvmStorages,
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

interface Fault {
  readonly name: string;
  readonly storage: string;
  readonly breakIt: () => Promise<unknown>;
  readonly healIt: () => Promise<unknown>;
  /** How long it lasts. */
  readonly forMs: number;
  /** Whether lists have to say that it cannot be used. */
  readonly told: boolean;
  /** The guest on it has lost its disk for good, and is started anew by its user. */
  readonly startAnew?: boolean;
}

describe('a storage that dies under a guest', () => {
  it('on servers: NFS, CIFS, iSCSI, GlusterFS', { timeout: 60 * minute }, async () => {
    await withFaults('servers', ['nfs', 'cifs', 'iscsi', 'glusterfs'], async (node, servers, suffer) => {
      await addStorage(node, 'nfs', onServer.nfs);
      await suffer({
        ...{ name: 'a dead NFS server', storage: 'nfs', forMs: 45_000, told: true },
        breakIt: () => servers.cut('nfs'),
        healIt: () => servers.reconnect('nfs'),
      });
      await addStorage(node, 'cifs', onServer.cifs);
      await suffer({
        // The kernel's client gives up a connection after some time; what was written meanwhile fails.
        ...{ name: 'a dead CIFS server', storage: 'cifs', forMs: 45_000, told: true, startAnew: true },
        breakIt: () => servers.cut('cifs'),
        healIt: () => servers.reconnect('cifs'),
      });
      await makeSanStorages(node, { username: 'initiator', password: 'twelve-letters' });
      await suffer({
        ...{ name: 'a lost iSCSI target', storage: 'san-lvm', forMs: 45_000, told: true },
        breakIt: () => servers.cut('iscsi'),
        healIt: () => servers.reconnect('iscsi'),
      });
      await addStorage(node, 'glusterfs', onServer.glusterfs);
      await suffer({
        ...{ name: 'a killed Gluster brick', storage: 'glusterfs', forMs: 20_000, told: false },
        breakIt: () => servers.script(killBrick(1)),
        healIt: () => servers.script(startBricks),
      });
      await suffer({
        ...{
          name: 'a dead Gluster server',
          storage: 'glusterfs',
          forMs: 45_000,
          told: true,
          startAnew: true,
        },
        breakIt: () => servers.cut('glusterfs'),
        healIt: () => servers.reconnect('glusterfs'),
      });
      await suffer({
        ...{ name: 'a killed FUSE process', storage: 'glusterfs', forMs: 5000, told: false, startAnew: true },
        breakIt: () => servers.script(killMounts),
        healIt: async () => {},
      });
    });
  });

  it('on local disks: a full thin pool, a file system gone read-only', { timeout: 40 * minute }, async () => {
    await withFaults('local', [], async (node, servers, suffer) => {
      const { api, name } = node;
      await makeLvmStorages(node);
      let filler = '';
      await suffer({
        ...{ name: 'a full thin pool', storage: 'thin', forMs: 90_000, told: false },
        breakIt: async () => {
          filler = await api.call<string>('POST', `/nodes/${name}/storage/thin/content`, {
            ...{ vmid: 999, filename: 'vm-999-disk-0', size: '16G' },
          });
          await servers.script(`
device=$(lvs --noheadings -o lv_path -S lv_name=vm-999-disk-0 | tr -d ' ')
lvchange -q -ay -K "$device"
timeout 200 dd if=/dev/zero of="$device" bs=4M oflag=direct status=none 2> /dev/null || true`);
          const { used = 0, total = 1 } = await untilStorage(
            node,
            'thin',
            (status) => (status.used ?? 0) / (status.total ?? 1) > 0.95,
          );
          expect(used / total).toBeGreaterThan(0.95);
        },
        healIt: async () => {
          await servers.script('lvchange -q -an --select lv_name=vm-999-disk-0 || true');
          const path = `/nodes/${name}/storage/thin/content/${encodeURIComponent(filler)}`;
          await api.waitTask(await api.call<string>('DELETE', path), 3 * minute);
        },
      });
      await removeThick(node);
      const device = await deviceOf(node, 0);
      await api.waitTask(
        await api.call<string>('POST', `/nodes/${name}/disks/directory`, {
          ...{ device, name: 'folder', filesystem: 'ext4', add_storage: 1 },
        }),
        5 * minute,
      );
      await untilStorage(node, 'folder', ({ active }) => active === 1);
      const mount = await node.ssh.output([
        'sh',
        '-c',
        `findmnt --noheadings --output TARGET --source $(ls ${device}1 2> /dev/null || echo ${device})`,
      ]);
      await suffer({
        ...{
          name: 'a file system gone read-only',
          storage: 'folder',
          forMs: 30_000,
          told: true,
          startAnew: true,
        },
        // What the kernel itself does when it finds damage (ext4(5), errors=remount-ro). The mount's options no longer show it.
        breakIt: () =>
          servers.script(`
source=$(findmnt --noheadings --output SOURCE ${mount})
mount -o remount,errors=remount-ro ${mount}
echo 1 > /sys/fs/ext4/\${source##*/}/trigger_fs_error
while touch ${mount}/croft-fault 2> /dev/null; do sleep 1; done`),
        // An administrator's work, as after each damage of a file system.
        healIt: () =>
          servers.script(`
source=$(findmnt --noheadings --output SOURCE ${mount})
virsh -q destroy croft-120 2> /dev/null || true
for try in 1 2 3 4 5 6 7 8 9 10; do umount ${mount} && break; sleep 2; done
e2fsck -f -y "$source" > /dev/null || [ $? -le 2 ]
systemctl start "$(systemd-escape --path --suffix=mount ${mount})" 2> /dev/null || mount ${mount} || mount "$source" ${mount}`),
      });
    });
  });
});

type Suffer = (fault: Fault) => Promise<void>;

/** With a guest on `local` that must not notice anything, from the first fault to the last. */
async function withFaults(
  name: string,
  which: Parameters<typeof StorageServers.on>[1],
  work: (node: LabNode, servers: StorageServers, suffer: Suffer) => Promise<void>,
): Promise<void> {
  const say = keptLog(`storage-faults/${name}.log`);
  await withLab(1, async ([lab]) => {
    const node = lab!;
    const servers = await StorageServers.on(node, which);
    await sendCountingDisk(node, { writes: true });
    const bystander = await (await CountingVm.create(node, 100, 'local')).start();
    const quiet = await latencyWhile(node.api, usualLists(node), async () => {});
    for (const latency of quiet) say(`quiet: ${inWords(latency)}`);
    try {
      await work(node, servers, (fault) => sufferOne(node, bystander, fault, say));
      await bystander.remove();
    } finally {
      const { stdout } = await node.ssh.run(
        ['journalctl', '--merge', '--no-pager', '--lines=20000', '--output=short-iso-precise'],
        { timeoutMs: minute },
      );
      keep(`storage-faults/${name}.journal`, stdout);
    }
  });
}

async function sufferOne(
  node: LabNode,
  bystander: CountingVm,
  fault: Fault,
  say: (line: string) => void,
): Promise<void> {
  const { storage, name } = fault;
  say(`${name}: begins`);
  const vm = await (await CountingVm.create(node, 120, storage)).start();
  let problem: StorageStatus | undefined;
  let counted = 0;
  const latencies = await latencyWhile(node.api, usualLists(node), async () => {
    await fault.breakIt();
    const from = bystander.last;
    const until = Date.now() + fault.forMs;
    if (fault.told) problem = await untilStorage(node, storage, ({ active }) => active === 0, 2 * minute);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, until - Date.now())));
    await bystander.counts(10);
    counted = bystander.last - from;
  });
  for (const latency of latencies) say(`${name}: ${inWords(latency)}`);
  say(
    `${name}: the other guest counted ${counted} further; its own is at ${vm.last}, ${(await vm.current()).qmpstatus}`,
  );
  if (problem) say(`${name}: told as ${JSON.stringify(problem)}`);

  const healed = Date.now();
  await fault.healIt();
  await untilStorage(node, storage, ({ active }) => active === 1, 3 * minute);
  say(`${name}: in use again ${((Date.now() - healed) / 1000).toFixed(1)} s after it was healed`);
  if (fault.startAnew) {
    vm.close();
    if ((await vm.current()).status !== 'stopped') await vm.stop();
    await eventually('a start on the healed storage', 2 * minute, async () => {
      await vm.start();
      return true;
    });
    say(`${name}: its guest was started anew`);
  } else say(`${name}: its guest goes on ${await vm.goesOn(4 * minute)}`);
  await vm.remove();
  expect(await volumesOn(node, storage)).toEqual([]);
  expect((await storageStatus(node, 'local')).active).toBe(1);
  requireUsual(latencies, name);
}

async function removeThick({ api, name }: LabNode): Promise<void> {
  const task = await api.call<string>('DELETE', `/nodes/${name}/disks/lvm/thick`, {
    ...{ 'cleanup-config': 1, 'cleanup-disks': 1 },
  });
  await api.waitTask(task, 3 * minute);
}
