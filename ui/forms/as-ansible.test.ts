// New guests as tasks of Ansible: what they say, what they cannot say, and that words stay words.
import { expect, test } from 'vitest';
import { asAnsible, yamlText } from './as-ansible.ts';
import { cloneRequest, cloudRequest, ctRequest, hostileRequest, vmRequest } from './as-requests-fixture.ts';

const origin = 'https://croft.example:8006';

test('a VM, made and then started', () => {
  expect(asAnsible(vmRequest, origin, 'Missing:')).toBe(`- name: "Create VM 100"
  community.proxmox.proxmox_kvm:
    api_host: "croft.example"
    api_user: "{{ croft_user }}"
    api_token_id: "{{ croft_token_id }}"
    api_token_secret: "{{ croft_token_secret }}"
    node: "pve1"
    vmid: 100
    agent: "enabled=1"
    bios: "ovmf"
    boot: "order=scsi0;ide2;net0"
    cpu: "x86-64-v2-AES"
    machine: "q35"
    name: "web-1"
    ostype: "win11"
    scsihw: "virtio-scsi-single"
    cores: 2
    memory: 4096
    efidisk0:
      storage: "local"
      efitype: "4m"
      pre_enrolled_keys: true
    ide:
      ide2: "local:iso/win.iso,media=cdrom"
      ide3: "local:iso/virtio-win.iso,media=cdrom"
    scsi:
      scsi0: "local:32,discard=on"
    net:
      net0: "virtio,bridge=vmbr0"
    serial:
      serial0: "socket"
    state: "present"

- name: "Start VM 100"
  community.proxmox.proxmox_kvm:
    api_host: "croft.example"
    api_user: "{{ croft_user }}"
    api_token_id: "{{ croft_token_id }}"
    api_token_secret: "{{ croft_token_secret }}"
    node: "pve1"
    vmid: 100
    state: "started"`);
});

test('a container; its password is a variable and in no log', () => {
  const text = asAnsible(ctRequest, 'https://croft.example', 'Missing:');
  expect(text).toContain('    api_port: 443\n');
  expect(text).toContain('  community.proxmox.proxmox:\n');
  expect(text).toContain('    password: "{{ croft_password }}"\n    state: "present"\n  no_log: true');
  expect(text).not.toContain('correct horse');
  expect(text).toContain('    disk: "local:8"\n    features:\n      - "nesting=1"\n');
  expect(text).toContain('    pubkey: "ssh-ed25519 AAAA me@home\\nssh-ed25519 BBBB you@home"');
  expect(text).toContain('    unprivileged: true\n');
  expect(text).toContain('    netif:\n      net0: "name=eth0,bridge=vmbr0,');
  expect(text).not.toContain('Missing');
});

test('the API makes a privileged container where the module would not', () => {
  const { unprivileged: _, ...params } = ctRequest.params;
  expect(asAnsible({ ...ctRequest, params }, origin, '')).toContain('    unprivileged: false\n');
});

test('what has no place is named, never dropped', () => {
  const params = { ...vmRequest.params, start: false, smbios1: 'uuid=x', tags: 'b;a', numa: true };
  const text = asAnsible({ ...vmRequest, params }, origin, 'Missing:');
  expect(text).toContain('    numa_enabled: true\n    tags:\n      - "a"\n      - "b"\n');
  expect(text.endsWith('state: "present"\n\n# Missing:\n#   smbios1')).toBe(true);
});

test('words of a person end no text, and Ansible fills in nothing there', () => {
  const text = asAnsible(hostileRequest, origin, 'Missing:');
  const line = text.split('\n').find((one) => one.startsWith('    description: ')) ?? '';
  expect(line).toMatch(/^ {4}description: !unsafe "'; rm -rf/);
  expect(line).toContain('{{ croft_token_secret }}');
  expect(line).toContain('\\u2028é');
  expect(yamlText('{% a %}')).toBe('!unsafe "{% a %}"');
  expect(yamlText('yes')).toBe('"yes"');
});

test('what cloud-init is told, the keys as they are and the password from a variable', () => {
  const text = asAnsible(cloudRequest, origin, 'Missing:');
  for (const lines of [
    'ciuser: "anna"',
    'ciupgrade: false',
    'nameservers:\n      - "192.0.2.53"\n      - "2001:db8::53"',
    'searchdomains:\n      - "example.org"',
    'sshkeys: "ssh-ed25519 AAAA me@home\\nssh-ed25519 BBBB you@home"',
    'ipconfig:\n      ipconfig0: "ip=192.0.2.5/24,gw=192.0.2.1,ip6=auto"',
    'ide:\n      ide2: "local:cloudinit"',
    'cipassword: "{{ croft_cipassword }}"',
  ])
    expect(text).toContain(`    ${lines}\n`);
  expect(text).not.toContain('correct horse');
  expect(text).not.toContain('Missing:');
});

test('a clone of a template, changed and started by tasks of their own', () => {
  const text = asAnsible(cloneRequest, origin, 'Missing:');
  const tasks = text.split('\n\n').map((task) => task.split('\n'));
  expect(tasks.map(([name]) => name)).toEqual([
    '- name: "Clone VM 105"',
    '- name: "Configure VM 105"',
    '- name: "Reset settings of VM 105"',
    '- name: "Start VM 105"',
  ]);
  expect(tasks[0]?.slice(7).map((line) => line.trim())).toEqual([
    ...['vmid: 9000', 'clone: "9000"', 'newid: 105', 'name: "web-5"', 'pool: "shop"', 'storage: "fast"'],
    ...['full: true', 'timeout: 3600', 'state: "present"'],
  ]);
  expect(tasks[1]?.slice(7).map((line) => line.trim())).toEqual([
    ...['vmid: 105', 'ciuser: "anna"', 'cores: 4', 'ipconfig:', 'ipconfig0: "ip=192.0.2.5/24,gw=192.0.2.1"'],
    ...['cipassword: "{{ croft_cipassword }}"', 'update: true', 'state: "present"', 'no_log: true'],
  ]);
  expect(tasks[2]).toContain('    delete: "nameserver"');
  expect(text).not.toContain('correct horse');
  const linked = { ...cloneRequest, params: {}, clone: { vmid: 9000, params: {}, settings: {} } };
  expect(asAnsible(linked, origin, 'Missing:')).toContain('    full: false\n    state: "present"');
  expect(asAnsible(linked, origin, 'Missing:')).not.toContain('Configure');
});
