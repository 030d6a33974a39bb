// The access part on a store of the test's, with a clock that tests move and passwords that cost nothing; for tests only.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { ClusterStore } from '../cluster/cluster-store.ts';
import type { Exec } from '../core/exec.ts';
import { type Access, type AccessOptions, createAccess } from './access-service.ts';
import type { AuditRecord } from './audit.ts';
import type { AuthKeys } from './auth-keys.ts';
import { type TestClock, testClock } from './clock-fixture.ts';
import type { PasswordCheck, Realm } from './realms/realm.ts';

export interface TestAccess {
  readonly access: Access;
  readonly store: ClusterStore;
  readonly clock: TestClock;
  readonly records: AuditRecord[];
  /** Every check that the `pam` realm was asked for. */
  readonly checks: PasswordCheck[];
  /** Passwords of the `pam` realm by user name; `root` has `root-password`. */
  readonly pamPasswords: Map<string, string>;
}

/** Nothing is run by a test that does not say so. */
const noExec: Exec = async (file) => {
  throw new Error(`not in this test: ${file}`);
};

export function keysInMemory(): AuthKeys {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const verifying: KeyObject[] = [publicKey];
  const csrf = Buffer.alloc(32, 7);
  return { signingKey: () => privateKey, verifyingKeys: () => verifying, csrfSecret: () => csrf };
}

/** `store`: usually a fresh memory store. */
export function testAccess(store: ClusterStore, options: Partial<AccessOptions> = {}): TestAccess {
  const clock = testClock();
  const records: AuditRecord[] = [];
  const checks: PasswordCheck[] = [];
  const pamPasswords = new Map([['root', 'root-password']]);
  const pam: Realm = {
    type: 'pam',
    authenticate: async (check) => {
      checks.push(check);
      return pamPasswords.get(check.name) === check.password;
    },
    setPassword: async (name, password) => {
      pamPasswords.set(name, password);
    },
  };
  const pvePasswords = new Map<string, string>();
  const pve: Realm = {
    type: 'pve',
    authenticate: async ({ name, password }) => pvePasswords.get(name) === password,
    setPassword: async (name, password) => {
      pvePasswords.set(name, password);
    },
  };
  const access = createAccess({
    store,
    dataDir: '/nonexistent',
    exec: noExec,
    clock,
    realms: new Map([
      ['pam', pam],
      ['pve', pve],
    ]),
    keys: keysInMemory(),
    auditSink: (record) => records.push(record),
    ...options,
  });
  return { access, store, clock, records, checks, pamPasswords };
}
