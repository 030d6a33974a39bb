// Nodes and storages, found without looking through the guests again: theirs are the thousands of changes. And the guests of which
// something is to be told, which are looked for now and then.
import { createMemo } from 'solid-js';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { createCalm } from './calm.ts';
import { live } from './store.ts';

/** All nodes and storages; the ids are gone through only when something comes or goes. */
export function createInfrastructure(): () => ResourceItem[] {
  const ids = createMemo(() => Object.keys(live.resources).filter((id) => /^(node|storage)\//.test(id)));
  return () =>
    ids()
      .map((id) => live.resources[id])
      .filter((item) => item !== undefined);
}

/** Backups are missing for days: nobody has to know it within the second. */
const restMs = 2000;

/** The guests that have no recent backup, or none that could be restored, by number. */
export function createBackupAlerts(): () => ResourceItem[] {
  return createCalm(
    () =>
      Object.keys(live.resources)
        .flatMap((id) => (/^(qemu|lxc)\//.test(id) ? (live.resources[id] ?? []) : []))
        .filter((one) => one.backupAlert !== undefined || one.proofAlert !== undefined)
        .sort((a, b) => (a.vmid ?? 0) - (b.vmid ?? 0)),
    () => live.loaded,
    restMs,
  );
}
