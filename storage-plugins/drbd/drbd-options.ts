// The options of a `drbd` storage, checked: the two nodes, the volume group, the secret, the ports. Pure.
import { isIPv4, isIPv6 } from 'node:net';
import { invalidInput } from '../../server/core/errors.ts';
import { readGroupName, readPoolName } from '../lvm-volumes/lvm-names.ts';

export interface Peer {
  /** As `uname -n` says on it: drbdadm looks itself up by that. */
  readonly node: string;
  readonly address: string;
}

export interface DrbdOptions {
  readonly group: string;
  /** Without it volumes are thick. */
  readonly pool: string | undefined;
  readonly peers: readonly [Peer, Peer];
  readonly secret: string;
  /** TCP ports, one for each volume; the port is also the number of its device: `/dev/drbd7000`. */
  readonly ports: { readonly first: number; readonly last: number };
}

const defaultPorts = '7000-7999';

/** `invalid-input` about the option that breaks its rule. */
export function readDrbdOptions(options: Readonly<Record<string, unknown>>): DrbdOptions {
  return {
    group: readGroupName('vgname', options['vgname']),
    pool: options['thinpool'] === undefined ? undefined : readPoolName('thinpool', options['thinpool']),
    peers: readPeers(options['peers']),
    secret: readSecret(options['secret']),
    ports: readPorts(options['ports'] ?? defaultPorts),
  };
}

/** `pve1=10.0.0.1,pve2=10.0.0.2`: exactly two, for DRBD 8.4 mirrors between two. */
function readPeers(value: unknown): [Peer, Peer] {
  const peers = String(value ?? '')
    .split(/[,;\s]+/)
    .filter((word) => word !== '')
    .map((word) => {
      const [, node = '', address = ''] = /^([^=]+)=(.+)$/.exec(word) ?? [];
      const isNode = /^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/.test(node);
      // Host names are no addresses: DRBD's module takes numbers only.
      if (!isNode || (!isIPv4(address) && !isIPv6(address)))
        throw invalidInput({ peers: `'${word.slice(0, 100)}' is not <node>=<IP address>` });
      return { node, address };
    });
  const [one, other, ...more] = peers;
  if (one === undefined || other === undefined || more.length > 0)
    throw invalidInput({ peers: 'name two nodes: <node>=<IP address>,<node>=<IP address>' });
  if (one.node === other.node || one.address === other.address)
    throw invalidInput({ peers: 'a node cannot be its own peer' });
  if (isIPv4(one.address) !== isIPv4(other.address))
    throw invalidInput({ peers: 'both addresses must be IPv4, or both IPv6' });
  return [one, other];
}

/** drbd.conf(5): at most 64 characters, in quotes. */
function readSecret(value: unknown): string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9_.+/=-]{16,64}$/.test(value))
    throw invalidInput({ secret: '16 to 64 letters, digits and the characters _ . + / = -' });
  return value;
}

function readPorts(value: unknown): { first: number; last: number } {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(String(value));
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || first < 1024 || last > 65_535 || first > last)
    throw invalidInput({ ports: 'write the first and the last port, from 1024 to 65535: 7000-7999' });
  return { first, last };
}
