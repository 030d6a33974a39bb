import { describe, expect, it, test } from 'vitest';
import { createVm } from '../../server/contract/qemu-config.ts';
import {
  type CloudInitForm,
  checkCloudInit,
  cloudInitParams,
  letsNobodyIn,
  newCloudInit,
} from './create-cloud-init.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl anna@home';
const drive = { key: 'ide2', storage: 'local' };

test('as it comes, it asks for addresses and lets nobody in', () => {
  expect(cloudInitParams(newCloudInit, drive, true)).toEqual({
    ide2: 'local:cloudinit',
    ipconfig0: 'ip=dhcp,ip6=auto',
  });
  expect(letsNobodyIn(newCloudInit)).toBe(true);
  expect(letsNobodyIn({ ...newCloudInit, ciPassword: 'x' })).toBe(false);
  expect(letsNobodyIn({ ...newCloudInit, sshKeys: `# none\n${key}` })).toBe(false);
});

test('a full form is what the API takes', () => {
  const params = cloudInitParams(
    {
      ...newCloudInit,
      ...{
        ciUser: ' anna ',
        ciPassword: 'correct horse',
        ciPasswordAgain: 'correct horse',
        sshKeys: `${key}\n`,
      },
      ...{ ip4: 'static', address4: '192.0.2.5/24', gateway4: '192.0.2.1', ip6: 'none' },
      ...{ nameserver: '192.0.2.53, 2001:db8::53', searchdomain: 'example.org', ciUpgrade: false },
    },
    drive,
    true,
  );
  expect(params).toEqual({
    ide2: 'local:cloudinit',
    ciuser: 'anna',
    cipassword: 'correct horse',
    sshkeys: encodeURIComponent(key),
    ipconfig0: 'ip=192.0.2.5/24,gw=192.0.2.1',
    nameserver: '192.0.2.53 2001:db8::53',
    searchdomain: 'example.org',
    ciupgrade: false,
  });
  expect(createVm.params.safeParse({ node: 'a', vmid: 100, ...params }).error?.issues).toBeUndefined();
});

test('without a drive nothing is said, without a card nothing of addresses', () => {
  expect(cloudInitParams({ ...newCloudInit, cloudInit: false, ciUser: 'anna' }, drive, true)).toEqual({});
  expect(cloudInitParams(newCloudInit, drive, false)).toEqual({ ide2: 'local:cloudinit' });
});

describe('a slip', () => {
  it.each([
    [{ ciUser: 'a b' }, { ciUser: 'ciUser' }],
    [{ ciUser: '-a' }, { ciUser: 'ciUser' }],
    [{ ciUser: 'a:b' }, { ciUser: 'ciUser' }],
    [{ ciPassword: 'x' }, { ciPasswordAgain: 'passwordDiffers' }],
    [{ sshKeys: 'my key' }, { sshKeys: 'sshKey' }],
    [{ sshKeys: '-----BEGIN OPENSSH PRIVATE KEY-----' }, { sshKeys: 'privateKey' }],
    [{ ip4: 'static', address4: '192.0.2.5' }, { address4: 'cidr4' }],
    [{ nameserver: 'ns.example.org' }, { nameserver: 'nameserver' }],
    [{ searchdomain: 'exa_mple' }, { searchdomain: 'searchdomain' }],
  ] as [Partial<CloudInitForm>, object][])('%j', (part, problems) => {
    expect(checkCloudInit({ ...newCloudInit, ...part }, true)).toEqual(problems);
    expect(checkCloudInit({ ...newCloudInit, ...part, cloudInit: false }, true)).toEqual({});
  });

  it('in addresses counts only where there is a card', () => {
    expect(checkCloudInit({ ...newCloudInit, ip4: 'static' }, false)).toEqual({});
  });
});
