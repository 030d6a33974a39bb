// What this host offers to containers, read from /proc and /sys: for rendering their configuration and for their set-up.
import { existsSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onlineCpus } from '../../core/cpu-list.ts';
import type { BindMountRules } from './config/bind-mounts.ts';
import type { CtRendererHost } from './config/ct-renderer.ts';
import type { PrivateNetFacts, SetupFacts } from './ct-setup.ts';
import { lxcfsServes } from './driver/ct-warnings.ts';

export interface CtHostOptions {
  /** `<runtimeDir>/lxc`. */
  readonly base: string;
  /** `croft.`. */
  readonly prefix: string;
  /** The driver's hooks, installed. */
  readonly hooksFolder: string;
  /** `config/files`. */
  readonly filesFolder: string;
  readonly bindMounts: () => BindMountRules;
}

const cgroupRoot = '/sys/fs/cgroup';

/** Reads once what does not change while the machine runs; the rest at each question. */
export function readCtHost(options: CtHostOptions): CtRendererHost {
  const cgroupVersion = existsSync(join(cgroupRoot, 'cgroup.controllers')) ? 2 : 1;
  return {
    ...options,
    cgroupVersion,
    swapAccounting:
      cgroupVersion === 2 || existsSync(join(cgroupRoot, 'memory', 'memory.memsw.limit_in_bytes')),
    appArmor: readText('/sys/module/apparmor/parameters/enabled')?.trim() === 'Y',
    // A folder of kernels with filters (seccomp(2), "/proc interfaces").
    seccomp: existsSync('/proc/sys/kernel/seccomp/actions_avail'),
    lxcfs: () => lxcfsServes(),
    onlineCpus,
    bridge(name) {
      const folder = join('/sys/class/net', name, 'bridge');
      if (!existsSync(folder)) return undefined;
      return { vlanFiltering: readText(join(folder, 'vlan_filtering'))?.trim() === '1' };
    },
    device(path) {
      const found = statSync(path, { throwIfNoEntry: false });
      if (!found || !(found.isCharacterDevice() || found.isBlockDevice())) return undefined;
      const { major, minor } = splitDevice(found.rdev);
      return { type: found.isBlockDevice() ? 'b' : 'c', major, minor };
    },
  };
}

/** A device number of stat(2) into its halves, as makedev(3) of glibc puts them together. */
function splitDevice(number: number): { major: number; minor: number } {
  const rdev = BigInt(number);
  return {
    major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn)),
    minor: Number((rdev & 0xffn) | ((rdev >> 12n) & ~0xffn)),
  };
}

/** DNS and time zone of the host, for containers that have none of their own. */
export async function readSetupFacts(privateNets: readonly PrivateNetFacts[]): Promise<SetupFacts> {
  // systemd-resolved's own list: its stub listens on an address that only the host reaches.
  const text =
    (await readFile('/run/systemd/resolve/resolv.conf', 'utf8').catch(() => undefined)) ??
    (await readFile('/etc/resolv.conf', 'utf8').catch(() => ''));
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const nameservers = lines.flatMap(([word, value]) =>
    word === 'nameserver' && value !== undefined && !/^(127\.|::1$)/.test(value) ? [value] : [],
  );
  const search = lines.findLast(([word]) => word === 'search' || word === 'domain');
  // systemd-resolved writes a lone dot where it knows of no domain: the root, which is none to search.
  const searchDomain =
    search
      ?.slice(1)
      .filter((domain) => domain !== '.')
      .join(' ') || undefined;
  return { nameservers, searchDomain, privateNets, timezone: readTimezone() };
}

function readTimezone(): string {
  try {
    const target = readlinkSync('/etc/localtime');
    return /zoneinfo\/(.+)$/.exec(target)?.[1] ?? 'UTC';
  } catch {
    return readText('/etc/timezone')?.trim() || 'UTC';
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
