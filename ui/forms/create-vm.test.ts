// The create dialog's request for a VM, and what suits each system.
import { describe, expect, test } from 'vitest';
import { createVm } from '../../server/contract/qemu-config.ts';
import { osTypes } from '../../server/contract/qemu-options.ts';
import { newCloudInit } from './create-cloud-init.ts';
import { type CreateVmForm, checkCreate, createParams, createVmParamOf } from './create-vm.ts';
import { hardwareFor, systemIds, vmSystems } from './vm-systems.ts';

const form: CreateVmForm = {
  node: 'a',
  vmid: '100',
  name: 'web-1',
  system: 'linux',
  media: 'disc',
  iso: 'local:iso/debian.iso',
  drivers: '',
  image: '',
  diskStorage: 'local',
  diskGiB: '32',
  cores: '2',
  memoryMiB: '2048',
  bridge: 'vmbr0',
  start: true,
  ...hardwareFor('linux', false),
  ...newCloudInit,
};

test('a full form becomes the whole request', () => {
  expect(createParams(form)).toEqual({
    node: 'a',
    vmid: 100,
    name: 'web-1',
    ostype: 'l26',
    cores: 2,
    memory: 2048,
    cpu: 'x86-64-v2-AES',
    machine: 'q35',
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
    ...{ ...form, name: '', iso: '', diskStorage: '', bridge: '', machine: 'pc' },
    ...{ agent: false, start: false },
  });
  expect(Object.keys(params).sort()).toEqual([
    ...['cores', 'cpu', 'memory', 'node', 'ostype', 'serial0', 'vmid'],
  ]);
});

test('UEFI has a place for its variables; Windows finds Secure Boot keys there, Linux does not', () => {
  const uefi = { ...form, firmware: 'ovmf', diskBus: 'sata' } as const;
  expect(createParams(uefi)).toMatchObject({
    bios: 'ovmf',
    efidisk0: 'local:1,efitype=4m',
    sata0: 'local:32',
  });
  expect(createParams(uefi)).not.toHaveProperty('scsihw');
  expect(createParams({ ...uefi, system: 'windows-10' })).toMatchObject({
    ostype: 'win10',
    efidisk0: 'local:1,efitype=4m,pre-enrolled-keys=1',
  });
  expect(createParams({ ...uefi, diskStorage: '' })).not.toHaveProperty('efidisk0');
  expect(createParams(uefi)).not.toHaveProperty('tpmstate0');
  expect(createParams({ ...uefi, system: 'windows-11' })).toMatchObject({
    tpmstate0: 'local:1,version=v2.0',
  });
});

test('a disk image is copied, without a disc and without a size', () => {
  const image = { ...form, media: 'image', image: 'local:import/cloud.qcow2', diskGiB: '' } as const;
  const params = createParams(image);
  expect(params).toMatchObject({
    scsi0: 'local:0,import-from=local:import/cloud.qcow2,discard=on',
    boot: 'order=scsi0;net0',
  });
  expect(createParams({ ...image, cloudInit: false })).not.toHaveProperty('ide2');
  expect(checkCreate(image)).toEqual({});
  expect(checkCreate({ ...image, image: '', diskStorage: '' })).toEqual({
    image: 'required',
    diskStorage: 'imageStorage',
  });
});

test('a blank machine has no disc, also when one was chosen before; drivers have a drive of their own', () => {
  expect(createParams({ ...form, media: 'blank', drivers: 'local:iso/virtio-win.iso' })).toMatchObject({
    boot: 'order=scsi0;net0',
  });
  expect(createParams({ ...form, media: 'blank', drivers: 'x:iso/d.iso' })).not.toHaveProperty('ide3');
  expect(createParams({ ...form, drivers: 'local:iso/virtio-win.iso' })).toMatchObject({
    ide2: 'local:iso/debian.iso,media=cdrom',
    ide3: 'local:iso/virtio-win.iso,media=cdrom',
  });
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
  [{ memoryMiB: '8' }, { memoryMiB: 'memory' }],
  [{ node: '' }, { node: 'required' }],
] as const)('%j is checked: %j', (change, errors) => {
  expect(checkCreate({ ...form, ...change })).toEqual(errors);
});

describe.each(systemIds)('%s', (id) => {
  test('has a type and a size that exist', () => {
    expect(vmSystems[id].id).toBe(id);
    expect(osTypes).toContain(vmSystems[id].ostype);
    expect(checkCreate({ ...form, system: id, ...vmSystems[id].start })).toEqual({});
  });
  test.each([false, true])('makes a request that the API takes, drivers: %s', (withDrivers) => {
    const params = createParams({ ...form, system: id, ...hardwareFor(id, withDrivers) });
    expect(createVm.params.safeParse(params).error).toBeUndefined();
    for (const name of createVm.refuses ?? []) expect(params).not.toHaveProperty(name);
  });
});

test('Windows begins with what it has drivers for, and takes VirtIO from a disc of drivers', () => {
  expect(hardwareFor('windows-11', false)).toMatchObject({
    ...{ diskBus: 'sata', netModel: 'e1000e', firmware: 'ovmf', machine: 'q35' },
  });
  expect(hardwareFor('windows-11', true)).toMatchObject({ diskBus: 'scsi', netModel: 'virtio' });
  expect(hardwareFor('other', true)).toMatchObject({ diskBus: 'sata', netModel: 'e1000' });
});

test('a drive that is refused is told at what was chosen for it: a disc, or cloud-init', () => {
  const fields = Object.entries(createVmParamOf).filter(([, param]) => param === 'ide2');
  expect(fields.map(([name]) => name).sort()).toEqual(['cloudInit', 'iso']);
});

describe('cloud-init', () => {
  const image = { ...form, media: 'image', image: 'local:import/debian.qcow2' } as const;
  test('is told to a copy of an image, from the storage of its disk', () => {
    expect(createParams({ ...image, diskStorage: 'fast', ciUser: 'anna' })).toMatchObject({
      ide2: 'fast:cloudinit',
      ciuser: 'anna',
      ipconfig0: 'ip=dhcp,ip6=auto',
      boot: 'order=scsi0;net0',
    });
    expect(createParams({ ...image, bridge: '' })).not.toHaveProperty('ipconfig0');
    expect(createParams({ ...image, cloudInit: false })).not.toHaveProperty('ide2');
  });
  test('is nothing to a machine that is installed, nor are its slips', () => {
    const slip = { ciUser: 'a b', address4: 'x', ip4: 'static' } as const;
    expect(createParams({ ...form, ...slip })).not.toHaveProperty('ciuser');
    expect(checkCreate({ ...form, ...slip })).toEqual({});
    expect(checkCreate({ ...image, ...slip })).toEqual({ ciUser: 'ciUser', address4: 'cidr4' });
    expect(checkCreate({ ...image, ...slip, bridge: '' })).toEqual({ ciUser: 'ciUser' });
  });
});
