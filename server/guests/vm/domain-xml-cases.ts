// Configurations for the tests of the domain XML: the golden files, and what a real libvirt is asked to start.
import { fullConfig } from '../config/config-fixture.ts';
import type { VmConfig } from '../config/config-keys.ts';

/** What most VMs look like. */
export const usual: VmConfig = {
  agent: '1',
  boot: 'order=scsi0;ide2;net0',
  cores: 2,
  ide2: 'local:iso/debian.iso,media=cdrom,size=600M',
  memory: '1024',
  name: 'web',
  net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1',
  ostype: 'l26',
  scsi0: 'local:100/vm-100-disk-0.qcow2,discard=on,iothread=1,size=8G,ssd=1',
  scsihw: 'virtio-scsi-single',
  serial0: 'socket',
  smbios1: 'uuid=0f4c6b9a-1111-4222-8333-444455556666',
  vmgenid: '11111111-2222-4333-8444-555566667777',
};

export const everyBus: VmConfig = {
  boot: 'order=virtio1',
  ide0: 'local:100/vm-100-disk-0.raw',
  ide3: 'none,media=cdrom',
  sata0: 'local:100/vm-100-disk-1.qcow2,ssd=1',
  sata5: 'local:iso/a.iso,media=cdrom',
  scsi0: 'local:100/vm-100-disk-2.qcow2,wwn=0x500000000000abcd',
  scsi9: 'local:100/vm-100-disk-3.qcow2,cache=unsafe,detect_zeroes=0,ro=1',
  virtio1:
    'local:100/vm-100-disk-4.qcow2,aio=threads,bps_rd_max_length=5,iops=500,iothread=1,mbps_rd=10,mbps_rd_max=20,mbps_wr=2.5,rerror=stop,werror=enospc',
  scsihw: 'lsi',
};

/** Each golden file: a configuration, and the acceleration. */
export const goldens: Record<string, [VmConfig, 'kvm' | 'tcg']> = {
  'empty-tcg': [{}, 'tcg'],
  'usual-tcg': [usual, 'tcg'],
  'usual-kvm': [usual, 'kvm'],
  'full-kvm': [{ ...fullConfig, acpi: 1, kvm: 1 }, 'kvm'],
  'full-emulated': [{ ...fullConfig, acpi: 1 }, 'kvm'],
  'every-bus-pc': [everyBus, 'tcg'],
  'every-bus-q35': [{ ...everyBus, machine: 'q35', ostype: 'l26', scsihw: 'virtio-scsi-pci' }, 'tcg'],
  'windows-kvm': [
    {
      bios: 'ovmf',
      cores: 4,
      cpu: 'host,flags=+hv-tlbflush,hv-vendor-id=proxmox',
      efidisk0: 'local:100/vm-100-disk-1.raw,efitype=4m,pre-enrolled-keys=1,size=528K',
      machine: 'pc-q35-7.2+pve1',
      memory: '4096',
      net0: 'e1000=BC:24:11:00:00:01,bridge=vmbr0,link_down=1,rate=10',
      ostype: 'win11',
      sata0: 'local:100/vm-100-disk-0.qcow2,size=64G',
      tpmstate0: 'local:100/vm-100-disk-2.raw,size=4M,version=v2.0',
      vga: 'qxl,memory=32',
    },
    'kvm',
  ],
  'ovmf-volatile-tcg': [{ bios: 'ovmf', balloon: 0, localtime: 1 }, 'tcg'],
  'serial-only-tcg': [
    { acpi: 0, cpu: 'kvm64', serial0: 'socket', serial1: 'socket', vga: 'serial0', watchdog: 'ib700' },
    'tcg',
  ],
  'growing-tcg': [
    {
      ...{ cores: 2, sockets: 2, vcpus: 1, numa: 1, memory: '512', hotplug: 'cpu,memory,usb' },
      ...{ cpulimit: '1.5', cpuunits: 50, tablet: 0 },
    },
    'tcg',
  ],
  'iommu-tcg': [
    {
      args: `-global "isa-debugcon.iobase=0x402" -global 'isa-debugcon.readback=0xe9'`,
      machine: 'q35,viommu=intel,aw-bits=48',
      tpmstate0: 'local:100/vm-100-disk-2.raw,size=4M',
      vga: 'std,clipboard=vnc',
    },
    'tcg',
  ],
  'level-kvm': [{ cpu: 'x86-64-v2-AES,phys-bits=40', numa: 1, sockets: 2, memory: '1025' }, 'kvm'],
};
