// What a VM's backup becomes: what is taken over, what is left out and said, and that no disk is ever lost by the way.
import { describe, expect, test } from 'vitest';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { planVmRestore, type VmRestoreChoices } from './plan-vm-restore.ts';
import { described } from './restore-fixture.ts';
import { readVmBackupConf } from './vm-backup-conf.ts';

const generate = { mac: () => 'BC:24:11:00:00:02', uuid: () => '44444444-2222-4333-8444-555555555555' };
const disk = { device: 'drive-scsi0', sizeBytes: 1024 ** 3 };

function plan(
  text: string,
  more: Partial<VmRestoreChoices> = {},
  devices: readonly { device: string; sizeBytes: number }[] = [disk],
) {
  return planVmRestore(readVmBackupConf(text, devices), {
    ...{ vmid: 200, override: {}, unique: false, current: {}, meta: 'ctime=1', discs: new Set(), generate },
    storageFor: (before) => (before === 'other' ? 'other' : 'local'),
    formatOn: (_storage, before) => (before === 'raw' ? 'raw' : undefined),
    ...more,
  });
}
const usual = described().texts[0]!.text;

test('a backup becomes a configuration, volumes to fill, and words on what is missing', () => {
  const { change, disks, notes } = plan(usual);
  expect(change.config).toMatchObject({
    ...{ agent: '1', boot: 'order=scsi0;ide2;net0', cores: 2, description: 'a note', name: 'kept' },
    net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0',
    smbios1: 'uuid=11111111-2222-4333-8444-555555555555',
    vmgenid: generate.uuid(),
    ide2: 'none,media=cdrom',
  });
  expect(change.allocations).toMatchObject([
    { key: 'scsi0', storage: 'other', sizeBytes: 1024 ** 3, content: { kind: 'empty' } },
  ]);
  expect(change.allocations[0]?.drive?.options).toMatchObject({ discard: 'on' });
  expect(disks).toEqual([{ key: 'scsi0', ...disk }]);
  expect(notes.map((note) => note.split(':')[0])).toEqual(['ide2', 'scsi1', 'snapshots']);
});

test('unique gives new addresses and a new UUID', () => {
  const { config } = plan(usual, { unique: true }).change;
  expect(config['net0']).toBe(`virtio=${generate.mac()},bridge=vmbr0`);
  expect(config['smbios1']).toBe(`uuid=${generate.uuid()}`);
});

test('of two VMs with one UUID only one could run: the second gets its own, and it is said', () => {
  const takenUuids = new Map([['11111111-2222-4333-8444-555555555555', 100]]);
  const { change, notes, remarks } = plan(usual, { takenUuids });
  expect(change.config['smbios1']).toBe(`uuid=${generate.uuid()}`);
  expect(change.config['net0']).toBe('virtio=BC:24:11:00:00:01,bridge=vmbr0');
  expect(remarks).toEqual(['smbios1: gets a new UUID: VM 100 has the one of the backup']);
  expect(notes).toEqual(plan(usual).notes);
  const other = plan(usual, { takenUuids: new Map([['99999999-2222-4333-8444-555555555555', 100]]) });
  expect(other.change.config['smbios1']).toBe('uuid=11111111-2222-4333-8444-555555555555');
  const upper = plan('scsi0: local:1\nsmbios1: uuid=11111111-2222-4333-8444-55555555555A', {
    takenUuids: new Map([['11111111-2222-4333-8444-55555555555a', 101]]),
  });
  expect(upper.change.config['smbios1']).toBe(`uuid=${generate.uuid()}`);
});

test('a generation id is made anew, left out, or kept from being there, as it was', () => {
  const of = (line: string) => plan(`scsi0: local:1\n${line}`).change.config['vmgenid'];
  expect(of('vmgenid: 22222222-2222-4333-8444-555555555555')).toBe(generate.uuid());
  expect(of('vmgenid: 0')).toBe('0');
  expect(of('')).toBeUndefined();
});

test('the format of before is kept where the storage has it', () => {
  const of = (hint: string) =>
    plan(`#qmdump#map:scsi0:drive-scsi0:other:${hint}:\nscsi0: other:vm-100-disk-0`).change.allocations[0];
  expect(of('raw')).toMatchObject({ storage: 'other', format: 'raw' });
  expect(of('vmdk')).toMatchObject({ storage: 'other', format: undefined });
});

