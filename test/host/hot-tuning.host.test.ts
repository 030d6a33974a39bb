// What a running VM is given and denied at once: processor time, processors, memory, tablet, speed of disks and cards.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCpuList } from '../../server/core/cpu-list.ts';
import { exec } from '../../server/core/exec.ts';
import { firstVmid, TestDaemon } from './daemon.ts';
import { missingTrafficLimit } from './traffic-limits.ts';

const daemon = new TestDaemon();
const vmid = firstVmid;
const vm = `/nodes/testnode/qemu/${vmid}`;
const bridges = [`vmbr${1000 + (process.pid % 4000)}`, `vmbr${5000 + (process.pid % 4000)}`] as const;
const tap = `tap${vmid}i0`;
let missing: string | undefined;

beforeAll(async () => {
  for (const bridge of bridges) await exec('ip', ['link', 'add', bridge, 'type', 'bridge']);
  missing = await missingTrafficLimit(bridges[0]);
  await daemon.start();
  const params = {
    ...{ vmid, memory: 256, numa: 1, sockets: 2, cores: 1, vcpus: 1, scsihw: 'virtio-scsi-pci' },
    ...{ hotplug: 'network,disk,usb,cpu,memory', scsi0: 'local:0.0009765625' },
    net0: `virtio=BC:24:11:5A:00:01,bridge=${bridges[0]}`,
  };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', { ...params, start: 1 })).toBe('OK');
}, 60_000);
afterAll(async () => {
  await daemon.dispose();
  for (const bridge of bridges) await exec('ip', ['link', 'delete', bridge], { okExitCodes: [0, 1] });
});

const change = (params: object) => daemon.task('POST', `${vm}/config`, { ...params });
const card = (more: string) => change({ net0: `virtio=BC:24:11:5A:00:01,${more}` });
const virsh = async (verb: string, ...words: string[]) =>
  (await exec('virsh', ['-q', '-c', 'qemu:///system', verb, `${daemon.guestPrefix}${vmid}`, ...words]))
    .stdout;
const pendingOf = async (key: string) =>
  (await daemon.ok<{ key: string; pending?: string; delete?: number }[]>('GET', `${vm}/pending`)).find(
    (line) => line.key === key,
  );
const logOfLast = async () => {
  const [task] = await daemon.ok<{ upid: string }[]>('GET', '/nodes/testnode/tasks', { limit: 1 });
  const lines = await daemon.ok<{ t: string }[]>('GET', `/nodes/testnode/tasks/${task?.upid}/log`);
  return lines.map(({ t }) => t).join('\n');
};

/** A file of the domain's control group, in either version of them. */
async function cgroupFile(version1: string, version2: string): Promise<string> {
  for (const [root, file] of [
    ['/sys/fs/cgroup/cpu/machine', version1],
    ['/sys/fs/cgroup/machine', version2],
    ['/sys/fs/cgroup/machine.slice', version2],
  ] as const) {
    const names = await readdir(root).catch(() => []);
    const name = names.find((entry) => entry.includes(`${daemon.guestPrefix}${vmid}`));
    if (name === undefined) continue;
    // Where systemd keeps the outer group, libvirt's limits are on one of its own within.
    const read = (folder: string) => readFile(join(root, name, folder, file), 'utf8');
    return (await read('libvirt').catch(() => read('.'))).trim();
  }
  throw new Error('the domain has no control group');
}

it('limits its processor time, and lifts the limit', async () => {
  const quota = () => cgroupFile('cpu.cfs_quota_us', 'cpu.max');
  expect(await change({ cpulimit: '0.5', cpuunits: 50 })).toBe('OK');
  expect(await quota()).toMatch(/^50000/);
  const shares = await cgroupFile('cpu.shares', 'cpu.weight');
  expect(shares).toBe('50');
  expect(await change({ delete: 'cpulimit,cpuunits' })).toBe('OK');
  expect(await quota()).toMatch(/^(-1|max)/);
  expect(await cgroupFile('cpu.shares', 'cpu.weight')).toMatch(/^(1024|100)$/);
  expect(await pendingOf('cpulimit')).toBeUndefined();
});

it('runs on some processors of the host only, and on all again', async () => {
  const places = async () => [await virsh('vcpupin', '0'), await virsh('emulatorpin')];
  const all = await places();
  // Processor 0 may be another's: this is what QEMU may run on here.
  const [allowed = ''] =
    /(?<=^Cpus_allowed_list:\s*)\S+/m.exec(await readFile('/proc/self/status', 'utf8')) ?? [];
  const [one = 0] = readCpuList(allowed);
  expect(await change({ affinity: String(one) })).toBe('OK');
  for (const place of await places()) expect(place.trim()).toMatch(new RegExp(`(^|\\s)${one}$`));
  expect(await change({ delete: 'affinity' })).toBe('OK');
  expect(await places()).toEqual(all);
});

