// Brings the dnsmasq of one private network to the wanted configuration, with the files it reads.
import { mkdir, readdir, rm } from 'node:fs/promises';
import type { DesiredNet } from '../plan.ts';
import {
  type DnsmasqFiles,
  fingerprintOf,
  renderDhcpHosts,
  renderDnsmasqConf,
  renderNames,
} from './dnsmasq-conf.ts';
import {
  confFileOf,
  type DnsmasqControl,
  type RunningDnsmasq,
  type StartOptions,
} from './dnsmasq-process.ts';
import { hostsStampFile } from './observe-private-net.ts';
import type { PrivateNet } from './private-net.ts';
import { writeWhole } from './write-whole.ts';

/** All texts of one dnsmasq, with their fingerprints. */
export interface DnsmasqTexts {
  readonly folder: string;
  readonly pidFile: string;
  readonly conf: string;
  /** Path to text of what is read again on SIGHUP. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly fingerprints: Pick<DesiredNet, 'dnsmasqConf' | 'hosts'>;
}

/** Where the leases of a private network are. */
export function leasesFileOf(stateDir: string, bridge: string): string {
  return `${stateDir}/${bridge}.leases`;
}

/** Renders everything; writes nothing. */
export function dnsmasqTexts(net: PrivateNet, folder: string, stateDir: string): DnsmasqTexts {
  const files: DnsmasqFiles = {
    pidFile: `${folder}/dnsmasq.pid`,
    leasesFile: leasesFileOf(stateDir, net.name),
    dhcpHostsFile: `${folder}/dhcp-hosts`,
    namesFile: `${folder}/names`,
  };
  const conf = renderDnsmasqConf(net, files);
  const hosts = { [files.dhcpHostsFile]: renderDhcpHosts(net), [files.namesFile]: renderNames(net) };
  return {
    folder,
    pidFile: files.pidFile,
    conf,
    hosts,
    fingerprints: { dnsmasqConf: fingerprintOf(conf), hosts: fingerprintOf(...Object.values(hosts)) },
  };
}

/** Ends whatever of ours runs and starts it with these texts. */
export async function startDnsmasq(
  texts: DnsmasqTexts,
  running: readonly RunningDnsmasq[],
  dnsmasq: DnsmasqControl,
  options: Pick<StartOptions, 'netns' | 'signal'>,
): Promise<void> {
  const { folder, fingerprints } = texts;
  await stopDnsmasq(folder, running, dnsmasq);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const confFile = confFileOf(folder, fingerprints.dnsmasqConf);
  await writeAll({ ...texts.hosts, [confFile]: texts.conf });
  const errorFile = `${folder}/dnsmasq.errors`;
  await dnsmasq.start({ ...options, confFile, pidFile: texts.pidFile, errorFile });
  await writeWhole(hostsStampFile(folder), fingerprints.hosts);
  for (const name of await readdir(folder))
    if (/^dnsmasq\..+\.conf$/.test(name) && `${folder}/${name}` !== confFile) await rm(`${folder}/${name}`);
}

/** Writes the reservations and tells the running dnsmasq; the stamp comes last, so that a crash makes us tell again. */
export async function reloadDnsmasq(
  texts: DnsmasqTexts,
  running: readonly RunningDnsmasq[],
  dnsmasq: DnsmasqControl,
): Promise<void> {
  await writeAll(texts.hosts);
  for (const one of running) await dnsmasq.reload(one, texts.folder);
  await writeWhole(hostsStampFile(texts.folder), texts.fingerprints.hosts);
}

/** Ends all of ours that run on this network. */
export async function stopDnsmasq(
  folder: string,
  running: readonly RunningDnsmasq[],
  dnsmasq: DnsmasqControl,
): Promise<void> {
  for (const one of running) await dnsmasq.stop(one, folder);
}

async function writeAll(texts: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(texts)) await writeWhole(file, text);
}
