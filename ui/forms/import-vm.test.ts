// Importing VMs: what was read of a file becomes a request that the contract takes.
import { expect, test } from 'vitest';
import { checkImport, type Description, type ImportForm, importParams, nameOf } from './import-vm.ts';

const form: ImportForm = { name: 'box', vmid: '120', storage: 'local', bridge: 'vmbr0', start: false };
const box: Description = {
  ...{ type: 'vm', source: 'esxi', format: 'ova', warnings: [] },
  'create-args': { name: 'old', memory: 2048, cores: 2, bios: 'ovmf', odd: { nested: 1 } },
  disks: { scsi0: 'local:import/box.ova/box.vmdk' },
  net: { net0: { model: 'e1000', macaddr: '00:50:56:00:00:01' }, net1: { model: 'virtio' } },
  report: [{ item: 'secure boot', what: { code: 'secure-boot' }, value: 'on', mapped: 0, key: 'efidisk0' }],
};

test('disks are copied, cards plugged in, UEFI gets new variables', () => {
  expect(importParams('n1', form, box)).toEqual({
    ...{ node: 'n1', vmid: 120, name: 'box', memory: 2048, cores: 2, bios: 'ovmf' },
    scsi0: 'local:0,import-from=local:import/box.ova/box.vmdk',
    net0: 'e1000=00:50:56:00:00:01,bridge=vmbr0',
    net1: 'virtio,bridge=vmbr0',
    efidisk0: 'local:1,efitype=4m,pre-enrolled-keys=1',
  });
  expect(nameOf(box)).toBe('old');
});

test('without a bridge, a name, or variables that are missing', () => {
  const disks = { efidisk0: 'local:import/efi.raw' };
  const of = { ...box, disks, 'disk-options': { efidisk0: 'efitype=4m' } };
  const params = importParams('n1', { ...form, name: ' ', bridge: '', start: true }, of);
  expect(params).toMatchObject({
    efidisk0: 'local:0,import-from=local:import/efi.raw,efitype=4m',
    net1: 'virtio',
    start: true,
  });
  expect(params).not.toHaveProperty('name');
});

test('what would be refused', () => {
  expect(checkImport(form, () => false)).toEqual({});
  expect(checkImport(form, () => true)).toEqual({ vmid: 'taken' });
  expect(checkImport({ ...form, name: 'a b', vmid: '1', storage: '' }, () => false)).toEqual({
    ...{ name: 'name', vmid: 'vmid', storage: 'required' },
  });
});
