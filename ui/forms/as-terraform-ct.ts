// A container as the resource `proxmox_virtual_environment_container`. Pure.
import type { Expression, HclBlock } from './as-hcl.ts';
import type { CodeRequest } from './as-request.ts';
import type { TakenParams, TakenProperties } from './as-taken.ts';
import {
  addressBlock,
  allocationOf,
  dnsBlock,
  resourceLabel,
  startupBlock,
  tagsOf,
} from './as-terraform-parts.ts';

/** Systems that the provider knows, by how names of templates begin. */
const systems =
  /(?:^|[/:_-])(alpine|archlinux|centos|debian|devuan|fedora|gentoo|nixos|opensuse|ubuntu)(?=[-_.\d]|$)/;

export function ctResource(
  request: CodeRequest,
  given: TakenParams,
  secretOf: (name: string) => Expression | undefined,
): HclBlock {
  const hostname = given.text('hostname');
  const template = given.text('ostemplate') ?? '';
  // Without one the provider says `unmanaged`: then nothing is set up inside.
  const system = given.text('ostype') ?? systems.exec(template)?.[1];
  if (system === undefined) given.miss('ostype');
  const { cards, addresses } = networks(given);
  return {
    name: 'resource',
    labels: ['proxmox_virtual_environment_container', resourceLabel(hostname, request.vmid)],
    attributes: {
      node_name: request.node,
      vm_id: request.vmid,
      description: given.text('description'),
      tags: tagsOf(given.text('tags')),
      unprivileged: given.flag('unprivileged') ?? false,
      protection: given.flag('protection'),
      pool_id: given.text('pool'),
      hook_script_file_id: given.text('hookscript'),
      // The provider starts a container with its node, and at once, unless it is told otherwise.
      start_on_boot: given.flag('onboot') ?? false,
      started: given.flag('start') ?? false,
    },
    blocks: [
      { name: 'operating_system', attributes: { template_file_id: template, type: system } },
      initialization(given, hostname, addresses, secretOf),
      cpuBlock(given),
      // Other defaults than the provider's.
      {
        name: 'memory',
        attributes: { dedicated: given.number('memory') ?? 512, swap: given.number('swap') ?? 512 },
      },
      rootBlock(given),
      featuresBlock(given),
      ...cards,
      startupBlock(given),
    ],
  };
}

function initialization(
  given: TakenParams,
  hostname: string | undefined,
  addresses: readonly HclBlock[],
  secretOf: (name: string) => Expression | undefined,
): HclBlock {
  const password = secretOf('password');
  const keys = given.text('ssh-public-keys')?.split('\n').filter(Boolean);
  return {
    name: 'initialization',
    attributes: { hostname },
    blocks: [
      dnsBlock(given),
      ...addresses,
      password === undefined && keys === undefined
        ? undefined
        : { name: 'user_account', attributes: { password, keys } },
    ],
  };
}

/** Without a number the provider takes one core, and a container all of the node's: that cannot be said. */
function cpuBlock(given: TakenParams): HclBlock | undefined {
  const cores = given.number('cores');
  const units = given.number('cpuunits');
  if (cores === undefined) given.miss('cores');
  return cores === undefined && units === undefined
    ? undefined
    : { name: 'cpu', attributes: { cores, units } };
}

function rootBlock(given: TakenParams): HclBlock | undefined {
  const block = given.properties('rootfs', (root) => {
    const made = allocationOf(root.text('volume') ?? root.lead);
    return made && { name: 'disk', attributes: { datastore_id: made.storage, size: made.gib } };
  });
  if (!block) given.miss('rootfs');
  return block;
}

function featuresBlock(given: TakenParams): HclBlock | undefined {
  return given.properties('features', (features) => ({
    name: 'features',
    attributes: {
      nesting: features.flag('nesting'),
      keyctl: features.flag('keyctl'),
      fuse: features.flag('fuse'),
      mount: features.text('mount')?.split(';'),
    },
  }));
}

/** Each card has a block for itself and one for its addresses, in the same order. One without a bridge is Croft's own. */
function networks(given: TakenParams): { cards: HclBlock[]; addresses: HclBlock[] } {
  const cards: HclBlock[] = [];
  const addresses: HclBlock[] = [];
  for (const key of given.names(/^net\d+$/)) {
    const made = given.properties(key, (net) => {
      const bridge = net.text('bridge');
      if (bridge === undefined || key !== `net${cards.length}`) return undefined;
      net.text('type');
      return { card: cardBlock(net, bridge), address: addressBlock(given, key, net) };
    });
    if (made) {
      cards.push(made.card);
      addresses.push(made.address);
    } else given.miss(key);
  }
  return { cards, addresses };
}

function cardBlock(net: TakenProperties, bridge: string): HclBlock {
  return {
    name: 'network_interface',
    attributes: {
      name: net.text('name'),
      bridge,
      mac_address: net.text('hwaddr'),
      vlan_id: net.number('tag'),
      firewall: net.flag('firewall'),
      rate_limit: net.number('rate'),
      mtu: net.number('mtu'),
    },
  };
}
