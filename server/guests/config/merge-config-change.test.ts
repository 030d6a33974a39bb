import { describe, expect, test } from 'vitest';
import type { ConfigInput, VmConfig } from './config-keys.ts';
import { completeConfig, generate, mergeConfigChange } from './merge-config-change.ts';

const gib = 1024 ** 3;
const uuid = '0f4c6b9a-1111-4222-8333-444455556666';
function counting() {
  let n = 0;
  return { mac: () => `BC:24:11:00:00:${String(++n).padStart(2, '0')}`, uuid: () => uuid };
}
const create = (set: Record<string, ConfigInput>) =>
  mergeConfigChange({}, set, [], {
    vmid: 100,
    create: true,
    generate: counting(),
    meta: 'creation-qemu=7.2.0',
  });
const change = (current: VmConfig, set: Record<string, ConfigInput>, remove: string[] = [], force = false) =>
  mergeConfigChange(current, set, remove, { vmid: 100, create: false, force, generate: counting() });

const current: VmConfig = {
  boot: 'order=scsi0;ide2;net0',
  ide2: 'local:iso/debian.iso,media=cdrom',
  net0: 'virtio=BC:24:11:AA:00:01,bridge=vmbr0',
  scsi0: 'local:100/vm-100-disk-0.qcow2,size=8G',
  unused0: 'local:100/vm-100-disk-5.qcow2',
};

describe('a cloud-init drive', () => {
  const create = { vmid: 100, create: true, generate: { mac: () => 'BC:24:11:00:00:01', uuid: () => 'u' } };
  const made: VmConfig = { ide2: 'local:100/vm-100-cloudinit.raw,media=cdrom,size=4M' };
  const change = (set: Record<string, string>, remove: string[] = []) =>
    mergeConfigChange(made, set, remove, { vmid: 100, create: false });

  test('is made, raw whatever is wished, and nothing boots from it', () => {
    const set = {
      scsi0: 'local:8',
      ide2: 'other:cloudinit,format=qcow2',
      smbios1: 'uuid=0f4c6b9a-1111-4222-8333-444455556666',
      vmgenid: '0',
    };
    const { allocations, config } = mergeConfigChange({}, set, [], create);
    expect(allocations[1]).toMatchObject({
      ...{ key: 'ide2', storage: 'other', format: 'raw', sizeBytes: 4 * 1024 ** 2 },
      ...{ content: { kind: 'cloud-init' }, drive: { media: 'cdrom' } },
    });
    expect(config['boot']).toBe('order=scsi0');
  });

  test.each([
    [{ virtio0: 'local:cloudinit' }, 'virtio0'],
    [{ ide0: 'local:cloudinit' }, 'ide2'],
    [{ ide2: 'local:cloudinit,import-from=local:import/a.raw' }, 'ide2'],
  ])('%j is refused', (set, key) => {
    expect(() => change(set as Record<string, string>)).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { [key]: expect.any(String) } }),
    );
  });

  test('goes with its volume, whether it is taken out or replaced', () => {
    const volume = 'local:100/vm-100-cloudinit.raw';
    for (const gone of [
      change({}, ['ide2']),
      change({ ide2: 'none,media=cdrom' }),
      change({ ide2: 'local:cloudinit' }),
    ]) {
      expect(gone).toMatchObject({ removals: [volume], detached: [] });
      expect(gone.config).not.toHaveProperty('unused0');
    }
    expect(change({ ide2: `${volume},media=cdrom` })).toMatchObject({ removals: [], changedKeys: [] });
  });
});

