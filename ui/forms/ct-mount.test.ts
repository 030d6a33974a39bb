// Mount points of containers: what forms make is what the contract takes.
import { expect, test } from 'vitest';
import { ctMountString, ctRootfsString } from '../../server/contract/lxc-strings.ts';
import { addedMount, changedMount, checkMount, type MountForm, newMount, readMount } from './ct-mount.ts';
import { parseProperties } from './property-string.ts';

const volume: MountForm = { ...newMount(), storage: 'local', target: '/data' };
const bind: MountForm = { ...newMount(), source: 'bind', folder: '/srv/films', target: '/films' };

test.each<[MountForm, boolean, string]>([
  [volume, true, 'local:8,mp=/data,backup=1'],
  [
    {
      ...volume,
      sizeGiB: '20',
      backup: false,
      quota: true,
      readOnly: true,
      acl: 'off',
      options: ['noatime', 'nodev'],
    },
    true,
    'local:20,mp=/data,ro=1,quota=1,acl=0,mountoptions=noatime;nodev',
  ],
  [bind, true, '/srv/films,mp=/films,keepattrs=1'],
  [{ ...bind, owners: 'own' }, true, '/srv/films,mp=/films'],
  [bind, false, '/srv/films,mp=/films'],
])('%j, unprivileged %s, makes %s', (form, unprivileged, text) => {
  expect(checkMount(form, [], true)).toEqual({});
  expect(addedMount(form, unprivileged)).toBe(text);
  expect(ctMountString.parse(text)).toMatchObject({ ok: true });
});

test('reading and writing a mount changes nothing, also not what the form does not know', () => {
  for (const text of [
    'local:101/vm-101-disk-1.subvol,mp=/data,backup=1,mountoptions=noatime;nosuid,replicate=0,size=8G',
    '/srv/films,mp=/films,keepattrs=1,ro=1,shared=1',
    'volume=local:101/a.raw,mp=/x,acl=0,quota=1,size=4G',
  ]) {
    const before = parseProperties(text);
    const again = parseProperties(changedMount(readMount(before), before, 'mount'));
    expect(again.lead).toBe(before.lead);
    expect(Object.fromEntries(again.options)).toEqual(Object.fromEntries(before.options));
    expect(ctMountString.parse(changedMount(readMount(before), before, 'mount'))).toMatchObject({ ok: true });
  }
});

test('the root has neither place nor backup of its own', () => {
  const before = parseProperties('local:101/vm-101-disk-0.subvol,size=8G');
  const text = changedMount({ ...readMount(before), options: ['noatime'], backup: true }, before, 'root');
  expect(text).toBe('local:101/vm-101-disk-0.subvol,size=8G,mountoptions=noatime');
  expect(ctRootfsString.parse(text)).toMatchObject({ ok: true });
});

test.each<[MountForm, object]>([
  [{ ...volume, storage: '' }, { storage: 'required' }],
  [{ ...volume, sizeGiB: '0' }, { sizeGiB: 'number' }],
  [{ ...volume, target: 'data' }, { target: 'path' }],
  [{ ...volume, target: '/' }, { target: 'path' }],
  [{ ...volume, target: '/a/../etc' }, { target: 'path' }],
  [{ ...volume, target: '/proc/x' }, { target: 'ownTree' }],
  [{ ...volume, target: '/device' }, {}],
  [{ ...volume, target: '/taken//' }, { target: 'targetTaken' }],
  [{ ...bind, folder: 'srv' }, { folder: 'path' }],
])('%j is checked: %j', (form, wrong) => {
  expect(checkMount(form, ['/taken'], true)).toEqual(wrong);
});
