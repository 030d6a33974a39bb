// The user's own library of SSH public keys, as forms offer it.
import type { ApiMap } from '../../server/contract/index.ts';
import { api } from './client.ts';
import { createQuery, type Query } from './query.ts';
import { sessionUser } from './session.ts';

export type LibraryKey = ApiMap['GET /access/users/{userid}/ssh-keys']['reply'][number];

export function createOwnSshKeys(): Query<LibraryKey[]> {
  return createQuery(
    () => ({ userid: sessionUser() }),
    (of) => api('GET /access/users/{userid}/ssh-keys', of),
  );
}
