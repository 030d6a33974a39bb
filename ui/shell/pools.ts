// The pools, read while somebody looks at them, and again when one of them changes.

import { api } from '../api/client.ts';
import type { ApiError } from '../api/errors.ts';
import { createQuery } from '../api/query.ts';
import { live } from '../live/store.ts';

export interface Pools {
  /** Their names; undefined until they are known. */
  names(): readonly string[] | undefined;
  error(): ApiError | undefined;
}

/** `wanted`: whether they are shown now. */
export function createPools(wanted: () => boolean): Pools {
  const changes = () =>
    Object.entries(live.configChanges).reduce(
      (sum, [path, count]) => (path.startsWith('/pool/') ? sum + count : sum),
      0,
    );
  const query = createQuery(
    () => wanted() && live.loaded && { revision: changes() },
    () => api('GET /pools', {}),
  );
  return { names: () => query.data()?.map((pool) => pool.poolid), error: query.error };
}
