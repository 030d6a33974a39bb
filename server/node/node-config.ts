// What is kept of a node besides its system's files: notes, how long its guests wait after a start, how full its memory may get.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { checkDigest, configDigest } from '../core/config-digest.ts';
import { invalidInput } from '../core/errors.ts';

/** Under `nodes/<node>` in the ClusterStore; the API's keys. */
export type NodeConfigDocument = {
  readonly description?: string;
  /** Seconds. */
  readonly 'startall-onboot-delay'?: number;
  /** Percent of the memory that may be used before guests give some back; 80 when nobody says. */
  readonly 'ballooning-target'?: number;
};

export interface NodeConfigChange {
  readonly set: NodeConfigDocument;
  /** Keys, as the request gives them. */
  readonly remove: readonly string[];
  readonly digest: string | undefined;
}

export interface NodeConfig {
  /** With its digest. `property`: this key alone. */
  read(property?: string): NodeConfigDocument & { readonly digest: string };
  /** Throws `invalid-input` for a key that there is not, `wrong-state` when the digest is of another configuration. */
  change(change: NodeConfigChange): Promise<void>;
}

const keys = ['description', 'startall-onboot-delay', 'ballooning-target'] as const;

export function createNodeConfig({ store, node }: { store: ClusterStore; node: string }): NodeConfig {
  const key = `nodes/${node}`;
  const stored = () => (store.read(key)?.value ?? {}) as NodeConfigDocument;
  return {
    read(property) {
      const config = stored();
      const shown = Object.entries(config).filter(([name]) => property === undefined || name === property);
      return { ...Object.fromEntries(shown), digest: configDigest(config) };
    },
    async change({ set, remove, digest }) {
      for (const name of remove) {
        if (!keys.some((one) => one === name))
          throw invalidInput({ delete: `unknown option '${name}': there are ${keys.join(', ')}` });
        if (name in set) throw invalidInput({ delete: `'${name}' cannot be set and deleted at once` });
      }
      const version = store.read(key)?.version ?? 0;
      const config = stored();
      checkDigest(config, digest);
      const kept = Object.entries({ ...config, ...set }).filter(([name]) => !remove.includes(name));
      // Somebody who wrote in between is told, not overwritten.
      await store.write(key, Object.fromEntries(kept), version);
    },
  };
}
