// `/etc/network/interfaces` as people who know Proxmox VE read it: rendered from the settings, and read back. Pure.
import { asAppError } from '../../server/core/errors.ts';
import { type HostNetworkSettings, hostBridge } from '../../server/core/host-network.ts';
import { checkHostNetwork, isV6 } from './settings.ts';

export const interfacesPath = '/etc/network/interfaces';

/** The file, in the words of interfaces(5) and bridge-utils-interfaces(5). The settings must have been checked. */
export function renderInterfacesFile(settings: HostNetworkSettings): string {
  const { mode, mac, nicName, address, gateway, dns } = settings;
  const own = [
    ...(address === undefined ? [] : [`address ${address}`]),
    ...(gateway === undefined ? [] : [`gateway ${gateway}`]),
    ...(dns.length === 0 ? [] : [`dns-nameservers ${dns.join(' ')}`]),
  ];
  const bridge = [`bridge-ports ${nicName}`, 'bridge-stp off', 'bridge-fd 0', `hwaddress ${mac}`];
  const v6 = address !== undefined && isV6(address);
  const v4Method = v6 ? 'manual' : mode;
  return [
    '# How this machine is reached. Written by Croft; applied by systemd-networkd from /etc/systemd/network.',
    '# The card is bound by its address (hwaddress), not by its name.',
    '',
    'auto lo',
    'iface lo inet loopback',
    '',
    `iface ${nicName} inet manual`,
    '',
    `auto ${hostBridge}`,
    `iface ${hostBridge} inet ${v4Method}`,
    ...[...(v6 ? [] : own), ...bridge].map((line) => `\t${line}`),
    '',
    `iface ${hostBridge} inet6 ${v6 ? 'static' : 'auto'}`,
    ...(v6 ? own : []).map((line) => `\t${line}`),
    '',
  ].join('\n');
}

/**
 * The settings out of such a file. Undefined when it does not describe one bridge `vmbr0` over one card by its address,
 * as after changes by hand: it is then not ours to guess.
 */
export function readHostNetwork(text: string): HostNetworkSettings | undefined {
  const stanzas = readStanzas(text).filter(({ name }) => name === hostBridge);
  const v4 = stanzas.find(({ family }) => family === 'inet');
  const v6 = stanzas.find(({ family }) => family === 'inet6');
  if (!v4) return undefined;
  const own = v6?.method === 'static' ? v6 : v4;
  const nicName = v4.options.get('bridge-ports');
  const mac = v4.options.get('hwaddress')?.replace(/^ether\s+/, '');
  if (nicName === undefined || mac === undefined) return undefined;
  if (own.method !== 'dhcp' && own.method !== 'static') return undefined;
  try {
    return checkHostNetwork({
      mode: own.method,
      mac,
      nicName,
      address: own.options.get('address'),
      gateway: own.options.get('gateway'),
      dns: own.options.get('dns-nameservers')?.split(/\s+/) ?? [],
    });
  } catch (error) {
    if (asAppError(error).code === 'invalid-input') return undefined;
    throw error;
  }
}

interface Stanza {
  readonly name: string;
  readonly family: string;
  readonly method: string;
  readonly options: Map<string, string>;
}

/** The `iface` stanzas with their options; other stanzas end one and are left out. */
function readStanzas(text: string): Stanza[] {
  const stanzas: Stanza[] = [];
  let current: Stanza | undefined;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [word = '', ...rest] = line.split(/\s+/);
    if (word === 'iface') {
      const [name = '', family = '', method = ''] = rest;
      current = { name, family, method, options: new Map() };
      stanzas.push(current);
    } else if (/^(auto|allow-\S+|mapping|source|source-directory|rename|no-auto-down|no-scripts)$/.test(word))
      current = undefined;
    else current?.options.set(word, rest.join(' '));
  }
  return stanzas;
}