describe('what reaches into the host', () => {
  const lines = [
    'args: -drive file=/etc/shadow',
    'hookscript: local:snippets/a.sh',
    'hostpci0: 0000:00:02.0',
    'usb0: host=1234:5678',
    'serial0: /dev/ttyS0',
    'affinity: 0',
    'cicustom: user=local:snippets/secret.yaml',
    'vmstatestorage: other',
  ];
  test.each(lines)('%s is left out, and said', (line) => {
    const key = line.split(':')[0]!;
    const { change, notes } = plan(`scsi0: local:1\n${line}`);
    expect(change.config).not.toHaveProperty(key);
    expect(notes.join('\n')).toContain(`${key}: `);
  });

  test('stays where the guest that is restored over has the same', () => {
    const current: VmConfig = { hookscript: 'local:snippets/a.sh', affinity: '1' };
    const { change } = plan('hookscript: local:snippets/a.sh\naffinity: 0', { current }, []);
    expect(change.config).toMatchObject({ hookscript: 'local:snippets/a.sh' });
    expect(change.config).not.toHaveProperty('affinity');
  });
});

describe('what our rules refuse', () => {
  test.each([
    ['an unknown key', 'frobnicate: 1', 'frobnicate'],
    ['a value that is none', 'cores: many', 'cores'],
    ['a contradiction', 'memory: 512\nballoon: 1024', 'balloon'],
    ['a card that is none', 'net0: teapot=1', 'net0'],
    ['an identity that is none', 'smbios1: uuid=no', 'smbios1'],
    ['a processor that is unknown', 'cpu: none-such', 'cpu'],
  ])('%s is left out, and said', (_what, line, key) => {
    const { change, notes, disks } = plan(`scsi0: local:1\n${line}`);
    expect(change.config[key] ?? '').not.toContain('none-such');
    expect(notes.join('\n')).toContain(`${key}: left out`);
    expect(disks).toHaveLength(1);
  });

  test('a disk loses its options, never itself', () => {
    for (const options of [
      'cache=none-such',
      'iops=-4',
      'serial=%00%00',
      'a=b,c=d',
      'import-from=/etc/shadow',
    ]) {
      const { change, disks, notes } = plan(`scsi0: local:vm-100-disk-0,${options}`);
      expect(change.allocations).toMatchObject([{ key: 'scsi0', content: { kind: 'empty' } }]);
      expect(disks).toHaveLength(1);
      expect(JSON.stringify(change)).not.toContain('shadow');
      if (!options.startsWith('import')) expect(notes.join('\n')).toContain('scsi0: its options');
    }
  });
});

test('firmware, TPM and cloud-init have volumes of their own kinds', () => {
  const text = [
    'bios: ovmf',
    'machine: q35',
    'efidisk0: local-lvm:vm-100-disk-0,efitype=4m,pre-enrolled-keys=1,size=4M',
    'tpmstate0: local-lvm:vm-100-disk-1,size=4M,version=v2.0',
    'sata2: other:100/vm-100-cloudinit.qcow2,media=cdrom,size=4M',
  ].join('\n');
  const { change } = plan(text, {}, [
    { device: 'drive-efidisk0', sizeBytes: 540_672 },
    { device: 'drive-tpmstate0-backup', sizeBytes: 4 * 1024 ** 2 },
  ]);
  expect(change.allocations).toMatchObject([
    { key: 'efidisk0', sizeBytes: 540_672, format: 'raw', content: { kind: 'empty' } },
    { key: 'tpmstate0', sizeBytes: 4 * 1024 ** 2, content: { kind: 'empty' }, tpmState: { version: 'v2.0' } },
    { key: 'sata2', storage: 'other', content: { kind: 'cloud-init' } },
  ]);
});

describe('the request', () => {
  test('sets values in place of the backup', () => {
    const { change } = plan(usual, { override: { name: 'other', memory: 256 } });
    expect(change.config).toMatchObject({ name: 'other', memory: '256', cores: 2 });
  });

  test.each(['scsi0', 'cdrom', 'efidisk0', 'virtio3'])('may not give the drive %s', (key) => {
    expect(() => plan(usual, { override: { [key]: 'local:4' } })).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { [key]: expect.any(String) } }),
    );
  });

  test('is refused with a value that does not fit', () => {
    expect(() => plan(usual, { override: { cores: 0 } })).toThrow(
      expect.objectContaining({ fields: expect.objectContaining({ cores: expect.any(String) }) }),
    );
  });
});

test.each([
  ['no configuration', '\u0000\u0001 elf', 'line 1'],
  ['very long', 'a'.repeat(300_000), 'characters'],
  ['too many keys', Array.from({ length: 600 }, (_, at) => `k${at}: 1`).join('\n'), 'keys'],
])('%s is refused', (_what, text, why) => {
  expect(() => plan(text)).toThrow(why);
});

test('a disc is taken when it may be', () => {
  const discs = new Set(['local:iso/a.iso']);
  expect(plan(usual, { discs }).change.config['ide2']).toBe('local:iso/a.iso,media=cdrom');
});

test('devices that no disk names are skipped, and said', () => {
  const { disks, notes } = plan('memory: 512', {}, [{ device: 'drive-virtio7', sizeBytes: 512 }]);
  expect(disks).toEqual([]);
  expect(notes.join('\n')).toContain('drive-virtio7');
});
