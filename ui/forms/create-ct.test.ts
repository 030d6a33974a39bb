// The create dialog's request for a container.
import { expect, test } from 'vitest';
import { createCt } from '../../server/contract/lxc-config.ts';
import { type CreateCtForm, checkCreateCt, createCtParams } from './create-ct.ts';
import { newNic } from './ct-net.ts';

const key = `ssh-ed25519 ${'A'.repeat(68)} me@home`;
const form: CreateCtForm = {
  node: 'a',
  vmid: '101',
  hostname: 'web',
  template: 'local:vztmpl/debian-13.tar.zst',
  password: 'correct horse',
  passwordAgain: 'correct horse',
  sshKeys: `\n${key}\n`,
  unprivileged: true,
  nesting: true,
  storage: 'local',
  rootGiB: '8',
  cores: '2',
  memoryMiB: '1024',
  swapMiB: '0',
  network: 'bridge',
  nic: { ...newNic('eth0'), bridge: 'vmbr0' },
  nameserver: '1.1.1.1, 2001:db8::1',
  searchdomain: 'example.org',
  start: true,
};
const problems = (change: Partial<CreateCtForm>) => {
  const { fields, nic } = checkCreateCt({ ...form, ...change });
  return { ...fields, ...nic };
};

test('a full form becomes the whole request, and the contract takes it', () => {
  const params = createCtParams(form);
  expect(params).toEqual({
    node: 'a',
    vmid: 101,
    ostemplate: 'local:vztmpl/debian-13.tar.zst',
    hostname: 'web',
    unprivileged: true,
    features: 'nesting=1',
    rootfs: 'local:8',
    cores: 2,
    memory: 1024,
    swap: 0,
    net0: 'name=eth0,bridge=vmbr0,ip=dhcp,ip6=auto',
    nameserver: '1.1.1.1 2001:db8::1',
    searchdomain: 'example.org',
    password: 'correct horse',
    'ssh-public-keys': key,
    start: true,
  });
  expect(createCt.params.safeParse(params).error).toBeUndefined();
  expect(problems({})).toEqual({});
});

test('what is left empty is not sent; being privileged is said', () => {
  const params = createCtParams({
    ...form,
    ...{
      hostname: '',
      password: '',
      sshKeys: '',
      cores: ' ',
      network: 'none',
      nameserver: '',
      searchdomain: '',
    },
    ...{ unprivileged: false, nesting: false, start: false },
  });
  expect(params).toEqual({
    node: 'a',
    vmid: 101,
    ostemplate: 'local:vztmpl/debian-13.tar.zst',
    unprivileged: false,
    rootfs: 'local:8',
    memory: 1024,
    swap: 0,
  });
});

test('a private address needs no bridge', () => {
  const routed = { ...form, network: 'routed' as const, nic: { ...form.nic, address4: '10.9.0.5' } };
  expect(createCtParams(routed)).toMatchObject({ net0: 'name=eth0,ip=10.9.0.5/32' });
  expect(problems(routed)).toEqual({});
  expect(createCt.params.safeParse(createCtParams(routed)).error).toBeUndefined();
});

test.each<[Partial<CreateCtForm>, object]>([
  [{ vmid: '99' }, { vmid: 'vmid' }],
  [{ hostname: 'no spaces' }, { hostname: 'name' }],
  [{ template: '' }, { template: 'template' }],
  [{ template: 'catalogue:debian-13' }, { template: 'templateNotHere' }],
  [{ password: '', passwordAgain: '', sshKeys: '# none' }, { password: 'noWayIn' }],
  [{ password: '', passwordAgain: '' }, {}],
  [{ password: 'abcd', passwordAgain: 'abcd' }, { password: 'passwordShort' }],
  [{ passwordAgain: 'other' }, { passwordAgain: 'passwordDiffers' }],
  [{ sshKeys: 'hello' }, { sshKeys: 'sshKey' }],
  [{ sshKeys: '-----BEGIN OPENSSH PRIVATE KEY-----' }, { sshKeys: 'privateKey' }],
  [{ storage: '' }, { storage: 'required' }],
  [{ rootGiB: '0' }, { rootGiB: 'number' }],
  [{ cores: '0' }, { cores: 'number' }],
  [{ cores: '' }, {}],
  [{ memoryMiB: '15' }, { memoryMiB: 'memory' }],
  [{ swapMiB: '-1' }, { swapMiB: 'whole' }],
  [{ nameserver: 'dns' }, { nameserver: 'nameserver' }],
  [{ searchdomain: 'a/b' }, { searchdomain: 'searchdomain' }],
  [{ nic: newNic('eth0') }, { bridge: 'required' }],
  [{ nic: newNic('eth0'), network: 'none' }, {}],
])('%j is checked: %j', (change, wrong) => {
  expect(problems(change)).toEqual(wrong);
});
