// Cards of containers on this host: what is known of it, the plug files of a container, and plugging while it runs.
import { existsSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Exec } from '../../../core/exec.ts';
import type { CtNicPlan } from '../ct-driver.ts';
import { ctPaths } from '../ct-paths.ts';
import { type Plug, type PlugFacts, renderPlug } from './nic-plug.ts';
import { readNow } from './read-now.ts';

/** Of the host as it is now. */
export function hostPlugFacts(): PlugFacts {
  return { filtersVlans, uplinksOf, advertised: advertisedInterfaces() };
}

/** Does the bridge keep VLANs apart? Undefined: there is no such bridge. */
export function filtersVlans(bridge: string): boolean | undefined {
  const folder = `/sys/class/net/${bridge}/bridge`;
  if (!existsSync(folder)) return undefined;
  try {
    return readFileSync(join(folder, 'vlan_filtering'), 'utf8').trim() === '1';
  } catch {
    // A kernel that knows no VLANs on bridges has no such file.
    return false;
  }
}

function uplinksOf(address: string): string[] {
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  return Object.entries(networkInterfaces()).flatMap(([name, entries]) => {
    const within = (entries ?? []).some((entry) => {
      const length = Number(entry.cidr?.split('/')[1]);
      if (entry.internal || entry.family.toLowerCase() !== family || !(length > 0)) return false;
      const network = new BlockList();
      network.addSubnet(entry.address, length, family);
      return entry.address !== address && network.check(address, family);
    });
    return within ? [name] : [];
  });
}

function advertisedInterfaces(): string[] {
  const folder = '/proc/sys/net/ipv6/conf';
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name), 'utf8').trim();
    } catch {
      return '';
    }
  };
  if (!existsSync(folder) || read('all/forwarding') === '1') return [];
  return readdirSync(folder).filter((name) => name !== 'all' && read(`${name}/accept_ra`) === '1');
}

const plugFiles: readonly (readonly [string, keyof Plug])[] = [
  ['plug.sysctl', 'sysctl'],
  ['plug.nft', 'nft'],
  ['plug.ip', 'ip'],
  ['plug.bridge', 'bridge'],
  ['plug.tc', 'tc'],
  ['unplug.ip', 'unplugIp'],
  ['unplug.nft', 'unplugNft'],
];

/**
 * Writes what the hooks need to plug and unplug these cards, now and at each reboot from inside. `swapped`: host names of cards that
 * came or went since the start. LXC makes the cards of its start again at each reboot: the start hook puts these right.
 */
export function writePlugFiles(
  base: string,
  vmid: number,
  nics: readonly CtNicPlan[],
  facts: PlugFacts,
  swapped: readonly string[] = [],
): void {
  const { folder } = ctPaths(base, vmid);
  const plug = renderPlug(nics, facts);
  const again = swapped.map((hostName) => againLine(hostName, nics));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
  for (const [name, key] of plugFiles) write(name, plug[key]);
  write('plug.again', again.join(''));
  write('nics.json', JSON.stringify(nics));
}

/** `veth101i1 fe:24:11:00:00:01 eth1 bc:24:11:00:00:01 1500`, or the first word alone for a card that is gone. */
function againLine(hostName: string, nics: readonly CtNicPlan[]): string {
  const nic = nics.find((each) => each.hostName === hostName);
  if (!nic) return `${hostName}\n`;
  const mtu = nic.mtu === undefined ? '' : ` ${nic.mtu}`;
  return `${hostName} ${hostMacOf(nic)} ${nic.name} ${nic.mac}${mtu}\n`;
}

/** A bridge takes the lowest address of its ports for its own: this one is never the lowest. */
export function hostMacOf({ mac }: CtNicPlan): string {
  return `fe:${mac.slice(3)}`;
}

/** Host names of the cards that came or went since the start. */
export async function readSwapped(base: string, vmid: number): Promise<string[]> {
  const text = await readFile(join(ctPaths(base, vmid).folder, 'plug.again'), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => line.split(' ')[0] || []);
}

