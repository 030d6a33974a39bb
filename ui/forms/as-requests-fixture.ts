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

/** Words that a shell, HCL, YAML or Ansible would take for something else. */
export const hostileText = `'; rm -rf / #\n$(id) \`id\` \${var.x} %{if} {{ croft_token_secret }} "\\\u2028é --start`;

export const hostileRequest: CodeRequest = {
  kind: 'qemu',
  node: 'a b',
  vmid: 102,
  params: { name: '--json', description: hostileText, memory: 512, onboot: false, tags: '-x;--yes' },
};
