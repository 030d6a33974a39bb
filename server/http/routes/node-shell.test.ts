// Who gets a shell of root without being asked for a password.
import { expect, test } from 'vitest';
import { type Privilege, privileges } from '../../contract/permission.ts';
import { isRoot } from './node-shell.ts';

const caller = (userid: string, tokenid: string | undefined, held: readonly Privilege[]) => ({
  ...{ userid, tokenid },
  privilegesOn: () => new Set(held),
});

test('root@pam, and a token of it that may do everything', () => {
  expect(isRoot(caller('root@pam', undefined, privileges))).toBe(true);
  expect(isRoot(caller('root@pam', 'root@pam!all', privileges))).toBe(true);
});

test('nobody else, whatever they may', () => {
  expect(isRoot(caller('root@pam', 'root@pam!some', ['Sys.Console']))).toBe(false);
  expect(isRoot(caller('root@pam', 'root@pam!most', privileges.slice(1)))).toBe(false);
  expect(isRoot(caller('admin@pve', undefined, privileges))).toBe(false);
  expect(isRoot(caller('root@pve', undefined, privileges))).toBe(false);
});
