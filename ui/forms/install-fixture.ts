// A machine and a filled-in form for the tests of the install page's pure parts.
import type { MachineFactsReply } from '../../server/contract/appliance.ts';
import type { DiskItem, InstallForm } from './install.ts';

export const GB = 1e9;

export function disk(name: string, more: Partial<DiskItem> = {}): DiskItem {
  return {
    ...{ path: `/dev/${name}`, name, ids: [], model: 'Disk', serial: 'S1', sizeBytes: 500 * GB },
    ...{ sectorBytes: 512, transport: 'sata', rotational: false, contents: [] },
    ...more,
  };
}

export const croft = { hostname: 'attic', version: '0.1.0', stateSchema: 1, keepable: true };

export const facts: MachineFactsReply = {
  firmware: 'uefi',
  memoryBytes: 8 * GB,
  disks: [
    disk('sda'),
    disk('sdb', { croft }),
    disk('sdc', { problem: 'it is too small: 12 GiB are needed' }),
    disk('sdd', { croft: { keepable: false, reason: 'its other half is not there' } }),
  ],
  nics: [
    { name: 'eth0', mac: '52:54:00:00:00:01', link: false, addresses: [] },
    { name: 'eth1', mac: '52:54:00:00:00:02', link: true, addresses: [] },
    {
      ...{ name: 'eth2', mac: '52:54:00:00:00:03', link: true },
      addresses: ['fe80::1/64', '2001:db8::7/64', '192.0.2.7/24'],
    },
  ],
};

export const sshKey =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE0123456789012345678901234567890123456789AB anna@desk';

export const form: InstallForm = {
  disks: ['sda'],
  keepGuests: false,
  nic: '52:54:00:00:00:03',
  mode: 'static',
  address: '192.0.2.10/24',
  gateway: '192.0.2.1',
  dns: '9.9.9.9, 2620:fe::fe 9.9.9.9',
  hostname: 'croft1.example.org',
  timezone: 'Europe/Rome',
  keyboard: 'it',
  language: 'it',
  password: 'correct horse',
  passwordAgain: 'correct horse',
  sshKeys: `\n# mine\n ${sshKey}\n`,
  sshPasswordLogin: true,
};
