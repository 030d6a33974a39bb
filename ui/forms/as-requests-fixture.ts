// Requests for new guests that the tests of them as code share: usual ones, and one of hostile words.
import type { CodeRequest } from './as-request.ts';

export const vmRequest: CodeRequest = {
  kind: 'qemu',
  node: 'pve1',
  vmid: 100,
  params: {
    ...{ name: 'web-1', ostype: 'win11', cores: 2, memory: 4096, cpu: 'x86-64-v2-AES', machine: 'q35' },
    ...{ bios: 'ovmf', efidisk0: 'local:1,efitype=4m,pre-enrolled-keys=1', scsihw: 'virtio-scsi-single' },
    ...{ scsi0: 'local:32,discard=on', ide2: 'local:iso/win.iso,media=cdrom' },
    ...{ ide3: 'local:iso/virtio-win.iso,media=cdrom', net0: 'virtio,bridge=vmbr0' },
    ...{ boot: 'order=scsi0;ide2;net0', serial0: 'socket', agent: 'enabled=1', start: true },
  },
};

export const ctRequest: CodeRequest = {
  kind: 'lxc',
  node: 'pve1',
  vmid: 101,
  params: {
    ...{ ostemplate: 'local:vztmpl/debian-13_amd64.tar.zst', hostname: 'shop', unprivileged: true },
    ...{ features: 'nesting=1', rootfs: 'local:8', cores: 2, memory: 1024, swap: 0 },
    ...{ net0: 'name=eth0,bridge=vmbr0,ip=10.0.0.5/24,gw=10.0.0.1,ip6=auto', nameserver: '1.1.1.1 9.9.9.9' },
    ...{ searchdomain: 'example.org', password: 'correct horse', start: true },
    'ssh-public-keys': 'ssh-ed25519 AAAA me@home\nssh-ed25519 BBBB you@home',
  },
  secrets: ['password'],
};

/** A copy of an image that cloud-init sets up. */
export const cloudRequest: CodeRequest = {
  kind: 'qemu',
  node: 'pve1',
  vmid: 103,
  params: {
    ...{
      name: 'cloud',
      ostype: 'l26',
      cores: 2,
      memory: 2048,
      scsi0: 'local:0,import-from=local:import/d.qcow2',
    },
    ...{ ide2: 'local:cloudinit', ciuser: 'anna', cipassword: 'correct horse', ciupgrade: false },
    sshkeys: encodeURIComponent('ssh-ed25519 AAAA me@home\nssh-ed25519 BBBB you@home'),
    ...{ ipconfig0: 'ip=192.0.2.5/24,gw=192.0.2.1,ip6=auto', net0: 'virtio,bridge=vmbr0' },
    ...{ nameserver: '192.0.2.53 2001:db8::53', searchdomain: 'example.org' },
  },
  secrets: ['cipassword'],
};

/** A clone of a template, changed and started afterwards. */
export const cloneRequest: CodeRequest = {
  kind: 'qemu',
  node: 'pve1',
  vmid: 105,
  clone: {
    vmid: 9000,
    params: { name: 'web-5', pool: 'shop', full: true, storage: 'fast' },
    settings: {
      cpu: 'host',
      sockets: '2',
      cores: '1',
      memory: '1024',
      balloon: '0',
      ide2: 'local:cloudinit',
    },
  },
  params: {
    ...{ cores: 4, ciuser: 'anna', cipassword: 'correct horse', delete: 'nameserver', start: true },
    ipconfig0: 'ip=192.0.2.5/24,gw=192.0.2.1',
  },
  secrets: ['cipassword'],
};

/** Words that a shell, HCL, YAML or Ansible would take for something else. */
export const hostileText = `'; rm -rf / #\n$(id) \`id\` \${var.x} %{if} {{ croft_token_secret }} "\\\u2028é --start`;

export const hostileRequest: CodeRequest = {
  kind: 'qemu',
  node: 'a b',
  vmid: 102,
  params: { name: '--json', description: hostileText, memory: 512, onboot: false, tags: '-x;--yes' },
};
