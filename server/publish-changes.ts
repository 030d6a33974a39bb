// Tells everybody who listens that a guest or a storage was configured, and forgets the measurements of what is gone.
import type { ClusterStore } from './cluster/cluster-store.ts';
import type { CroftEventBody } from './contract/events.ts';
import { guestKinds } from './guests/config/guest-document.ts';

interface ChangeParts {
  readonly node: string;
  readonly store: ClusterStore;
  readonly publish: (event: CroftEventBody) => void;
  /** By the id of a resource. */
  readonly forget: (id: string) => void;
}

/** For as long as the store is there. */
export function publishChanges({ node, store, publish, forget }: ChangeParts): void {
  for (const kind of ['guests', 'storages'] as const) {
    const area = kind === 'guests' ? '/vms' : '/storage';
    store.watch(kind, ({ key, document }) => {
      const name = key.split('/')[1];
      publish({ type: 'config', path: `${area}/${name}` });
      if (document !== undefined) return;
      const gone =
        kind === 'guests' ? guestKinds.map((type) => `${type}/${name}`) : [`storage/${node}/${name}`];
      for (const id of gone) forget(id);
    });
  }
}
