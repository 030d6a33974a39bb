// DRBD's description of one mirrored volume, the same text on both nodes (drbd.conf(5) of 8.4), and how large its volume must be. Pure.
import { isIPv6 } from 'node:net';
import type { Peer } from './drbd-options.ts';

export interface Resource {
  /** In the file's name and in drbdadm's calls. */
  readonly name: string;
  /** Port and number of the device. */
  readonly number: number;
  /** Of the logical volume below, on both nodes. */
  readonly disk: string;
  /** What a guest sees. */
  readonly sizeBytes: number;
  readonly peers: readonly [Peer, Peer];
  readonly secret: string;
}

const sectorBytes = 512;

export function resourceName(storage: string, volume: string): string {
  return `croft-${storage}-${volume}`;
}

export function resourceFile(name: string): string {
  return `/etc/drbd.d/${name}.res`;
}

export function devicePath(number: number): string {
  return `/dev/drbd${number}`;
}

/**
 * The data is on both disks before a write is done (protocol C). What is decided without asking after a split brain is only what loses
 * nothing: one side wrote nothing. All else waits for an administrator.
 */
export function renderResourceFile({ name, number, disk, sizeBytes, peers, secret }: Resource): string {
  const hosts = peers.map(
    ({ node, address }) => `  on ${node} {
    address ${isIPv6(address) ? `ipv6 [${address}]` : address}:${number};
  }
`,
  );
  return `# Made by Croft for one volume, and made again when the storage is activated.
resource ${name} {
  device ${devicePath(number)} minor ${number};
  disk ${disk};
  meta-disk internal;
  net {
    protocol C;
    cram-hmac-alg sha256;
    shared-secret "${secret}";
    after-sb-0pri discard-zero-changes;
    after-sb-1pri disconnect;
    after-sb-2pri disconnect;
  }
  disk {
    on-io-error detach;
    size ${sizeBytes / sectorBytes}s;
  }
${hosts.join('')}}
`;
}

/**
 * Bytes of the logical volume for so many of a guest's: the metadata lies at its end. In sectors ceil(size / 2^18) * 8 + 72 (DRBD User's
 * Guide 8.4, "Estimating meta data size").
 */
export function diskBytes(sizeBytes: number): number {
  const metadata = Math.ceil(sizeBytes / sectorBytes / 2 ** 18) * 8 + 72;
  return sizeBytes + metadata * sectorBytes;
}
