// The control group part of a container's LXC configuration: limits, processors, which devices it may open.
import { mebibyte } from '../../../core/units.ts';
import type { CtModel } from '../ct-model.ts';
import { ctCgroups } from '../ct-paths.ts';
import { chooseCpus, cpuShares } from '../driver/cgroup-limits.ts';
import type { CtHostFacts } from './ct-host-facts.ts';
import { lxcLine } from './lxc-line.ts';

const periodUs = 100_000;
/** Against fork bombs: a Debian with a desktop has some hundred, a busy server some thousand. */
const mostProcesses = 8192;

/** Kernel's admin-guide/devices.txt. Any node may be made, as LXC's own common.conf has it: opening it is what counts. */
const allowedDevices = [
  ['c *:* m', 'making nodes'],
  ['b *:* m', 'making nodes'],
  ['c 1:3 rwm', 'null'],
  ['c 1:5 rwm', 'zero'],
  ['c 1:7 rwm', 'full'],
  ['c 1:8 rwm', 'random'],
  ['c 1:9 rwm', 'urandom'],
  ['c 5:0 rwm', 'tty'],
  ['c 5:1 rwm', 'console'],
  ['c 5:2 rwm', 'ptmx'],
  ['c 136:* rwm', 'pts'],
  ['c 10:229 rwm', 'fuse'],
  ['c 10:200 rwm', 'net/tun'],
] as const;

/** Limits are written to the outer group; the container sees the inner one, so that it cannot lift them even as real root. */
export function cgroupLines(model: CtModel, host: CtHostFacts): string[] {
  const { payload, monitor } = ctCgroups(host.prefix, model.vmid);
  const set = (file: string, value: string | number) =>
    lxcLine(`lxc.cgroup${host.cgroupVersion === 2 ? '2' : ''}.${file}`, value);
  return [
    lxcLine('lxc.cgroup.dir.monitor', monitor),
    lxcLine('lxc.cgroup.dir.monitor.pivot', `${host.prefix}lxc.pivot`),
    lxcLine('lxc.cgroup.dir.container', payload),
    lxcLine('lxc.cgroup.dir.container.inner', 'ns'),
    ...(host.cgroupVersion === 2 ? unifiedLimits(model, set) : legacyLimits(model, host, set)),
    ...cpusetLines(model, host, set),
    set('pids.max', mostProcesses),
    set('devices.deny', 'a'),
    ...allowedDevices.map(([rule]) => set('devices.allow', rule)),
    ...model.devices.flatMap(({ path, denyWrite }) => {
      const device = host.devices.get(path);
      if (!device) return [];
      const { type, major, minor } = device;
      return [set('devices.allow', `${type} ${major}:${minor} ${denyWrite ? 'r' : 'rw'}`)];
    }),
  ];
}

type SetLine = (file: string, value: string | number) => string;

/** Kernel's admin-guide/cgroup-v2.rst. */
function unifiedLimits(model: CtModel, set: SetLine): string[] {
  return [
    set('memory.max', model.memoryMib * mebibyte),
    set('memory.swap.max', model.swapMib * mebibyte),
    set('cpu.weight', model.cpuUnits),
    ...(model.cpuLimit > 0 ? [set('cpu.max', `${quotaUs(model.cpuLimit)} ${periodUs}`)] : []),
  ];
}

/** Kernel's admin-guide/cgroup-v1/memory.rst and scheduler/sched-bwc.rst. */
function legacyLimits(model: CtModel, { swapAccounting }: CtHostFacts, set: SetLine): string[] {
  const memoryBytes = model.memoryMib * mebibyte;
  return [
    set('memory.limit_in_bytes', memoryBytes),
    ...(swapAccounting ? [set('memory.memsw.limit_in_bytes', memoryBytes + model.swapMib * mebibyte)] : []),
    set('cpu.shares', cpuShares(model.cpuUnits)),
    ...(model.cpuLimit > 0
      ? [set('cpu.cfs_period_us', periodUs), set('cpu.cfs_quota_us', quotaUs(model.cpuLimit))]
      : []),
  ];
}

/** The kernel takes a millisecond at least. */
function quotaUs(cores: number): number {
  return Math.max(1000, Math.round(cores * periodUs));
}

function cpusetLines({ cores, vmid }: CtModel, { onlineCpus }: CtHostFacts, set: SetLine): string[] {
  if (cores === undefined || cores >= onlineCpus.length) return [];
  return [set('cpuset.cpus', chooseCpus(onlineCpus, cores, vmid).join(','))];
}
