// The mock's answers about files of which a VM can be made.
import { type Handlers, Refusal } from './reply.ts';

const ova = {
  type: 'vm',
  source: 'esxi',
  format: 'ova',
  'create-args': {
    ...{ name: 'accounting-2019', memory: 4096, cores: 2, ostype: 'win10', bios: 'ovmf' },
    ...{ boot: 'order=sata0', sata1: 'none,media=cdrom' },
  },
  disks: { sata0: 'local:import/accounting.ova/accounting-disk1.vmdk' },
  net: { net0: { model: 'vmxnet3', macaddr: '00:50:56:9A:00:01' } },
  warnings: [
    { type: 'ova-needs-extracting' },
    { type: 'efi-state-lost', key: 'bios' },
    { type: 'cdrom-image-ignored', key: 'sata1', value: 'VMware Tools 10.iso' },
  ],
  report: [
    {
      item: 'name',
      what: { code: 'name' },
      value: 'Accounting 2019',
      mapped: 1,
      key: 'name',
      note: 'letters, digits, dots and dashes only',
      why: [{ code: 'name-changed' }],
    },
    {
      item: 'operating system',
      what: { code: 'operating-system' },
      value: 'Microsoft Windows 10 (64-bit)',
      mapped: 1,
      key: 'ostype',
    },
    { item: 'processors', what: { code: 'processors' }, value: '2', mapped: 1, key: 'cores' },
    { item: 'memory', what: { code: 'memory' }, value: '4096 MiB', mapped: 1, key: 'memory' },
    { item: 'Hard disk 1', value: 'accounting-disk1.vmdk, 64 GiB', mapped: 1, key: 'sata0' },
    {
      item: 'Network adapter 1',
      value: 'VM Network',
      mapped: 1,
      key: 'net0',
      note: "'<b>NetX' is not known; choose its bridge",
      why: [{ code: 'model-unknown', values: { model: '<b>NetX' } }, { code: 'choose-bridge' }],
    },
    {
      item: 'Sound card',
      value: '<img src=x onerror=alert(1)>',
      mapped: 0,
      note: 'not taken over: add it by hand if it is needed',
      why: [{ code: 'not-taken' }],
    },
    {
      item: 'Hard disk 2',
      value: 'data.vmdk',
      mapped: 0,
      key: 'sata2',
      note: 'there is no such image: bring it in, and choose it',
      why: [{ code: 'image-missing' }],
    },
  ],
};

export function importHandlers(): Handlers {
  return {
    'GET /nodes/{node}/storage/{storage}/import-metadata': ({ params }) => {
      const volume = params['volume'] ?? '';
      if (volume.endsWith('.ova')) return ova;
      if (volume.includes('broken'))
        throw new Refusal(400, 'the description is refused: it names a file outside of its folder');
      return {
        ...{ type: 'vm', source: 'esxi', format: 'image', warnings: [], net: {} },
        'create-args': { name: 'appliance', scsihw: 'virtio-scsi-single', boot: 'order=scsi0' },
        disks: { scsi0: volume },
        report: [
          { item: 'disk', what: { code: 'disk-image' }, value: 'appliance.qcow2', mapped: 1, key: 'scsi0' },
        ],
      };
    },
  };
}
