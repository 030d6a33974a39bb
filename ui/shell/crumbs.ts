// The way from the datacenter to the place that an address names. Pure.
import type { ResourceItem } from '../../server/contract/resources.ts';
import { hrefOf, labelOf } from './tree-model.ts';

export interface Crumb {
  readonly label: string;
  readonly href: string;
}

export interface CrumbParts {
  readonly path: string;
  readonly resourceOf: (id: string) => ResourceItem | undefined;
  /** The names of the places that are no resources, by the beginning of their address. */
  readonly places: Readonly<Record<string, string>>;
  readonly datacenter: string;
}

/** The datacenter is first; what is not known gets a crumb of its own name, for the page says that it is not there. */
export function crumbsOf({ path, resourceOf, places, datacenter }: CrumbParts): Crumb[] {
  const root = { label: datacenter, href: '/' };
  const [kind = '', name = '', part = '', partName = ''] = path.split('/').slice(1).map(decoded);
  if (kind === 'nodes' && name !== '') {
    const node = nodeCrumb(name);
    if (part !== 'storage' || partName === '') return [root, node];
    return [root, node, { label: partName, href: `${node.href}/storage/${encodeURIComponent(partName)}` }];
  }
  if (kind === 'vms' || kind === 'cts') {
    const item = resourceOf(`qemu/${name}`) ?? resourceOf(`lxc/${name}`);
    if (!item) return [root, { label: name, href: `/${kind}/${name}` }];
    const label = item.name === undefined ? labelOf(item) : `${item.vmid} ${item.name}`;
    return [root, nodeCrumb(item.node), { label, href: hrefOf(item) }];
  }
  const place = places[kind];
  return place === undefined ? [root] : [root, { label: place, href: `/${kind}` }];
}

function nodeCrumb(node: string): Crumb {
  return { label: node, href: `/nodes/${encodeURIComponent(node)}` };
}

/** Addresses are written by anybody. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The node of the place; undefined where there is none. */
export function nodeOfPlace(crumbs: readonly Crumb[]): string | undefined {
  return crumbs.find((crumb) => /^\/nodes\/[^/]+$/.test(crumb.href))?.label;
}
