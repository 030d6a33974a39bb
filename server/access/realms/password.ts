// Realm `pve`: passwords kept in the ClusterStore as scrypt hashes.
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import { type PasswordDocument, passwordKey, readAs } from '../documents.ts';
import { dummyHash, hashPassword, verifyPassword } from '../password-hash.ts';
import type { PasswordCheck, Realm } from './realm.ts';

/** The realm named `realm` (usually `pve`) over the store's `passwords/...` documents. */
export function passwordRealm(store: ClusterStore, realm = 'pve'): Realm {
  return {
    type: 'pve',
    authenticate: async ({ name, password }: PasswordCheck) => {
      const stored = readAs<PasswordDocument>(store, passwordKey(`${name}@${realm}`))?.value.hash;
      const right = await verifyPassword(password, stored ?? dummyHash);
      return right && stored !== undefined;
    },
    setPassword: async (name, password) => {
      const value: PasswordDocument = { hash: await hashPassword(password) };
      await store.write(passwordKey(`${name}@${realm}`), value);
    },
  };
}
