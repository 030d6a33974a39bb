// The state of a storage on this node, as the API's lists have it. Pure.
import type { ContentKind, PluginDeclaration } from '../../storage-plugins/plugin.ts';
import type { ResourceItem } from '../contract/resources.ts';
import type { CircuitState } from './open-storages.ts';
import { contentsOf, isDisabled, isShared, type StorageConfig } from './storage-config.ts';
import type { Measured } from './storage-statuses.ts';

/** Sizes in bytes. */
export interface StorageStatus {
  readonly storage: string;
  readonly type: string;
  readonly content: string;
  readonly enabled: 0 | 1;
  readonly active: 0 | 1;
  readonly shared: 0 | 1;
  readonly total: number;
  readonly used: number;
  readonly avail: number;
  readonly used_fraction: number;
  /** Why it cannot be used. */
  readonly problem?: string;
  /** While calls are refused at once because it did not answer: since when, and when it is tried again. Seconds since the epoch. */
  readonly circuit?: { readonly since: number; readonly retry: number };
  /** What its administrator should know though it works. */
  readonly warnings?: string[];
  /** How full, in percent, when that is worth a word. */
  readonly space?: 75 | 85 | 95;
  /** Kinds of volumes that go here when nobody says where. */
  readonly default_for?: string[];
}

export interface StatusFacts {
  readonly config: StorageConfig;
  /** Undefined when no plugin of its type is here. */
  readonly declaration: PluginDeclaration | undefined;
  readonly measured: Measured;
  /** While its circuit breaker keeps callers away. */
  readonly circuit: CircuitState;
  readonly defaultFor: readonly ContentKind[];
}

export function renderStatus({
  config,
  declaration,
  measured,
  circuit,
  defaultFor,
}: StatusFacts): StorageStatus {
  const { totalBytes = 0, usedBytes = 0, availableBytes = 0, warnings = [] } = measured.usage ?? {};
  const { problem } = measured;
  return {
    storage: config.id,
    type: config.type,
    content: contentsOf(config).join(','),
    enabled: isDisabled(config) ? 0 : 1,
    active: problem === undefined ? 1 : 0,
    shared: declaration && isShared(config, declaration) ? 1 : 0,
    total: totalBytes,
    used: usedBytes,
    avail: availableBytes,
    used_fraction: totalBytes === 0 ? 0 : usedBytes / totalBytes,
    ...(problem === undefined ? {} : { problem }),
    ...(circuit === undefined
      ? {}
      : { circuit: { since: seconds(circuit.since), retry: Math.ceil(circuit.retryAt / 1000) } }),
    ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
    ...(measured.space ? { space: measured.space } : {}),
    ...(defaultFor.length === 0 ? {} : { default_for: [...defaultFor] }),
  };
}

/** For the cluster's list of resources. `measured` undefined: never yet. */
export function renderResource(
  node: string,
  facts: Pick<StatusFacts, 'config' | 'declaration'> & { readonly measured: Measured | undefined },
): ResourceItem {
  const measured = facts.measured ?? { usage: undefined, problem: undefined };
  const status = renderStatus({ ...facts, measured, circuit: undefined, defaultFor: [] });
  const usable = measured.usage !== undefined && measured.problem === undefined;
  return {
    id: `storage/${node}/${status.storage}`,
    type: 'storage',
    node,
    status: usable ? 'available' : 'unknown',
    storage: status.storage,
    plugintype: status.type,
    content: status.content,
    shared: status.shared,
    disk: status.used,
    maxdisk: status.total,
    ...(status.problem === undefined ? {} : { problem: status.problem }),
    ...(status.warnings === undefined ? {} : { warnings: status.warnings }),
    ...(status.space === undefined ? {} : { space: status.space }),
  };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