it('limits the speed of its disk, and lifts the limit', async () => {
  const { value } = (await pendingOf('scsi0')) as { key: string; value: string };
  const limits = async () => Object.fromEntries((await virsh('blkdeviotune', 'sda')).split('\n').map(words));
  const words = (line: string) => line.split(':').map((word) => word.trim());
  const limited = `${value},mbps_rd=2,iops=100,iops_max=200,iops_max_length=5`;
  expect(await change({ scsi0: limited })).toBe('OK');
  expect(await limits()).toMatchObject({
    ...{ read_bytes_sec: '2097152', total_bytes_sec: '0', total_iops_sec: '100' },
    ...{ total_iops_sec_max: '200', total_iops_sec_max_length: '5' },
  });
  expect(await change({ scsi0: value })).toBe('OK');
  expect(await limits()).toMatchObject({ read_bytes_sec: '0', total_iops_sec: '0', total_iops_sec_max: '0' });
  expect((await pendingOf('scsi0')) as object).toEqual({ key: 'scsi0', value });
});

it('has more memory, and less again only when the guest lets go of it', async () => {
  const devices = async () => virsh('qemu-monitor-command', '--hmp', 'info', 'memory_size_summary');
  expect(await change({ memory: '640' })).toBe('OK');
  expect(await devices()).toContain(`plugged memory: ${384 * 1024 * 1024}`);
  expect(await pendingOf('memory')).toEqual({ key: 'memory', value: '640' });
  expect(await change({ memory: '700' })).toMatch(/^WARNINGS/);
  expect(await logOfLast()).toContain('grows in steps of 128 MiB while it runs: 640 or 768');
  expect(await pendingOf('memory')).toMatchObject({ pending: '700' });
  await daemon.ok('PUT', `${vm}/config`, { revert: 'memory' });
  expect(await pendingOf('memory')).toEqual({ key: 'memory', value: '640' });
});

it('has one more processor, and tells why it keeps it', async () => {
  expect(await change({ vcpus: 2 })).toBe('OK');
  expect((await virsh('vcpucount', '--live', '--current')).trim()).toBe('2');
  expect(await change({ vcpus: 1 })).toMatch(/^WARNINGS/);
  expect(await logOfLast()).toMatch(
    /vcpus: (processors are not taken out|the guest does not let go).*: it has 2;/,
  );
  expect(await pendingOf('vcpus')).toMatchObject({ value: 2, pending: 1 });
});

it('loses its tablet, and has it back', async () => {
  expect(await change({ tablet: 0 })).toBe('OK');
  expect(await virsh('dumpxml')).not.toContain('tablet');
  expect(await change({ delete: 'tablet' })).toBe('OK');
  expect(await virsh('dumpxml')).toContain("<alias name='ua-tablet'/>");
});

it('has its card moved to another bridge and its link cut, and is told of what is only noted', async () => {
  expect(await card(`bridge=${bridges[1]},firewall=1,link_down=1`)).toBe('OK');
  const { stdout } = await exec('ip', ['-j', 'link', 'show', 'dev', tap]);
  expect((JSON.parse(stdout) as { master: string }[])[0]?.master).toBe(bridges[1]);
  expect(await virsh('dumpxml')).toContain("<link state='down'/>");
  expect((await pendingOf('net0')) as object).not.toHaveProperty('pending');
  expect(await card(`bridge=${bridges[0]}`)).toBe('OK');
  expect(await virsh('dumpxml')).toContain("<link state='up'/>");
});

it('has its card limited, or says that this kernel cannot', async () => {
  const ended = await card(`bridge=${bridges[0]},rate=2`);
  if (missing === undefined) {
    expect(ended).toBe('OK');
    expect((await exec('tc', ['class', 'show', 'dev', tap])).stdout).toContain('rate 16384Kbit');
    expect((await exec('tc', ['filter', 'show', 'dev', tap, 'parent', 'ffff:'])).stdout).toContain('police');
    expect(await card(`bridge=${bridges[0]}`)).toBe('OK');
    expect((await exec('tc', ['class', 'show', 'dev', tap])).stdout).not.toContain('16384Kbit');
  } else {
    expect(ended).toMatch(/^WARNINGS/);
    expect(await logOfLast()).toMatch(new RegExp(`net0: .*${missing}.*; it waits for the next start`));
    expect(await pendingOf('net0')).toMatchObject({ pending: expect.stringContaining('rate=2') });
  }
});
