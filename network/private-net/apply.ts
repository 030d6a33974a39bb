// Makes a private network be as desired, and takes it away again. Both repeatable; both touch only what we made.
import { mkdir, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, invalidInput } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { mustReadIpv4Range } from '../ipv4.ts';
import { execIn } from '../netns.ts';
import { type Change, type DesiredNet, planPrivateNet, planRemoval } from '../plan.ts';
import { changeBridge } from './bridge.ts';
import { type DnsmasqControl, realDnsmasq } from './dnsmasq-process.ts';
import { enableForwarding, joinForwarding, leaveForwarding } from './ip-forward.ts';
import { natTableOf, renderNatRules } from './nat-rules.ts';
import { type Observation, observePrivateNet, warnOfDrops } from './observe-private-net.ts';
import { checkPrivateNet, isBridgeName, type PrivateNet } from './private-net.ts';
import { dnsmasqTexts, leasesFileOf, reloadDnsmasq, startDnsmasq, stopDnsmasq } from './serve-dnsmasq.ts';

export interface PrivateNetOptions {
  readonly exec: Exec;
  /** Survives restarts of the machine: leases, what was changed on the host. Readable by other users (0755). */
  readonly stateDir: string;
  /** Gone after a restart of the machine: configuration and pid of dnsmasq. Readable by other users (0755). */
  readonly runtimeDir: string;
  /** Told each change before it is done. */
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Do it all in this named network namespace instead of the host's own network. */
  readonly netns?: string;
  /** Tests replace it; the real one otherwise. */
  readonly dnsmasq?: DnsmasqControl;
}

export interface PrivateNetResult {
  /** `foreign`: a bridge of this name exists that Croft did not make; it is used as it is and nothing was done to it. */
  readonly bridge: 'ours' | 'foreign' | 'absent';
  /** What was changed, in order; empty when all was well. */
  readonly changes: readonly Change[];
  /** What Croft may not change but which may keep guests from the network. */
  readonly warnings: readonly string[];
}

/**
 * Makes the network exist as described. Doing it again changes nothing; after a failure or a crash half-way, doing it
 * again finishes it. Rejects with `invalid-input`, `command-failed`, `unavailable` (a program is missing), `cancelled`.
 */
export function applyPrivateNet(desired: PrivateNet, options: PrivateNetOptions): Promise<PrivateNetResult> {
  return inTurn(options.runtimeDir, desired.name, () => apply(desired, options));
}

/**
 * Takes away the bridge, the rules, dnsmasq with its files, and forwarding if it was off before. Rejects with `busy`
 * while interfaces are attached to the bridge, unless `force`. A foreign bridge stays.
 */
export function removePrivateNet(
  bridge: string,
  options: PrivateNetOptions & { readonly force?: boolean },
): Promise<PrivateNetResult> {
  return inTurn(options.runtimeDir, bridge, () => remove(bridge, options));
}

async function apply(net: PrivateNet, options: PrivateNetOptions): Promise<PrivateNetResult> {
  checkPrivateNet(net);
  const { stateDir, signal } = options;
  const folder = folderOf(options, net.name);
  const dnsmasq = options.dnsmasq ?? realDnsmasq;
  const texts = dnsmasqTexts(net, folder, stateDir);
  const rules = renderNatRules(net);
  const desired: DesiredNet = {
    bridge: net.name,
    mac: net.mac,
    cidr: `${net.address}/${mustReadIpv4Range(net.subnet).prefixLength}`,
    ...texts.fingerprints,
    natComments: rules.comments,
  };
  const observed = await observePrivateNet(net.name, folder, dnsmasq, options);
  const foreign = observed.net.link === 'foreign';
  const changes = planPrivateNet(desired, observed.net);
  const exec = execIn(options.exec, options.netns);
  if (changes.length > 0) await mkdir(stateDir, { recursive: true, mode: 0o755 });
  for (const change of changes) {
    announce(change, options);
    switch (change.do) {
      case 'load-nat':
        await exec('nft', ['-f', '-'], { input: rules.script, intention: change.why, signal });
        break;
      case 'enable-forwarding':
        await enableForwarding(exec, stateDir, net.name);
        break;
      case 'start-dnsmasq':
      case 'restart-dnsmasq':
        await startDnsmasq(texts, observed.running, dnsmasq, { netns: options.netns, signal });
        break;
      case 'reload-hosts':
        await reloadDnsmasq(texts, observed.running, dnsmasq);
        break;
      case 'stop-dnsmasq':
        await stopDnsmasq(folder, observed.running, dnsmasq);
        break;
      case 'delete-nat':
        await deleteNat(change, net.name, exec);
        break;
      default:
        await changeBridge(change, net.name, observed.net, exec, desired);
    }
  }
  if (!foreign) await joinForwarding(stateDir, net.name);
  return {
    bridge: foreign ? 'foreign' : 'ours',
    changes,
    warnings: await warningsOf(net.name, observed, folder),
  };
}

