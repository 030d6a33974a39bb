// Paths on which roles are given: which there are, which can be, and which lie above. Pure.
import type { ResourceItem } from '../../../server/contract/resources.ts';
import { parentOf } from './rights.ts';

/** The kinds of things that paths name, for a word beside them. */
export type PathKind =
  | 'all'
  | 'guests'
  | 'guest'
  | 'storages'
  | 'storage'
  | 'nodes'
  | 'node'
  | 'pools'
  | 'pool'
  | 'access'
  | 'groups'
  | 'group'
  | 'realm'
  | 'networks'
  | 'mapping'
  | 'other';

const kinds: readonly (readonly [RegExp, PathKind])[] = [
  [/^\/$/, 'all'],
  [/^\/vms$/, 'guests'],
  [/^\/vms\/./, 'guest'],
  [/^\/storage$/, 'storages'],
  [/^\/storage\/./, 'storage'],
  [/^\/nodes$/, 'nodes'],
  [/^\/nodes\/./, 'node'],
  [/^\/pool$/, 'pools'],
  [/^\/pool\/./, 'pool'],
  [/^\/access$/, 'access'],
  [/^\/access\/groups$/, 'groups'],
  [/^\/access\/groups\/./, 'group'],
  [/^\/access\/realm/, 'realm'],
  [/^\/sdn/, 'networks'],
  [/^\/mapping/, 'mapping'],
];

export function pathKind(path: string): PathKind {
  return kinds.find(([pattern]) => pattern.test(path))?.[1] ?? 'other';
}

export interface KnownPath {
  readonly path: string;
  readonly kind: PathKind;
  /** The name of a guest, whose path holds only its number. */
  readonly name: string;
}

const always = ['/', '/vms', '/storage', '/nodes', '/pool', '/access', '/access/groups', '/sdn', '/mapping'];

/** What can be named: everything there is, the general ones first. */
export function knownPaths(of: {
  readonly resources: readonly ResourceItem[];
  readonly pools: readonly string[];
  readonly groups: readonly string[];
  readonly realms: readonly string[];
}): KnownPath[] {
  const names = new Map<string, string>();
  for (const item of of.resources) {
    if (item.vmid !== undefined) names.set(`/vms/${item.vmid}`, item.name ?? '');
    else if (item.type === 'node') names.set(`/nodes/${item.node}`, '');
    else if (item.storage !== undefined) names.set(`/storage/${item.storage}`, '');
  }
  for (const pool of of.pools) names.set(`/pool/${pool}`, '');
  for (const group of of.groups) names.set(`/access/groups/${group}`, '');
  for (const realm of of.realms) names.set(`/access/realm/${realm}`, '');
  const order = new Intl.Collator('en', { numeric: true });
  const single = [...names.keys()].sort(order.compare);
  return [...always, ...single].map((path) => ({ path, kind: pathKind(path), name: names.get(path) ?? '' }));
}

/** One slash at the front, single ones between, none at the end; undefined for what no path can be. */
export function asPath(typed: string): string | undefined {
  const path = `/${typed.trim()}`.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
  return /^[A-Za-z0-9._/-]{1,256}$/.test(path) && typed.trim() !== '' ? path : undefined;
}

export interface Grant {
  readonly path: string;
  readonly roleid: string;
  readonly type: 'user' | 'group' | 'token';
  readonly ugid: string;
  readonly propagate?: 0 | 1 | undefined;
}

/** The roles given on a path itself, and those that reach it from above (nearest first) or from the pools that it is in. */
export function grantsOn(
  grants: readonly Grant[],
  path: string,
  pools: readonly string[],
): { readonly here: Grant[]; readonly above: Grant[] } {
  const upwards = (from: string): string[] => {
    const at = parentOf(from);
    return at === undefined ? [] : [at, ...upwards(at)];
  };
  const places = [
    ...pools.flatMap((pool) => [`/pool/${pool}`, ...upwards(`/pool/${pool}`)]),
    ...upwards(path),
  ];
  // The root is above both the path and its pools.
  const order = [...new Set(places.filter((one) => one !== '/')), '/'];
  return {
    here: grants.filter((one) => one.path === path),
    above: order
      .filter((one) => one !== path)
      .flatMap((place) =>
        // A pool hands its roles to its members whether or not they reach pools below it.
        grants.filter((one) => one.path === place && (one.propagate !== 0 || isPool(place, pools))),
      ),
  };
}

const isPool = (place: string, pools: readonly string[]) => pools.some((pool) => place === `/pool/${pool}`);
