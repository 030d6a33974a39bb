// The create dialog's request.
import { expect, test } from 'vitest';
import { type CreateVmForm, checkCreate, createParams, defaultsFor } from './create-vm.ts';

const form: CreateVmForm = {
  node: 'a',
  vmid: '100',
  name: 'web-1',
  ostype: 'l26',
  iso: 'local:iso/debian.iso',
  diskStorage: 'local',
  diskGiB: '32',
  diskBus: 'scsi',
  cores: '2',
  memoryMiB: '2048',
  firmware: 'seabios',
  bridge: 'vmbr0',
  netModel: 'virtio',
  agent: true,
  start: true,
};

test('a full form becomes the whole request', () => {
  expect(createParams(form)).toEqual({
    node: 'a',
    vmid: 100,
    name: 'web-1',
    ostype: 'l26',
    cores: 2,
    memory: 2048,
    scsihw: 'virtio-scsi-single',
    scsi0: 'local:32,discard=on',
    ide2: 'local:iso/debian.iso,media=cdrom',
    net0: 'virtio,bridge=vmbr0',
    boot: 'order=scsi0;ide2;net0',
    serial0: 'socket',
    agent: 'enabled=1',
    start: true,
  });
});

test('what is left empty is not sent', () => {
  const params = createParams({
    ...form,
    name: '',
    iso: '',
    diskStorage: '',
    bridge: '',
    agent: false,
    start: false,
  });
  expect(Object.keys(params).sort()).toEqual(['cores', 'memory', 'node', 'ostype', 'serial0', 'vmid']);
});

test('UEFI brings its machine and a place for its variables', () => {
  const params = createParams({ ...form, firmware: 'ovmf', diskBus: 'sata' });
  expect(params).toMatchObject({
    bios: 'ovmf',
    machine: 'q35',
    efidisk0: 'local:1,efitype=4m',
    sata0: 'local:32',
  });
  expect(params).not.toHaveProperty('scsihw');
});

test.each([
  [{ vmid: '99' }, { vmid: 'vmid' }],
  [{ vmid: '1e3' }, { vmid: 'vmid' }],
  [{ name: 'no spaces' }, { name: 'name' }],
  [{ name: '<img src=x>' }, { name: 'name' }],
  [{ name: '-a' }, { name: 'name' }],
  [{ name: 'a.b-c' }, {}],
  [{ diskGiB: '0' }, { diskGiB: 'number' }],
  [{ diskGiB: '', diskStorage: '' }, {}],
  [{ cores: '1.5' }, { cores: 'number' }],
  [{ memoryMiB: '8' }, { memoryMiB: 'number' }],
  [{ node: '' }, { node: 'required' }],
] as const)('%j is checked: %j', (change, errors) => {
  expect(checkCreate({ ...form, ...change })).toEqual(errors);
});

test('defaults suit the system', () => {
  expect(defaultsFor('l26').diskBus).toBe('scsi');
  expect(defaultsFor('win11')).toEqual({ diskBus: 'sata', netModel: 'e1000e', firmware: 'ovmf' });
  expect(defaultsFor('w2k8').firmware).toBe('seabios');
  expect(defaultsFor('other').netModel).toBe('e1000');
});
