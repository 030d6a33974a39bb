// Whether the user may give and take roles on a path: by the same privileges that the daemon asks for.
import type { Privilege } from '../../../server/contract/permission.ts';
import type { OwnRights } from './access-data.ts';
import { pathKind } from './acl-paths.ts';

/** Who may make a thing may say who may use it. */
const making: Readonly<Partial<Record<ReturnType<typeof pathKind>, Privilege>>> = {
  guest: 'VM.Allocate',
  storage: 'Datastore.Allocate',
  pool: 'Pool.Allocate',
};

/** Why it cannot be done; undefined when it can. */
export function mayModify(rights: OwnRights, path: string): string | undefined {
  const also = making[pathKind(path)];
  return rights.lacking(path, 'Permissions.Modify', ...(also === undefined ? [] : [also]));
}
