import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkVmModel, vmWarnings } from './check-vm-model.ts';
import { fullConfig } from './config-fixture.ts';
import type { VmConfig } from './config-keys.ts';
import { readVmConfig } from './read-vm-config.ts';
import { renderVmConfig } from './render-vm-config.ts';

const read = (config: VmConfig) => readVmConfig({ vmid: 100, config });

test('the full configuration reads and renders back to itself', () => {
  expect(renderVmConfig(read(fullConfig))).toEqual(fullConfig);
});

test('an empty configuration has the defaults, and renders to nothing', () => {
  const model = read({});
  expect(model).toMatchObject({
    memoryMib: 512,
    bios: 'seabios',
    osType: 'other',
    scsiController: 'lsi',
    hotplug: ['network', 'disk', 'usb'],
    bootOrder: [],
    acpi: true,
    tablet: true,
    kvm: true,
    cpu: { sockets: 1, cores: 1, limit: 0, model: undefined },
    vga: { type: 'std' },
    agent: { enabled: false, freezeFs: true },
  });
  expect(renderVmConfig(model)).toEqual({});
});

test('any part of the full configuration survives a round trip', () => {
  const entries = Object.entries(fullConfig).filter(([key]) => key !== 'boot');
  fc.assert(
    fc.property(fc.subarray(entries), (part) => {
      const model = read(Object.fromEntries(part));
      expect(read(renderVmConfig(model))).toEqual(model);
    }),
    { numRuns: 100 },
  );
});

describe('boot order', () => {
  const devices: VmConfig = {
    scsi0: 'local:100/a.qcow2',
    virtio0: 'local:100/b.qcow2',
    ide2: 'none,media=cdrom',
    net0: 'virtio,bridge=vmbr0',
    net1: 'virtio,bridge=vmbr0',
  };
  test.each([
    [{}, ['scsi0', 'ide2', 'net0']],
    [{ boot: 'order=net1;scsi0' }, ['net1', 'scsi0']],
    [{ boot: 'cdn', bootdisk: 'virtio0' }, ['virtio0', 'ide2', 'net0', 'net1']],
    [{ boot: 'n' }, ['net0', 'net1']],
    [{ bootdisk: 'virtio0' }, ['virtio0', 'ide2', 'net0', 'net1']],
  ])('%j', (boot, order) => {
    expect(read({ ...devices, ...boot } as VmConfig).bootOrder).toEqual(order);
  });
});

