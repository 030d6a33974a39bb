// The first start: chooses the addresses of the private network once, remembers them, and makes the network.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { invalidInput } from '../../server/core/errors.ts';
import { mustReadIpv4Range, readIpv4Range } from '../ipv4.ts';
import { type HostNetwork, observeNetwork } from '../observe/observe-host.ts';
import { applyPrivateNet, type PrivateNetOptions, type PrivateNetResult } from './apply.ts';
import { chooseSubnet, collisionOf } from './choose-subnet.ts';
import { readMark } from './observe-private-net.ts';
import {
  defaultDomain,
  isBridgeName,
  layOutSubnet,
  type PrivateNet,
  type Reservation,
} from './private-net.ts';
import { writeWhole } from './write-whole.ts';

export interface BringUpOptions extends PrivateNetOptions {
  /** Default `vmbr0`. */
  readonly name?: string;
  /** Default `croft.internal`. */
  readonly domain?: string;
  /** Under which guests find the host. */
  readonly hostName?: string;
  readonly reservations?: readonly Reservation[];
  /** Default: what the host's /etc/resolv.conf says. */
  readonly dnsUpstream?: PrivateNet['dnsUpstream'];
  /** Ranges to keep away from besides those in use now, for instance of a VPN that is not always up. */
  readonly avoid?: readonly string[];
}

export interface BringUpResult extends PrivateNetResult {
  /** The network as it is served; undefined when the bridge is another's. */
  readonly net: PrivateNet | undefined;
}

interface Chosen {
  readonly subnet: string;
  readonly mac: string;
}

/**
 * Call it at every start, and whenever reservations changed. The subnet stays the one chosen first, unless the bridge is
 * not there (first start, or after the machine's) and the host has meanwhile come to use that subnet otherwise: then
 * another is chosen and a warning says so. Reservations outside the subnet lose their address, with a warning.
 */
export async function bringUpPrivateNet(options: BringUpOptions): Promise<BringUpResult> {
  const name = options.name ?? 'vmbr0';
  if (!isBridgeName(name)) throw invalidInput({ name: 'not the name of a bridge' });
  const host = await observeNetwork(options);
  const link = host.links.find((candidate) => candidate.name === name);
  const warnings: string[] = [];
  const { subnet, mac } = await chosenFor(name, host, options, warnings);
  const net: PrivateNet = {
    name,
    mac,
    ...layOutSubnet(mustReadIpv4Range(subnet)),
    domain: options.domain ?? defaultDomain,
    ...(options.hostName === undefined ? {} : { hostName: options.hostName }),
    dnsUpstream: options.dnsUpstream ?? 'host',
    reservations: fitReservations(options.reservations ?? [], subnet, warnings),
  };
  const result = await applyPrivateNet(net, options);
  const foreign = result.bridge === 'foreign' || (link !== undefined && readMark(link.alias) === undefined);
  return { ...result, net: foreign ? undefined : net, warnings: [...warnings, ...result.warnings] };
}

/** Forgets the choice, so that the next start chooses anew; for after `removePrivateNet`. */
export async function forgetPrivateNet(name: string, stateDir: string): Promise<void> {
  await rm(choiceFile(stateDir, name), { force: true });
}

async function chosenFor(
  name: string,
  host: HostNetwork,
  options: BringUpOptions,
  warnings: string[],
): Promise<Chosen> {
  const before = await readChoice(options.stateDir, name);
  const avoid = [...(options.avoid ?? []), ...(await nameServers())];
  if (before) {
    if (host.links.some((link) => link.name === name)) return before;
    const collision = collisionOf(mustReadIpv4Range(before.subnet), host, avoid);
    if (collision === undefined) return before;
    warnings.push(`the subnet ${before.subnet} of ${name} is now used by ${collision}: another was chosen`);
  }
  const { subnet } = layOutSubnet(chooseSubnet(host, avoid));
  const chosen: Chosen = { subnet, mac: before?.mac ?? (await makeMac(name)) };
  await mkdir(options.stateDir, { recursive: true, mode: 0o755 });
  await writeWhole(choiceFile(options.stateDir, name), `${JSON.stringify(chosen, null, 2)}\n`);
  return chosen;
}

function fitReservations(all: readonly Reservation[], subnet: string, warnings: string[]): Reservation[] {
  const range = mustReadIpv4Range(subnet);
  const fits = (address: string): boolean => {
    const own = readIpv4Range(`${address}/${range.prefixLength}`);
    return own?.network === range.network;
  };
  return all.map((reservation) => {
    const { address, ...rest } = reservation;
    if (address === undefined || fits(address)) return reservation;
    warnings.push(
      `the address ${address} reserved for ${reservation.mac} is outside ${subnet}: it is not given`,
    );
    return rest;
  });
}

/** Name servers must stay reachable: a subnet of ours over their addresses would swallow them. */
async function nameServers(): Promise<string[]> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? '');
}

/** Locally administered, and the same for the same machine and name, also when the state folder is lost. */
async function makeMac(name: string): Promise<string> {
  const machineId = (await readFile('/etc/machine-id', 'utf8').catch(() => '')).trim();
  const bytes = machineId
    ? createHash('sha256').update(`croft ${machineId} ${name}`).digest()
    : randomBytes(5);
  return `02:${bytes
    .subarray(0, 5)
    .toString('hex')
    .replace(/..(?!$)/g, '$&:')}`;
}

function choiceFile(stateDir: string, name: string): string {
  return `${stateDir}/${name}.json`;
}

async function readChoice(stateDir: string, name: string): Promise<Chosen | undefined> {
  try {
    const found = JSON.parse(await readFile(choiceFile(stateDir, name), 'utf8')) as Partial<Chosen>;
    if (typeof found.subnet !== 'string' || typeof found.mac !== 'string') return undefined;
    return readIpv4Range(found.subnet) ? { subnet: found.subnet, mac: found.mac } : undefined;
  } catch {
    return undefined;
  }
}
