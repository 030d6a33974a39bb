// Virtual machines on the installed appliance: what a development machine has not (KVM, cgroup v2, AppArmor around QEMU and its TPM).
import { expect, it } from 'vitest';
import { ConsoleClient, type ConsoleGrant } from '../host/console-client.ts';
import { countsIn } from '../host/counting-guest.ts';
import { counted, mostCounted } from '../host/counting-terminal.ts';
import type { Verb } from './api.ts';
import { withLab } from './fixture.ts';
import { untilAccelerated } from './kvm-verdict.ts';
import type { LabNode } from './node.ts';
import { sendCountingDisk } from './send-files.ts';

const minute = 60_000;

it('keeps memory, moves, clones and limits machines under KVM, cgroup v2 and AppArmor', {
  timeout: 25 * minute,
}, async () => {
  await withLab(1, async ([node]) => {
    const { api, ssh, name } = node!;
    const path = `/nodes/${name}/qemu`;
    const task = async (verb: Verb, where: string, params: Record<string, unknown> = {}) =>
      (await api.waitTask(await api.call<string>(verb, `${path}${where}`, params), 4 * minute)).exitstatus;
    await sendCountingDisk(node!);
    await untilAccelerated(node!);

    await task('POST', '', {
      ...{ vmid: 100, memory: 64, serial0: 'socket', boot: 'order=virtio0' },
      virtio0: 'local:0,import-from=local:import/counting.raw,format=qcow2',
    });
    await task('POST', '/100/status/start');
    const first = await terminal(node!, 100);
    await counted(first, 20);
    await task('POST', '/100/snapshot', { snapname: 'warm', vmstate: 1 });
    const kept = countsIn(first.received).at(-1) ?? 0;
    await counted(first, kept + 30);
    const began = performance.now();
    await task('POST', '/100/snapshot/warm/rollback');
    const second = await terminal(node!, 100);
    const back = (await counted(second, 1))[0]!;
    // It did not boot, and it did not run on: it went back to where it was kept.
    expect(back).toBeGreaterThan(10);
    expect(back).toBeLessThan(mostCounted(kept, began));

    await task('POST', '/100/status/suspend', { todisk: 1 });
    const asleep = countsIn(second.received).at(-1) ?? 0;
    expect(await ssh.output(['sh', '-c', "pgrep -f '[g]uest=croft-100' || true"])).toBe('');
    await task('POST', '/100/status/start');
    const third = await terminal(node!, 100);
    expect((await counted(third, asleep + 5))[0]).toBeGreaterThan(10);

    // The limit is where the processor of its own tree is counted.
    await task('POST', '/100/config', { cpulimit: 0.5 });
    const quota = await ssh.output([
      'sh',
      '-c',
      'cat /sys/fs/cgroup/machine.slice/*croft*100*/cpu.max /sys/fs/cgroup/machine.slice/*croft*100*/libvirt/cpu.max',
    ]);
    expect(quota).toMatch(/^50000 100000$/m);

    await task('DELETE', '/100/snapshot/warm');
    const before = countsIn(third.received).at(-1) ?? 0;
    await task('POST', '/100/move_disk', { disk: 'virtio0', storage: 'local', format: 'raw', delete: 1 });
    await counted(third, before + 20);
    expect(await config(node!, 100)).toMatchObject({ virtio0: expect.stringMatching(/\.raw\b/) });

    await task('POST', '/100/status/stop');
    await task('POST', '/100/template');
    await task('POST', '/100/clone', { newid: 101, name: 'linked' });
    await task('POST', '/101/status/start');
    await counted(await terminal(node!, 101), 5);
    await task('POST', '/101/status/stop');

    await task('POST', '', {
      ...{ vmid: 102, memory: 128, machine: 'q35', bios: 'ovmf', vga: 'none' },
      ...{ efidisk0: 'local:1,efitype=4m,pre-enrolled-keys=1', tpmstate0: 'local:1,version=v2.0' },
    });
    await task('POST', '/102/status/start');
    expect(await api.call('GET', `${path}/102/status/current`)).toMatchObject({ qmpstatus: 'running' });
    expect(await ssh.output(['pgrep', '-c', 'swtpm'])).toBe('1');
    await task('POST', '/102/status/stop');

    await ssh.output(['ip', 'link', 'add', 'vmbr7', 'type', 'bridge', 'vlan_filtering', '1']);
    await task('POST', '', { vmid: 103, memory: 32, net0: 'virtio,bridge=vmbr7,tag=5' });
    await task('POST', '/103/status/start');
    expect(await vlansOf(node!, 'tap103i0')).toEqual([5]);
    const net0 = 'virtio,bridge=vmbr7,tag=7,trunks=10-12';
    await task('POST', '/103/config', { net0, net1: 'virtio,bridge=vmbr7,tag=9' });
    expect(await vlansOf(node!, 'tap103i0')).toEqual([7, 10, 11, 12]);
    expect(await vlansOf(node!, 'tap103i1')).toEqual([9]);
    await task('POST', '/103/status/stop');

    for (const vmid of [101, 100, 102, 103]) await task('DELETE', `/${vmid}`);
    expect(await ssh.output(['sh', '-c', 'ls /var/lib/croft/local/images'])).toBe('');
    expect(await ssh.output(['sh', '-c', 'dmesg | grep \'apparmor="DENIED"\' || true'])).toBe('');
  });
});

const config = ({ api, name }: LabNode, vmid: number) =>
  api.call<Record<string, string>>('GET', `/nodes/${name}/qemu/${vmid}/config`);

async function vlansOf({ ssh }: LabNode, card: string): Promise<number[]> {
  const said = await ssh.output(['bridge', '-j', '-compressvlans', 'vlan', 'show', 'dev', card]);
  const [port] = JSON.parse(said) as { vlans: { vlan: number; vlanEnd?: number }[] }[];
  return (port?.vlans ?? []).flatMap(({ vlan, vlanEnd = vlan }) =>
    Array.from({ length: vlanEnd - vlan + 1 }, (_, index) => vlan + index),
  );
}

/** Its serial port, over the API's WebSocket. */
async function terminal({ api, name }: LabNode, vmid: number): Promise<ConsoleClient> {
  const grant = await api.call<ConsoleGrant>('POST', `/nodes/${name}/qemu/${vmid}/termproxy`);
  const headers = await api.login();
  const client = await ConsoleClient.connect({ port: api.port, node: name }, vmid, grant, headers);
  client.send(`${grant.user}:${grant.ticket}\n`);
  await client.expect('OK');
  return client;
}
