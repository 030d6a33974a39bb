// How this node runs VMs, proven once for each state of the machine and remembered.
import type { ClusterStore, Json } from '../cluster/cluster-store.ts';
import type { Logger } from '../core/log.ts';

export interface Accelerator {
  readonly accelerator: 'kvm' | 'tcg';
  /** In plain words, for people. */
  readonly reason: string;
}

export interface AcceleratorChoice {
  /** What is known now; emulation until the proof is there. */
  current(): Accelerator;
  /** Proves it, or takes the remembered answer when nothing about the machine changed. */
  settle(): Promise<Accelerator>;
}

export interface AcceleratorChoiceParts {
  readonly node: string;
  readonly store: ClusterStore;
  readonly log: Logger;
  /** Changes whenever the answer may change. */
  cacheKey(): Promise<string>;
  detect(): Promise<Accelerator>;
}

const pending: Accelerator = { accelerator: 'tcg', reason: 'hardware virtualization is still being tried' };

export function createAcceleratorChoice(parts: AcceleratorChoiceParts): AcceleratorChoice {
  const documentKey = `accelerators/${parts.node}`;
  let known = pending;
  return {
    current: () => known,
    async settle() {
      const cacheKey = await parts.cacheKey();
      const kept = parts.store.read(documentKey)?.value as (Accelerator & { cacheKey: string }) | undefined;
      if (kept?.cacheKey === cacheKey) {
        known = { accelerator: kept.accelerator, reason: kept.reason };
        return known;
      }
      known = await parts.detect();
      await parts.store.write(documentKey, { ...known, cacheKey } satisfies Json);
      parts.log.info({ ...known }, 'how virtual machines run here');
      return known;
    },
  };
}