async function remove(
  bridge: string,
  options: PrivateNetOptions & { readonly force?: boolean },
): Promise<PrivateNetResult> {
  if (!isBridgeName(bridge)) throw invalidInput({ name: 'not the name of a bridge' });
  const folder = folderOf(options, bridge);
  const dnsmasq = options.dnsmasq ?? realDnsmasq;
  const observed = await observePrivateNet(bridge, folder, dnsmasq, options);
  const { ports, link } = observed.net;
  if (link === 'ours' && ports.length > 0 && !options.force)
    throw new AppError('busy', `the bridge ${bridge} is in use by ${ports.join(', ')}`, { data: { ports } });
  const exec = execIn(options.exec, options.netns);
  const changes = planRemoval(bridge, observed.net);
  for (const change of changes) {
    announce(change, options);
    if (change.do === 'stop-dnsmasq') await stopDnsmasq(folder, observed.running, dnsmasq);
    else if (change.do === 'delete-nat') await deleteNat(change, bridge, exec);
    else await changeBridge(change, bridge, observed.net, exec);
  }
  await rm(folder, { recursive: true, force: true });
  await rm(leasesFileOf(options.stateDir, bridge), { force: true });
  if (await leaveForwarding(exec, options.stateDir, bridge))
    options.log?.('switch IPv4 forwarding off again, as it was before');
  return { bridge: link === 'foreign' ? 'foreign' : 'absent', changes, warnings: [] };
}

function announce(change: Change, options: PrivateNetOptions): void {
  if (options.signal?.aborted) throw new AppError('cancelled', `${change.why}: cancelled`);
  options.log?.(change.why);
}

async function deleteNat(change: Change, bridge: string, exec: Exec): Promise<void> {
  await exec('nft', ['delete', 'table', 'inet', natTableOf(bridge)], { intention: change.why });
}

function folderOf(options: PrivateNetOptions, bridge: string): string {
  return `${options.runtimeDir}/${bridge}`;
}

async function warningsOf(bridge: string, observed: Observation, folder: string): Promise<string[]> {
  if (observed.net.link === 'foreign')
    return [
      `'${bridge}' exists and was not made by Croft: it is used as it is, without DHCP, DNS and NAT of ours`,
    ];
  const closed = await firstClosedFolder(folder);
  return [
    ...warnOfDrops(bridge, observed.foreignDrops),
    ...(closed ? [`${closed} is closed to other users: dnsmasq cannot read the reservations in it`] : []),
  ];
}

/** dnsmasq gives up root's rights and reads reservations afterwards: all folders on the way must be open to pass. */
async function firstClosedFolder(folder: string): Promise<string | undefined> {
  for (let path = folder; path !== dirname(path); path = dirname(path)) {
    const { mode } = await stat(path);
    if ((mode & 0o001) === 0) return path;
  }
  return undefined;
}

const turns = new Map<string, Promise<unknown>>();

/** Two changes of one network at once would each plan on what the other is changing: one after the other. */
function inTurn<T>(runtimeDir: string, bridge: string, work: () => Promise<T>): Promise<T> {
  const key = `${runtimeDir}\0${bridge}`;
  const result = (turns.get(key) ?? Promise.resolve()).then(work);
  const settled = result.then(
    () => {},
    () => {},
  );
  turns.set(key, settled);
  void settled.then(() => {
    if (turns.get(key) === settled) turns.delete(key);
  });
  return result;
}
