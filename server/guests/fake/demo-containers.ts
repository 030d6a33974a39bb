// Made-up containers for the development server and its tests: the same ones for the same number.
import type { VmConfig } from '../config/config-keys.ts';
import type { DemoGuest } from './demo-guests.ts';

const gibibyte = 1024 ** 3;
const purposes = ['dns', 'wiki', 'git', 'chat', 'cache', 'mqtt', 'vpn', 'ci'] as const;
const systems = ['debian', 'ubuntu', 'alpine', 'debian', 'fedora'] as const;
const tags = ['prod', '', 'test;office', ''] as const;
const hour = 3_600_000;

/**
 * `count` containers from number `first` on. Of ten, six run (one of them with a change that waits for a restart), one is
 * frozen, two are stopped, one is a template. Each fourth has a mount point, each third a snapshot of all its disks.
 */
export function demoContainers(
  count: number,
  node: string,
  first: number,
  createdAt = Date.now(),
): DemoGuest[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = index % 10;
    const state = kind < 6 ? 'running' : kind === 6 ? 'paused' : 'stopped';
    return demoContainer(index, node, first + index, state, createdAt);
  });
}

function demoContainer(
  index: number,
  node: string,
  vmid: number,
  state: DemoGuest['state'],
  createdAt: number,
): DemoGuest {
  const isTemplate = index % 10 === 9;
  const gigabytes = 2 * (1 + (index % 4));
  const root = `${isTemplate ? 'base' : 'vm'}-${vmid}-disk-0`;
  const data = `vm-${vmid}-disk-1`;
  const hasData = index % 4 === 0 && !isTemplate;
  const tag = tags[index % tags.length];
  const hex = (value: number) => (value % 256).toString(16).padStart(2, '0').toUpperCase();
  const config: VmConfig = {
    arch: 'amd64',
    cores: 1 + (index % 2),
    hostname: `${purposes[index % purposes.length]}-${1 + Math.floor(index / purposes.length)}`,
    memory: 256 * 2 ** (index % 3),
    net0: `name=eth0,bridge=vmbr0,hwaddr=BC:24:11:01:${hex(vmid >> 8)}:${hex(vmid)},ip=dhcp,type=veth`,
    ostype: systems[index % systems.length] ?? 'debian',
    rootfs: `local:${vmid}/${root}.subvol,size=${gigabytes}G`,
    swap: 512,
    ...(index % 5 === 4 ? {} : { unprivileged: 1 }),
    ...(index % 3 === 1 ? { features: 'nesting=1' } : {}),
    ...(hasData ? { mp0: `local:${vmid}/${data}.subvol,mp=/srv/data,backup=1,size=1G` } : {}),
    ...(tag === undefined || tag === '' ? {} : { tags: tag }),
    ...(index % 5 === 0 ? { onboot: 1 } : {}),
    ...(isTemplate ? { template: 1 } : {}),
  };
  const waits = state === 'running' && index % 10 === 5;
  const snapshot = index % 3 === 0 && !isTemplate ? 'before-update' : undefined;
  return {
    document: {
      ...{ kind: 'lxc' as const, vmid, node, config, createdAt },
      ...(state === 'stopped' ? {} : { running: waits ? { ...config, hostname: 'as-before' } : config }),
      ...(snapshot === undefined
        ? {}
        : {
            snapshots: {
              [snapshot]: {
                config,
                snaptime: Math.floor((createdAt - hour) / 1000),
                description: 'before the update of packages',
              },
            },
            parent: snapshot,
          }),
    },
    state,
    disks: [
      { name: root, sizeBytes: gigabytes * gibibyte, format: 'subvol' },
      ...(hasData ? [{ name: data, sizeBytes: gibibyte, format: 'subvol' as const }] : []),
    ],
  };
}