describe('rules between keys', () => {
  const good: VmConfig = { scsi0: 'local:100/a.qcow2', net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0' };
  test('the good one passes', () => checkVmModel(read(good)));

  test.each<[VmConfig, string, RegExp]>([
    [{ boot: 'order=scsi0;scsi1' }, 'boot', /no device scsi1/],
    [{ boot: 'order=scsi0;scsi0' }, 'boot', /twice/],
    [{ bootdisk: 'virtio0' }, 'boot', /no device virtio0/],
    [{ virtio1: 'local:100/a.qcow2' }, 'virtio1', /is scsi0 already/],
    [{ unused0: 'local:100/a.qcow2' }, 'unused0', /is scsi0 already/],
    [{ net1: 'e1000=bc:24:11:00:00:01' }, 'net1', /MAC address of net0/],
    [{ balloon: 1024 }, 'balloon', /512 MiB/],
    [{ vcpus: 2 }, 'vcpus', /sockets x cores, 1/],
    [{ cores: 128, sockets: 2 }, 'cores', /255/],
    [{ vga: 'serial0' }, 'vga', /serial0/],
    [{ bios: 'ovmf', acpi: 0 }, 'acpi', /needs ACPI/],
    [{ cpu: 'z80' }, 'cpu', /no processor model 'z80'/],
    [{ cpu: 'custom-mine' }, 'cpu', /no processor model/],
    [{ virtio0: 'none,media=cdrom' }, 'virtio0', /ide, sata or scsi/],
    [{ ide0: '/dev/sda' }, 'ide0', /paths of the host/],
    [{ ide2: 'cdrom,media=cdrom' }, 'ide2', /host's CD drive/],
    [{ ide2: 'local:100/vm-100-cloudinit.raw' }, 'ide2', /add media=cdrom/],
    [
      {
        ide0: 'local:100/vm-100-cloudinit.raw,media=cdrom',
        ide2: 'local:100/vm-100-cloudinit-1.raw,media=cdrom',
      },
      'ide2',
      /cloud-init drive already: ide0/,
    ],
    [{ tpmstate0: 'local:100/a.qcow2,version=v2.0' }, 'scsi0', /is tpmstate0 already/],
    [{ tpmstate0: '/dev/sda' }, 'tpmstate0', /paths of the host/],
    [{ net0: 'virtio=BC:24:11:00:00:01,tag=5' }, 'net0', /need a bridge/],
    [{ net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0,trunks=7-5' }, 'net0', /1 to 4094/],
    [{ net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0,trunks=5;4095' }, 'net0', /1 to 4094/],
    [{ net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0,trunks=1-4094;1-4094' }, 'net0', /4096 numbers/],
    [{ numa: 1, numa0: 'cpus=0-4095;0,memory=512' }, 'numa0', /4096 numbers/],
    [{ machine: 'pc,viommu=intel' }, 'machine', /needs q35/],
    [{ machine: 'q35,viommu=virtio,aw-bits=48' }, 'machine', /viommu=intel/],
    [{ machine: 'q35,viommu=intel,aw-bits=40' }, 'machine', /39 or 48/],
    [{ vga: 'none,clipboard=vnc' }, 'vga', /needs a screen/],
    [{ args: "-name 'a" }, 'args', /not closed/],
    [{ startdate: '2030-02-30' }, 'startdate', /no such day/],
    [{ startdate: '2030-01-01T24:00:00' }, 'startdate', /no such day/],
    [{ numa: 1, numa0: 'cpus=0' }, 'numa0', /memory is missing/],
    [{ numa: 1, numa0: 'cpus=0,memory=511' }, 'numa0', /511 MiB together, the VM 512/],
    [{ numa: 1, numa1: 'cpus=0,memory=512' }, 'numa1', /there is no numa0/],
    [{ numa: 1, numa0: 'cpus=0-1,memory=512' }, 'numa0', /no processor 1/],
    [{ numa: 1, numa0: 'cpus=0;0,memory=512' }, 'numa0', /in numa0 already/],
    [{ numa: 1, cores: 2, numa0: 'cpus=1,memory=512' }, 'numa0', /each of the 2/],
    [{ numa: 1, numa0: 'cpus=0,memory=512,policy=bind' }, 'numa0', /needs hostnodes/],
    [{ numa: 1, numa0: 'cpus=0,memory=512,hostnodes=0-1,policy=preferred' }, 'numa0', /one node/],
    [{ scsi0: 'local:100/a.qcow2,aio=native,cache=writeback' }, 'scsi0', /cache=none/],
    [{ scsi0: 'local:100/a.qcow2,mbps=5,mbps_rd=5' }, 'scsi0', /cannot stand/],
    [{ scsi0: 'local:100/a.qcow2,iops_max=5' }, 'scsi0', /needs iops/],
    [{ scsi0: 'local:100/a.qcow2,bps_max_length=5' }, 'scsi0', /needs mbps_max/],
  ])('%j', (more, key, rule) => {
    expect(() => checkVmModel(read({ ...good, ...more }))).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { [key]: expect.stringMatching(rule) } }),
    );
  });

  test.each<[VmConfig, string]>([
    [{ audio0: 'device=AC97' }, 'audio0'],
    [{ net0: 'ne2k_isa' }, 'net0'],
    [{ citype: 'opennebula' }, 'citype'],
    [{ cipassword: '$6$salt$hash', ostype: 'win11' }, 'cipassword'],
    [{ cpu: 'host,reported-model=qemu64' }, 'cpu'],
    [{ cpu: 'host,flags=+nested-virt' }, 'cpu'],
    [{ scsihw: 'pvscsi' }, 'scsihw'],
    [{ vga: 'qxl2' }, 'vga'],
    [{ agent: '1,type=isa' }, 'agent'],
    [{ scsi0: 'local:100/a.qcow2,snapshot=1' }, 'scsi0'],
    [{ watchdog: 'ib700,action=debug' }, 'watchdog'],
    [{ sata0: 'local:100/b.qcow2,wwn=0x500000000000abcd' }, 'sata0'],
    [{ ide0: 'local:100/b.qcow2,wwn=0x500000000000abcd', machine: 'q35' }, 'ide0'],
  ])('%j is not supported yet', (more, key) => {
    expect(() => checkVmModel(read({ ...good, ...more }))).toThrow(
      expect.objectContaining({ code: 'unsupported', fields: { [key]: expect.any(String) } }),
    );
  });

  test("'none' without a CD drive, a port of the host: refused when read", () => {
    expect(() => read({ ide0: 'none' })).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    expect(() => read({ serial0: '/dev/ttyS0' })).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  test('what is only unwise is a warning', () => {
    const warnings = vmWarnings(read({ bios: 'ovmf', scsi0: 'local:100/a.qcow2,iothread=1' }));
    expect(warnings).toEqual([
      expect.stringMatching(/^efidisk0: there is none/),
      expect.stringMatching(/^scsi0: iothread/),
    ]);
    expect(vmWarnings(read(good))).toEqual([]);
    expect(vmWarnings(read({ memory: '1024', balloon: 512, shares: 50, hotplug: 'memory' }))).toEqual([
      expect.stringMatching(/^hotplug: memory/),
    ]);
  });
});
