// This node as the API shows it: its line in the lists, its state, clock and network interfaces.
import { existsSync, readFileSync } from 'node:fs';
import { cpus, machine, release, type as sysname, version } from 'node:os';
import type { ResourceIndex } from '../cluster/resource-index.ts';
import { type Clock, epochSeconds } from '../core/clock.ts';
import { cpuShares, type NodeSample, sampleNode } from '../metrics/node-sample.ts';
import type { Accelerator } from './accelerator-choice.ts';
import { zoneOffsetSeconds } from './time-zone.ts';
import { apiVersion } from './versions.ts';

/** What the network part tells of an interface; more fields may be there. */
export interface InterfaceLine extends Readonly<Record<string, unknown>> {
  readonly iface: string;
  readonly type: string;
}

export interface NodeServiceParts {
  readonly node: string;
  readonly index: ResourceIndex;
  readonly clock: Clock;
  accelerator(): Accelerator;
  interfaces(type: string | undefined, signal: AbortSignal): Promise<readonly InterfaceLine[]>;
  /** SHA-256 of the certificate. */
  fingerprint(): string;
  /** Name of the time zone. */
  timeZone(): string;
}

export type NodeService = ReturnType<typeof createNodeService>;

export function createNodeService(parts: NodeServiceParts) {
  const { node, index, clock } = parts;
  const processors = describeProcessors();
  let last: { at: number; sample: NodeSample } | undefined;
  let shares = { busy: 0, iowait: 0 };

  /** Measures now; puts the node's line into the lists and answers the values for its series. */
  async function measure() {
    const at = clock.now();
    const sample = await sampleNode();
    if (last) shares = cpuShares(last.sample.cpu, sample.cpu);
    const seconds = last ? (at - last.at) / 1000 : 0;
    const rate = (name: 'receivedBytes' | 'sentBytes') =>
      last && seconds > 0 ? Math.max(0, sample.network[name] - last.sample.network[name]) / seconds : 0;
    const traffic = { netin: rate('receivedBytes'), netout: rate('sentBytes') };
    last = { at, sample };
    const { memory, swap, rootfs } = sample;
    const memoryUsed = memory.total - memory.available;
    const { accelerator, reason } = parts.accelerator();
    index.set({
      id: `node/${node}`,
      type: 'node',
      node,
      status: 'online',
      level: '',
      cpu: shares.busy,
      maxcpu: processors.cpus,
      mem: memoryUsed,
      maxmem: memory.total,
      disk: rootfs.used,
      maxdisk: rootfs.total,
      uptime: sample.uptime,
      accelerator,
      acceleratorReason: reason,
    });
    return {
      cpu: shares.busy,
      iowait: shares.iowait,
      maxcpu: processors.cpus,
      loadavg: Number(sample.loadavg[0]),
      memtotal: memory.total,
      memused: memoryUsed,
      swaptotal: swap.total,
      swapused: swap.total - swap.free,
      roottotal: rootfs.total,
      rootused: rootfs.used,
      ...traffic,
    };
  }

  async function status() {
    const { memory, swap, rootfs, loadavg, uptime } = await sampleNode();
    const { accelerator, reason } = parts.accelerator();
    return {
      cpu: shares.busy,
      wait: shares.iowait,
      cpuinfo: processors,
      loadavg: [...loadavg],
      uptime,
      memory: {
        total: memory.total,
        used: memory.total - memory.available,
        free: memory.free,
        available: memory.available,
      },
      swap: { total: swap.total, used: swap.total - swap.free, free: swap.free },
      rootfs: {
        total: rootfs.total,
        used: rootfs.used,
        free: rootfs.total - rootfs.used,
        avail: rootfs.available,
      },
      ksm: { shared: readKsmBytes() },
      'boot-info': { mode: existsSync('/sys/firmware/efi') ? ('efi' as const) : ('legacy-bios' as const) },
      'current-kernel': { sysname: sysname(), release: release(), version: version(), machine: machine() },
      kversion: `${sysname()} ${release()} ${version()}`,
      pveversion: `pve-manager/${apiVersion}/croft`,
      accelerator,
      acceleratorReason: reason,
    };
  }

  function time() {
    const now = epochSeconds(clock);
    const timezone = parts.timeZone();
    return { time: now, localtime: now + zoneOffsetSeconds(timezone, clock.now()), timezone };
  }

  return {
    measure,
    status,
    time,
    fingerprint: parts.fingerprint,
    interfaces: async (type: string | undefined, signal: AbortSignal) => [
      ...(await parts.interfaces(type, signal)),
    ],
  };
}

function describeProcessors() {
  const all = cpus();
  const info = readFileSync('/proc/cpuinfo', 'utf8');
  const packages = new Set([...info.matchAll(/^physical id\s*:\s*(\d+)$/gm)].map((match) => match[1]));
  const flags = /^flags\s*:\s*(.*)$/m.exec(info)?.[1] ?? '';
  const sockets = Math.max(1, packages.size);
  const coresPerSocket = Number(/^cpu cores\s*:\s*(\d+)$/m.exec(info)?.[1] ?? all.length / sockets);
  return {
    cpus: all.length,
    cores: coresPerSocket * sockets,
    sockets,
    model: all[0]?.model ?? 'unknown',
    mhz: String(all[0]?.speed ?? 0),
    flags,
    hvm: /\b(vmx|svm)\b/.test(flags) ? '1' : '0',
  };
}

/** Bytes of memory that guests share (kernel.org, admin-guide/mm/ksm). */
function readKsmBytes(): number {
  try {
    return Number(readFileSync('/sys/kernel/mm/ksm/pages_sharing', 'utf8')) * 4096;
  } catch {
    return 0;
  }
}
