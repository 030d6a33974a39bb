// A trial reaches nobody: no network, nothing of the host, no more memory than there is; hostile configurations too.
import { describe, expect, test } from 'vitest';
import { gibibyte, mebibyte } from '../../core/units.ts';
import { readCtBackupConf } from '../restore/ct-backup-conf.ts';
import { planCtRestore } from '../restore/plan-ct-restore.ts';
import { planVmRestore } from '../restore/plan-vm-restore.ts';
import { readVmBackupConf } from '../restore/vm-backup-conf.ts';
import { isolateCt } from './isolate-ct.ts';
import { isolateVm } from './isolate-vm.ts';
import { trialMemory } from './trial-memory.ts';

const all = (mib: number) => mib;

function vm(lines: readonly string[], memoryFor = all) {
  const devices = [{ device: 'drive-scsi0', sizeBytes: gibibyte }];
  const text = ['scsi0: local:100/vm-100-disk-0.raw,size=1G', ...lines].join('\n');
  const harmless = isolateVm(readVmBackupConf(text, devices), memoryFor);
  const plan = planVmRestore(harmless.conf, {
    ...{
      vmid: 999_000_000,
      override: {},
      unique: true,
      current: {},
      discs: new Set<string>(),
      meta: 'ctime=1',
    },
    ...{ storageFor: () => 'local', formatOn: () => undefined },
    generate: { mac: () => 'BC:24:11:00:00:99', uuid: () => '44444444-2222-4333-8444-555555555555' },
  });
  return { config: plan.change.config, notes: [...harmless.notes, ...plan.notes], harmless };
}

function ct(lines: readonly string[], memoryFor = all) {
  const text = ['rootfs: local:101/subvol-101-disk-0.subvol,size=1G', 'unprivileged: 1', ...lines].join('\n');
  const harmless = isolateCt(readCtBackupConf(text), memoryFor);
  const plan = planCtRestore(harmless.conf, {
    ...{ vmid: 999_000_000, override: {}, unique: true, current: {}, mayReachHost: false },
    ...{
      scripts: new Set<string>(),
      bindComplaint: () => 'no',
      storageFor: () => 'local',
      makesTrees: () => true,
    },
    generate: { mac: () => 'BC:24:11:00:00:99' },
  });
  return { config: plan.change.config, notes: [...harmless.notes, ...plan.notes], harmless };
}

describe('a VM', () => {
  test.each([
    'virtio=BC:24:11:00:00:01,bridge=vmbr0',
    'virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1,link_down=0,mtu=1400,queues=2,rate=10,tag=7,trunks=8;9',
    'model=virtio,macaddr=BC:24:11:00:00:01',
  ])('has its card %s on nothing, with the link down and another address', (text) => {
    expect(vm([`net0: ${text}`]).config['net0']).toMatch(
      /^virtio=BC:24:11:00:00:99,link_down=1(,queues=2)?$/,
    );
  });

  test('has no card that cannot be read', () => {
    const { config, notes } = vm(['net0: ,,bridge=vmbr0']);
    expect(config).not.toHaveProperty('net0');
    expect(notes.join()).toContain('net0: left out');
  });

  test.each([
    ['hostpci0', '0000:01:00.0'],
    ['usb0', 'host=1234:5678'],
    ['serial0', '/dev/ttyS0'],
    ['parallel0', '/dev/parport0'],
    ['args', '-netdev user,id=x'],
    ['hookscript', 'local:snippets/a.sh'],
    ['virtiofs0', 'dirid=share'],
    ['onboot', '1'],
    ['autostart', '1'],
    ['protection', '1'],
    ['startup', 'order=1'],
    ['tags', 'prod'],
    ['lock', 'backup'],
    ['freeze', '1'],
    ['affinity', '0-1'],
    ['hugepages', '2'],
    ['cicustom', 'user=local:snippets/a.yaml'],
  ])('has no %s', (key, value) => {
    expect(vm([`${key}: ${value}`]).config).not.toHaveProperty(key);
  });

  test('has what of it makes it the machine that it is', () => {
    const kept = ['agent: 1', 'cores: 3', 'cpu: host', 'machine: q35', 'serial1: socket', 'vga: std'];
    expect(vm(kept).config).toMatchObject({ agent: '1', cores: 3, cpu: 'host', serial1: 'socket' });
  });

  test('has no disc', () => {
    const { config, notes } = vm(['ide2: local:iso/a.iso,media=cdrom', 'sata0: /dev/cdrom,media=cdrom']);
    expect([config['ide2'], config['sata0']]).toEqual(['none,media=cdrom', 'none,media=cdrom']);
    expect(notes.filter((note) => note.includes('disc'))).toHaveLength(2);
  });

  test('has the memory that can be given, without what is reckoned by it', () => {
    const lines = ['memory: 4096', 'balloon: 2048', 'numa: 1', 'numa0: cpus=0,memory=4096', 'cores: 1'];
    const { config, notes, harmless } = vm(lines, () => 1024);
    expect(config).toMatchObject({ memory: '1024', balloon: 0 });
    expect([config['numa'], config['numa0']]).toEqual([undefined, undefined]);
    expect(harmless).toMatchObject({ memoryMib: 1024, isCapped: true });
    expect(notes).toContain('memory: 1024 MiB of 4096, as much as is free');
    expect(vm(['memory: current=2048']).config['memory']).toBe('2048');
    expect(vm(['memory: lots']).config['memory']).toBe('512');
  });
});

