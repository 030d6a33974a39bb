import { expect, test } from 'vitest';
import { privileges } from '../contract/permission.ts';
import { isAclPath, normalizeAclPath, parentPath } from './acl-path.ts';
import { builtInRoles } from './roles.ts';
import { isTokenName, splitTokenId, splitUserId } from './user-id.ts';

const sizes = Object.fromEntries([...builtInRoles].map(([id, set]) => [id, set.size]));

test('the built-in roles are those of the API', () => {
  expect(sizes).toEqual({
    Administrator: 47,
    NoAccess: 0,
    PVEAdmin: 40,
    PVEAuditor: 7,
    PVEDatastoreAdmin: 4,
    PVEDatastoreUser: 2,
    PVEMappingAdmin: 3,
    PVEMappingUser: 2,
    PVEPoolAdmin: 2,
    PVEPoolUser: 1,
    PVESDNAdmin: 3,
    PVESDNUser: 2,
    PVESysAdmin: 3,
    PVETemplateUser: 2,
    PVEUserAdmin: 3,
    PVEVMAdmin: 23,
    PVEVMUser: 10,
  });
});

test('what PVEAdmin lacks', () => {
  const admin = builtInRoles.get('PVEAdmin')!;
  expect(privileges.filter((privilege) => !admin.has(privilege))).toEqual([
    'Mapping.Modify',
    'Permissions.Modify',
    'Realm.Allocate',
    'Sys.AccessNetwork',
    'Sys.Incoming',
    'Sys.Modify',
    'Sys.PowerMgmt',
  ]);
});

test.each([
  '/',
  '/access',
  '/access/groups/staff',
  '/access/realm/pve',
  '/nodes/pve1',
  '/pool/a/b/c',
  '/sdn/zones/localnetwork/vmbr0/12',
  '/storage/local-lvm',
  '/vms/100',
  '/mapping/pci/gpu',
])('%s is a path for grants', (path) => {
  expect(isAclPath(path)).toBe(true);
});

test.each([
  '',
  'vms',
  '/vms/',
  '/vms/x',
  '/vms/1',
  '/vms/100/x',
  '/users',
  '/pool/a/b/c/d',
  '/storage/a/b',
  '//',
])('%s is not', (path) => {
  expect(isAclPath(path)).toBe(false);
});

test('paths have one spelling', () => {
  expect(normalizeAclPath('vms//100/')).toBe('/vms/100');
  expect(normalizeAclPath('/')).toBe('/');
  expect(normalizeAclPath('///')).toBe('/');
  expect(normalizeAclPath('')).toBe('/');
  expect(normalizeAclPath('/vms/100 ')).toBeUndefined();
  expect(normalizeAclPath('/storage/%2e')).toBeUndefined();
  expect(['/', '/vms', '/vms/100'].map(parentPath)).toEqual([undefined, '/', '/vms']);
});

test('user and token ids', () => {
  expect(splitUserId('root@pam')).toEqual({ name: 'root', realm: 'pam' });
  expect(splitUserId('a@b@ldap')).toEqual({ name: 'a@b', realm: 'ldap' });
  for (const bad of [
    'root',
    '@pam',
    'a b@pam',
    'a:b@pam',
    'a/b@pam',
    'a@',
    'a@-x',
    'a!b@pam',
    `${'a'.repeat(64)}@pam`,
  ])
    expect(splitUserId(bad)).toBeUndefined();
  expect(splitTokenId('a@pve!ci-1')).toEqual({ userid: 'a@pve', token: 'ci-1' });
  for (const bad of ['a@pve', 'a@pve!', 'a@pve!1x', '!x', 'a!x']) expect(splitTokenId(bad)).toBeUndefined();
  expect(isTokenName('x'.repeat(65))).toBe(false);
});
