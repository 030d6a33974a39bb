// What refusals say is missing.
import { expect, test } from 'vitest';
import { missingPrivilege } from './missing-privilege.ts';

test.each([
  ['Permission check failed (/vms/100, VM.PowerMgmt)', '/vms/100', ['VM.PowerMgmt'], false],
  [
    'Permission check failed (/, Sys.Modify, Permissions.Modify)',
    '/',
    ['Sys.Modify', 'Permissions.Modify'],
    false,
  ],
  [
    'Permission check failed (/pool/a/b, Permissions.Modify|Pool.Allocate)',
    '/pool/a/b',
    ['Permissions.Modify', 'Pool.Allocate'],
    true,
  ],
] as const)('%s', (message, path, privileges, anyOf) => {
  expect(missingPrivilege(message)).toEqual({ path, privileges, anyOf });
});

test.each([
  'Permission check failed',
  'Permission check failed (not the own user)',
  'Permission check failed (only root@pam may do this)',
  'Permission check failed (/pool/{poolid}, needs pool)',
  'storage (/mnt/x, y is full) is broken',
])('%s names none', (message) => {
  expect(missingPrivilege(message)).toBeUndefined();
});