describe('a new VM', () => {
  const made = create({
    name: 'web',
    memory: 1024,
    onboot: true,
    scsi0: 'local:32,discard=on,format=qcow2',
    virtio1: 'fast:0.5',
    ide2: 'local:iso/debian.iso',
    net0: 'virtio,bridge=vmbr0',
    net1: 'e1000=bc:24:11:99:99:99,bridge=vmbr0',
  });

  test('says what to allocate', () => {
    expect(made.allocations).toMatchObject([
      { key: 'scsi0', storage: 'local', format: 'qcow2', sizeBytes: 32 * gib, content: { kind: 'empty' } },
      { key: 'virtio1', storage: 'fast', format: undefined, sizeBytes: gib / 2, content: { kind: 'empty' } },
    ]);
    expect(made.references).toEqual([{ key: 'ide2', volume: 'local:iso/debian.iso' }]);
    expect(made.detached).toEqual([]);
  });

  test('has identity, MAC addresses and boot order; drives come with their volumes', () => {
    expect(made.config).toEqual({
      name: 'web',
      memory: '1024',
      onboot: 1,
      ide2: 'local:iso/debian.iso,media=cdrom',
      net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0',
      net1: 'e1000=BC:24:11:99:99:99,bridge=vmbr0',
      smbios1: `uuid=${uuid}`,
      vmgenid: uuid,
      meta: 'creation-qemu=7.2.0',
      boot: 'order=scsi0;ide2;net0',
    });
    const volumes = new Map([
      ['scsi0', { volume: 'local:100/vm-100-disk-0.qcow2', sizeBytes: 32 * gib }],
      ['virtio1', { volume: 'fast:vm-100-disk-0', sizeBytes: gib / 2 }],
    ]);
    expect(completeConfig(made, volumes)).toMatchObject({
      scsi0: 'local:100/vm-100-disk-0.qcow2,discard=on,size=32G',
      virtio1: 'fast:vm-100-disk-0,size=512M',
    });
  });

  test('imports and firmware variables are allocations too', () => {
    const { allocations } = create({
      bios: 'ovmf',
      efidisk0: 'local:1,efitype=4m,pre-enrolled-keys=1',
      scsi0: 'local:0,import-from=local:import/debian.qcow2,ssd=1',
    });
    expect(allocations).toMatchObject([
      {
        key: 'efidisk0',
        format: 'raw',
        sizeBytes: undefined,
        content: { kind: 'firmware-variables' },
        efiDisk: { type: '4m', preEnrolledKeys: true },
      },
      {
        key: 'scsi0',
        sizeBytes: undefined,
        content: { kind: 'import', from: 'local:import/debian.qcow2' },
        drive: { options: { ssd: true } },
      },
    ]);
  });

  test('a given identity is kept, and completed', () => {
    expect(create({ smbios1: 'uuid=11111111-1111-4111-8111-111111111111' }).config['smbios1']).toBe(
      'uuid=11111111-1111-4111-8111-111111111111',
    );
    expect(create({ smbios1: 'product=x' }).config['smbios1']).toBe(`product=x,uuid=${uuid}`);
    expect(create({ vmgenid: '0' }).config['vmgenid']).toBe('0');
  });

  test.each<[Record<string, ConfigInput>, string]>([
    [{ scsi0: 'local:0' }, 'scsi0'],
    [{ scsi0: 'local:99999999999' }, 'scsi0'],
    [{ scsi0: 'local:8,format=vmdk', virtio0: 'local:8,format=qed' }, 'virtio0'],
    [{ scsi0: 'local:8,import-from=/etc/shadow' }, 'scsi0'],
    [{ scsi0: '/etc/shadow' }, 'scsi0'],
    [{ ide2: 'local:8,media=cdrom' }, 'ide2'],
    [{ efidisk0: 'local:1,format=qcow2' }, 'efidisk0'],
    [{ tpmstate0: 'local:4,format=qcow2' }, 'tpmstate0'],
    [{ tpmstate0: 'none' }, 'tpmstate0'],
    [{ tpmstate0: 'local:0,import-from=/etc/shadow' }, 'tpmstate0'],
    [{ unused0: 'local:100/x.raw' }, 'unused0'],
    [{ boot: 'order=scsi7' }, 'boot'],
    [{ cdrom: 'none', ide2: 'none,media=cdrom' }, 'ide2'],
    [{ meta: 'ctime=5' }, 'meta'],
    [{ colour: 'red' }, 'colour'],
  ])('%j is refused', (set, key) => {
    expect(() => create(set)).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { [key]: expect.any(String) } }),
    );
  });

  test('cdrom is another name of ide2', () => {
    expect(create({ cdrom: 'none' }).config['ide2']).toBe('none,media=cdrom');
  });
});

