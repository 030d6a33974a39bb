// Which privilege each key of a configuration needs, and on which path.
import { describe, expect, test } from 'vitest';
import type { ConfigInput, VmConfig } from './config/config-keys.ts';
import { mergeConfigChange } from './config/merge-config-change.ts';
import { privilegesFor } from './config-privileges.ts';

function needed(before: VmConfig, set: Record<string, ConfigInput>, remove: string[] = []): string[] {
  const change = mergeConfigChange(before, set, remove, { vmid: 100, create: false });
  return privilegesFor(100, before, change)
    .map(({ path, privilege }) => `${path} ${privilege}`)
    .sort();
}

const before: VmConfig = {
  boot: 'order=scsi0',
  ide2: 'local:iso/a.iso,media=cdrom',
  net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0',
  scsi0: 'local:100/vm-100-disk-0.qcow2,size=1G',
  unused0: 'local:100/vm-100-disk-1.qcow2',
};

describe('a key needs', () => {
  test.each([
    [{ cores: 2 }, ['/vms/100 VM.Config.CPU']],
    [{ ciuser: 'a', sshkeys: '', nameserver: '192.0.2.1' }, ['/vms/100 VM.Config.Cloudinit']],
    [{ citype: 'nocloud', ciupgrade: 0, searchdomain: 'a' }, ['/vms/100 VM.Config.Cloudinit']],
    [{ cipassword: '$6$a$b' }, ['/vms/100 VM.Config.Cloudinit']],
    [{ ipconfig0: 'ip=dhcp' }, ['/vms/100 VM.Config.Network']],
    [
      { cicustom: 'user=other:snippets/a' },
      ['/storage/other Datastore.Allocate', '/vms/100 VM.Config.Cloudinit'],
    ],
    [
      { ide0: 'other:cloudinit' },
      ['/storage/other Datastore.AllocateSpace', '/vms/100 VM.Config.CDROM', '/vms/100 VM.Config.Cloudinit'],
    ],
    [{ cpu: 'host' }, ['/vms/100 VM.Config.CPU']],
    [{ memory: 1024 }, ['/vms/100 VM.Config.Memory']],
    [{ machine: 'q35' }, ['/vms/100 VM.Config.HWType']],
    [{ serial0: 'socket' }, ['/vms/100 VM.Config.HWType']],
    [{ name: 'a', onboot: 1 }, ['/vms/100 VM.Config.Options']],
    [{ hookscript: 'local:snippets/a' }, ['/ Sys.Modify', '/vms/100 VM.Config.Options']],
    [{ affinity: '0' }, ['/ Sys.Modify', '/vms/100 VM.Config.CPU']],
    [{ numa: 1, numa0: 'cpus=0,memory=512' }, ['/vms/100 VM.Config.CPU']],
    [{ 'allow-ksm': 0 }, ['/vms/100 VM.Config.Memory']],
    [{ audio0: 'device=AC97,driver=none' }, ['/vms/100 VM.Config.HWType']],
    [
      { keyboard: 'de', reboot: 0, startdate: '2030-01-01', tdf: 1, autostart: 1, migrate_speed: 5 },
      ['/vms/100 VM.Config.Options'],
    ],
    [
      { tpmstate0: 'other:4,version=v2.0' },
      ['/storage/other Datastore.AllocateSpace', '/vms/100 VM.Config.Disk'],
    ],
    [{ boot: 'order=net0' }, ['/vms/100 VM.Config.Disk']],
    [{ ide2: 'none,media=cdrom' }, ['/vms/100 VM.Config.CDROM']],
    [{ ide2: 'other:iso/b.iso,media=cdrom' }, ['/storage/other Datastore.Audit', '/vms/100 VM.Config.CDROM']],
    [{ scsi1: 'other:4' }, ['/storage/other Datastore.AllocateSpace', '/vms/100 VM.Config.Disk']],
    [
      { scsi1: 'other:0,import-from=local:import/a.qcow2' },
      [
        '/storage/local Datastore.AllocateSpace',
        '/storage/other Datastore.AllocateSpace',
        '/vms/100 VM.Config.Disk',
      ],
    ],
    [
      { scsi1: 'other:0,import-from=/srv/box.vmdk' },
      ['/ Sys.Modify', '/storage/other Datastore.AllocateSpace', '/vms/100 VM.Config.Disk'],
    ],
    [
      { net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr7' },
      ['/sdn/zones/localnetwork/vmbr7 SDN.Use', '/vms/100 VM.Config.Network'],
    ],
    [
      { scsi1: 'local:100/vm-100-disk-9.qcow2' },
      ['/storage/local Datastore.Allocate', '/vms/100 VM.Config.Disk'],
    ],
  ] as [Record<string, ConfigInput>, string[]][])('%j', (set, expected) => {
    expect(needed(before, set)).toEqual(expected);
  });
});

test('what does not change needs nothing', () => {
  expect(needed(before, { net0: before['net0']! })).toEqual([]);
});

test('a disk of its own is moved with the right to its disks alone', () => {
  expect(needed(before, { scsi1: 'local:100/vm-100-disk-1.qcow2' })).toEqual(['/vms/100 VM.Config.Disk']);
});

test('deleting needs what setting needs, by what was there', () => {
  expect(needed(before, {}, ['scsi0'])).toEqual(['/vms/100 VM.Config.Disk']);
  expect(needed(before, {}, ['ide2'])).toEqual(['/vms/100 VM.Config.CDROM']);
  expect(needed(before, {}, ['net0'])).toEqual(['/vms/100 VM.Config.Network']);
  const hooked = { ...before, hookscript: 'local:snippets/a' };
  expect(needed(hooked, {}, ['hookscript'])).toContain('/ Sys.Modify');
});

test('a disc that becomes a disk is a disk', () => {
  expect(needed(before, { ide2: 'local:100/vm-100-disk-1.qcow2' })).toContain('/vms/100 VM.Config.Disk');
});
