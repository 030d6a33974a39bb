// Nodes and storages, found without looking through the guests again: theirs are the thousands of changes.
import { createMemo } from 'solid-js';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { live } from './store.ts';

/** All nodes and storages; the ids are gone through only when something comes or goes. */
export function createInfrastructure(): () => ResourceItem[] {
  const ids = createMemo(() => Object.keys(live.resources).filter((id) => /^(node|storage)\//.test(id)));
  return () =>
    ids()
      .map((id) => live.resources[id])
      .filter((item) => item !== undefined);
}