describe('a container', () => {
  test.each([
    [
      'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=192.0.2.5/24,gw=192.0.2.1,tag=5,type=veth',
      'ip=192.0.2.5/24',
    ],
    [
      'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,ip6=auto,firewall=1,type=veth',
      'ip=manual,ip6=manual',
    ],
    ['name=eth0,ip=192.0.2.5/32,rate=5,trunks=7,type=veth', 'ip=192.0.2.5/32'],
  ])('has its card %s on nothing', (text, addresses) => {
    const value = String(ct([`net0: ${text}`]).config['net0']);
    expect(value).toContain('link_down=1');
    expect(value).toContain('BC:24:11:00:00:99');
    for (const word of addresses.split(',')) expect(value.split(',')).toContain(word);
    expect(value).not.toMatch(/bridge|gw|tag|trunks|rate|firewall|dhcp|auto/);
  });

  test.each([
    ['mp0', '/srv/host,mp=/srv'],
    ['dev0', '/dev/kvm'],
    ['hookscript', 'local:snippets/a.sh'],
    ['features', 'mount=nfs'],
    ['onboot', '1'],
    ['protection', '1'],
    ['tags', 'prod'],
    ['startup', 'order=2'],
    ['lxc.mount.entry', '/ mnt none bind 0 0'],
  ])('has no %s', (key, value) => {
    expect(ct([`${key}: ${value}`]).config).not.toHaveProperty([key]);
  });

  test('takes no swap when it has less memory than it had', () => {
    expect(ct(['memory: 2048', 'swap: 512'], () => 300).config).toMatchObject({ memory: 300, swap: 0 });
    expect(ct(['memory: 256', 'swap: 512']).config).toMatchObject({ memory: 256, swap: 512 });
  });
});

describe('memory', () => {
  test.each([
    ['qemu', 8192, 4096, 4096],
    ['qemu', 4096, 8192, 3456],
    ['lxc', 2048, 8192, 1536],
    ['lxc', 700, 100, 100],
  ] as const)('%s with %i MiB free: of %i it gets %i', (kind, free, wish, got) => {
    expect(trialMemory(kind, free * mebibyte, wish)).toBe(got);
  });

  test.each([
    ['qemu', 1000, 4096, /needs 512 MiB, and 360 MiB can be given/],
    ['qemu', 100, 64, /needs 64 MiB, and 0 MiB can be given/],
    ['lxc', 600, 512, /needs 128 MiB, and 88 MiB/],
  ] as const)('%s with %i MiB free: %i is refused', (kind, free, wish, words) => {
    expect(() => trialMemory(kind, free * mebibyte, wish)).toThrow(words);
  });
});
