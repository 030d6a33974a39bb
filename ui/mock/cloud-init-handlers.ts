// The mock's answers about cloud-init: what is generated for a machine, making it anew, files for it.
import { cloudInitKeys, decodeSshKeys } from '../forms/cloud-init.ts';
import { guestOf } from './power-handlers.ts';
import type { Handlers } from './reply.ts';
import type { World } from './world.ts';

const base = '/nodes/{node}/qemu/{vmid}/cloudinit';

export function cloudInitHandlers(world: World): Handlers {
  return {
    [`GET ${base}/dump`]: async (request) => {
      await world.before('cloudinit');
      const { vmid = 0, name = '' } = guestOf(world, 'qemu', request);
      const config = { ...world.configs.get(vmid), ...world.pending.get(vmid) };
      const text = (key: string) => String(config[key] ?? '');
      if (request.params['type'] === 'meta') return 'instance-id: 6b1f0c1d2e3f405162738495a6b7c8d9e0f1a2b3\n';
      if (request.params['type'] === 'network')
        return `version: 1\nconfig:\n    - type: physical\n      name: eth0\n      mac_address: 'bc:24:11:00:00:64'\n      subnets:\n      - type: ${text('ipconfig0').includes('/') ? 'static' : 'dhcp4'}\n`;
      const keys = decodeSshKeys(text('sshkeys')).split('\n').filter(Boolean);
      return [
        '#cloud-config',
        `hostname: ${name}`,
        'manage_etc_hosts: true',
        ...(text('ciuser') === '' ? [] : [`user: ${text('ciuser')}`]),
        ...(text('cipassword') === '' ? [] : ['password: "**********"']),
        ...(keys.length === 0 ? [] : ['ssh_authorized_keys:', ...keys.map((key) => `  - ${key}`)]),
        'chpasswd:\n  expire: false\n',
      ].join('\n');
    },
    [`PUT ${base}`]: (request) => {
      const { vmid = 0 } = guestOf(world, 'qemu', request);
      const config = world.configs.get(vmid) ?? {};
      const pending = world.pending.get(vmid) ?? {};
      for (const [key, value] of Object.entries(pending)) {
        if (!cloudInitKeys.test(key)) continue;
        delete pending[key];
        if (value === null) delete config[key];
        else config[key] = value;
      }
      world.emit({ type: 'config', path: `/vms/${vmid}` });
      return null;
    },
  };
}

export const mockKey = (comment: string) =>
  `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ${comment}`;

/** A machine with a drive and all that can be set. */
export function cloudInitConfig(vmid: number): Record<string, string> {
  return {
    ide2: `local:${vmid}/vm-${vmid}-cloudinit.qcow2,media=cdrom,size=4M`,
    net0: 'virtio=BC:24:11:00:00:64,bridge=vmbr0',
    net1: 'virtio=BC:24:11:00:01:64,bridge=vmbr1',
    ciuser: 'anna',
    cipassword: '**********',
    sshkeys: encodeURIComponent([mockKey('anna@desk'), mockKey('deploy <b>key</b>')].join('\n')),
    ipconfig0: 'ip=192.0.2.20/24,gw=192.0.2.1,ip6=auto',
    nameserver: '192.0.2.53 2001:db8::53',
    searchdomain: 'example.org',
    ciupgrade: '0',
    cicustom: 'vendor=local:snippets/hook.sh',
  };
}
