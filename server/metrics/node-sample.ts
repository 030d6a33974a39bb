// What this node does right now, read from /proc and the root file system. Starts no program.
import { readFile, statfs } from 'node:fs/promises';

/** Sizes in bytes, times in seconds; processor times are counters in clock ticks since boot. */
export interface NodeSample {
  readonly cpu: { readonly total: number; readonly idle: number; readonly iowait: number };
  readonly loadavg: readonly [string, string, string];
  readonly memory: { readonly total: number; readonly available: number; readonly free: number };
  readonly swap: { readonly total: number; readonly free: number };
  readonly rootfs: { readonly total: number; readonly used: number; readonly available: number };
  readonly uptime: number;
  /** Counters of all interfaces but loopback and those of guests. */
  readonly network: { readonly receivedBytes: number; readonly sentBytes: number };
}

export async function sampleNode(): Promise<NodeSample> {
  const [stat, loadavg, meminfo, uptime, netdev, root] = await Promise.all([
    readFile('/proc/stat', 'utf8'),
    readFile('/proc/loadavg', 'utf8'),
    readFile('/proc/meminfo', 'utf8'),
    readFile('/proc/uptime', 'utf8'),
    readFile('/proc/net/dev', 'utf8'),
    statfs('/'),
  ]);
  return {
    cpu: readCpuTimes(stat),
    loadavg: readLoad(loadavg),
    ...readMemory(meminfo),
    rootfs: {
      total: root.blocks * root.bsize,
      used: (root.blocks - root.bfree) * root.bsize,
      available: root.bavail * root.bsize,
    },
    uptime: Math.floor(Number(uptime.split(' ')[0])),
    network: readTraffic(netdev),
  };
}

/** The first line of /proc/stat (proc(5)): user nice system idle iowait irq softirq steal guest guest_nice. */
export function readCpuTimes(stat: string): NodeSample['cpu'] {
  const fields = (/^cpu\s+(.*)$/m.exec(stat)?.[1] ?? '').split(/\s+/).map(Number);
  // guest and guest_nice are contained in user and nice.
  const total = fields.slice(0, 8).reduce((sum, ticks) => sum + ticks, 0);
  return { total, idle: fields[3] ?? 0, iowait: fields[4] ?? 0 };
}

export function readLoad(text: string): NodeSample['loadavg'] {
  const [one = '0', five = '0', fifteen = '0'] = text.split(' ');
  return [one, five, fifteen];
}

export function readMemory(meminfo: string): Pick<NodeSample, 'memory' | 'swap'> {
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
  return {
    memory: { total: bytes('MemTotal'), available: bytes('MemAvailable'), free: bytes('MemFree') },
    swap: { total: bytes('SwapTotal'), free: bytes('SwapFree') },
  };
}

/** Taps and veth ends of guests are left out: their traffic passes a physical interface too, or stays inside. */
const guestInterface = /^(lo|tap|veth|vnet|fw|vmbr)/;

export function readTraffic(netdev: string): NodeSample['network'] {
  let receivedBytes = 0;
  let sentBytes = 0;
  for (const line of netdev.split('\n')) {
    const match = /^\s*([^:\s]+):\s*(.*)$/.exec(line);
    if (!match || guestInterface.test(match[1] ?? '')) continue;
    const fields = (match[2] ?? '').split(/\s+/).map(Number);
    receivedBytes += fields[0] ?? 0;
    sentBytes += fields[8] ?? 0;
  }
  return { receivedBytes, sentBytes };
}

/** Shares of the time between two samples that the processors were busy, and waited for disks. */
export function cpuShares(
  before: NodeSample['cpu'],
  after: NodeSample['cpu'],
): { busy: number; iowait: number } {
  const total = after.total - before.total;
  if (total <= 0) return { busy: 0, iowait: 0 };
  const share = (ticks: number) => Math.min(1, Math.max(0, ticks / total));
  const idle = after.idle - before.idle + (after.iowait - before.iowait);
  return { busy: share(total - idle), iowait: share(after.iowait - before.iowait) };
}