/** The cards of a container as they were last plugged. */
export async function readNics(base: string, vmid: number): Promise<CtNicPlan[]> {
  const text = await readFile(join(ctPaths(base, vmid).folder, 'nics.json'), 'utf8').catch(() => '[]');
  return JSON.parse(text);
}

/** Plugs one card of a running container, or plugs it otherwise. */
export async function plugNic(exec: Exec, nic: CtNicPlan, facts: PlugFacts): Promise<void> {
  const plug = renderPlug([nic], facts);
  await unplugNic(exec, nic, facts);
  for (const line of plug.sysctl.split('\n').filter((text) => text !== '')) {
    const [path = '', value = ''] = line.split(' ');
    await writeFile(join('/proc/sys', path), value);
  }
  const intention = `plug ${nic.key}`;
  if (plug.nft) await exec('nft', ['-f', '-'], { input: plug.nft, intention });
  if (plug.ip) await exec('ip', ['-batch', '-'], { input: plug.ip, intention });
  if (plug.bridge) await exec('bridge', ['-batch', '-'], { input: plug.bridge, intention });
  if (plug.tc) await exec('tc', ['-batch', '-'], { input: plug.tc, intention });
}

/** Takes a card's rules, rate and addresses of the host's side away; the card itself stays. What is not there is no error. */
export async function unplugNic(exec: Exec, nic: CtNicPlan, facts: PlugFacts): Promise<void> {
  const plug = renderPlug([nic], facts);
  const quiet = { okExitCodes: [0, 1, 2], intention: `unplug ${nic.key}` };
  await exec('nft', ['delete', 'chain', 'netdev', 'croft_ct', nic.hostName], quiet);
  const lines = `${plug.unplugIp}addr flush dev ${nic.hostName}\nroute flush dev ${nic.hostName}\nlink set dev ${nic.hostName} nomaster\n`;
  await exec('ip', ['-force', '-batch', '-'], { ...quiet, input: lines });
  await exec('tc', ['qdisc', 'del', 'dev', nic.hostName, 'root'], quiet);
}

/** After a container ended without its hook: cards, rules, answers for its addresses. Repeatable. */
export async function removeNics(exec: Exec, base: string, vmid: number): Promise<void> {
  const { folder } = ctPaths(base, vmid);
  const unplug = readNow(join(folder, 'unplug.ip'));
  const chains = readNow(join(folder, 'unplug.nft')) ?? '';
  const quiet = { okExitCodes: [0, 1, 2, 255], intention: 'unplug a container' };
  if (unplug) await exec('ip', ['-force', '-batch', '-'], { ...quiet, input: unplug });
  for (const line of chains.split('\n').filter((text) => text !== ''))
    await exec('nft', line.split(' '), quiet);
  const mine = new RegExp(`^(veth|v)${vmid}i\\d+$`);
  const left = (await readdir('/sys/class/net').catch(() => [])).filter((name) => mine.test(name));
  for (const name of left) await exec('ip', ['link', 'del', 'dev', name], quiet);
  for (const name of [...plugFiles.map(([file]) => file), 'plug.again', 'nics.json'])
    if (existsSync(join(folder, name))) unlinkSync(join(folder, name));
}

/** Bytes of all cards of each container, by its number. Seen from inside: what the host's side sends comes in. */
export async function readNicCounters(): Promise<Map<number, { inBytes: number; outBytes: number }>> {
  const names = await readdir('/sys/class/net').catch(() => []);
  const sums = new Map<number, { inBytes: number; outBytes: number }>();
  const count = async (name: string, counter: string) =>
    Number(await readFile(`/sys/class/net/${name}/statistics/${counter}`, 'utf8').catch(() => '0'));
  await Promise.all(
    names.map(async (name) => {
      const vmid = Number(/^(?:veth|v)(\d+)i\d+$/.exec(name)?.[1] ?? Number.NaN);
      if (Number.isNaN(vmid)) return;
      const [sent, received] = await Promise.all([count(name, 'tx_bytes'), count(name, 'rx_bytes')]);
      const before = sums.get(vmid) ?? { inBytes: 0, outBytes: 0 };
      sums.set(vmid, { inBytes: before.inBytes + sent, outBytes: before.outBytes + received });
    }),
  );
  return sums;
}