describe('a change', () => {
  test('a deleted disk becomes unused and leaves the boot order', () => {
    const done = change(current, {}, ['scsi0']);
    expect(done.detached).toEqual([
      { key: 'scsi0', unusedKey: 'unused1', volume: 'local:100/vm-100-disk-0.qcow2' },
    ]);
    expect(done.removals).toEqual([]);
    expect(done.config).toMatchObject({
      boot: 'order=ide2;net0',
      unused1: 'local:100/vm-100-disk-0.qcow2',
    });
    expect(done.config).not.toHaveProperty('scsi0');
    expect([...done.changedKeys].sort()).toEqual(['boot', 'scsi0', 'unused1']);
  });

  test('with force, and of an unused one, the volume is to be removed; a disc never is', () => {
    expect(change(current, {}, ['scsi0'], true)).toMatchObject({
      removals: ['local:100/vm-100-disk-0.qcow2'],
      detached: [],
    });
    expect(change(current, {}, ['unused0']).removals).toEqual(['local:100/vm-100-disk-5.qcow2']);
    expect(change(current, {}, ['ide2'], true)).toMatchObject({ removals: [], detached: [] });
  });

  test('an unused disk can be put back', () => {
    const done = change(current, { virtio0: 'local:100/vm-100-disk-5.qcow2,discard=on' });
    expect(done.config).not.toHaveProperty('unused0');
    expect(done.config['virtio0']).toBe('local:100/vm-100-disk-5.qcow2,discard=on');
    expect(done.references).toEqual([{ key: 'virtio0', volume: 'local:100/vm-100-disk-5.qcow2' }]);
  });

  test('options of a disk change, its size stays', () => {
    const done = change(current, { scsi0: 'local:100/vm-100-disk-0.qcow2,ssd=1,size=999G' });
    expect(done.config['scsi0']).toBe('local:100/vm-100-disk-0.qcow2,size=8G,ssd=1');
    expect(done).toMatchObject({ references: [], detached: [], allocations: [] });
  });

  test('another disk in its place: the old one becomes unused', () => {
    const done = change(current, { scsi0: 'local:16' });
    expect(done.allocations).toMatchObject([{ key: 'scsi0', sizeBytes: 16 * gib }]);
    expect(done.detached).toEqual([
      { key: 'scsi0', unusedKey: 'unused1', volume: 'local:100/vm-100-disk-0.qcow2' },
    ]);
    expect(done.config['boot']).toBe(current['boot']);
  });

  test('another disc does not make the old one unused', () => {
    const done = change(current, { ide2: 'none,media=cdrom' });
    expect(done.detached).toEqual([]);
    expect(done.changedKeys).toEqual(['ide2']);
  });

  test('a network card keeps its MAC address when none is given', () => {
    expect(change(current, { net0: 'virtio,bridge=vmbr1' }).config['net0']).toBe(
      'virtio=BC:24:11:AA:00:01,bridge=vmbr1',
    );
    expect(change(current, { net1: 'virtio,bridge=vmbr1' }).config['net1']).toBe(
      'virtio=BC:24:11:00:00:01,bridge=vmbr1',
    );
  });

  test('values become canonical; deleting what is not set is no error', () => {
    const done = change(current, { onboot: 'yes', cores: '2' }, ['description']);
    expect(done.config).toMatchObject({ onboot: 1, cores: 2 });
    expect([...done.changedKeys].sort()).toEqual(['cores', 'onboot']);
  });

  test.each<[Record<string, ConfigInput>, string[], string]>([
    [{ scsi0: 'local:8' }, ['scsi0'], 'scsi0'],
    [{}, ['colour'], 'delete'],
    [{}, ['meta'], 'delete'],
    [{ boot: 'order=scsi0' }, ['scsi0'], 'boot'],
    [{ virtio0: 'local:100/vm-100-disk-0.qcow2' }, [], 'virtio0'],
  ])('%j without %j is refused', (set, remove, key) => {
    expect(() => change(current, set, remove)).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { [key]: expect.any(String) } }),
    );
  });

  test('the given configuration is not touched', () => {
    const before = structuredClone(current);
    change(current, { scsi0: 'local:16', onboot: 1 }, ['net0']);
    expect(current).toEqual(before);
  });
});

test('made up MAC addresses are ours and differ', () => {
  const macs = new Set(Array.from({ length: 50 }, () => generate.mac()));
  for (const mac of macs) expect(mac).toMatch(/^BC:24:11(:[0-9A-F]{2}){3}$/);
  expect(macs.size).toBeGreaterThan(45);
});

describe('the state of a TPM', () => {
  const has: VmConfig = { tpmstate0: 'local:100/vm-100-disk-1.raw,size=4M,version=v2.0' };

  test('is a volume of its own, 4 MiB and raw whatever is wished', () => {
    const made = create({ tpmstate0: 'local:64,version=v2.0' });
    expect(made.allocations).toMatchObject([
      {
        key: 'tpmstate0',
        storage: 'local',
        format: 'raw',
        sizeBytes: 4 * 1024 ** 2,
        content: { kind: 'empty' },
      },
    ]);
    const volumes = new Map([['tpmstate0', { volume: 'local:100/vm-100-disk-0.raw', sizeBytes: 4194304 }]]);
    expect(completeConfig(made, volumes)['tpmstate0']).toBe(
      'local:100/vm-100-disk-0.raw,size=4M,version=v2.0',
    );
  });

  test('stays as an unused disk when the TPM is taken off, or goes with force', () => {
    expect(change(has, {}, ['tpmstate0']).config).toEqual({ unused0: 'local:100/vm-100-disk-1.raw' });
    expect(change(has, {}, ['tpmstate0'], true).removals).toEqual(['local:100/vm-100-disk-1.raw']);
  });

  test('keeps its size when it is set again, and is of one version for ever', () => {
    const again = change(has, { tpmstate0: 'local:100/vm-100-disk-1.raw,version=v2.0' });
    expect(again).toMatchObject({ config: has, references: [], changedKeys: [] });
    expect(() => change(has, { tpmstate0: 'local:100/vm-100-disk-1.raw,version=v1.2' })).toThrow(
      expect.objectContaining({ fields: { tpmstate0: expect.stringContaining('TPM v2.0') } }),
    );
  });
});
