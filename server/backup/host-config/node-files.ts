// The settings of a node's system that are backed up with the configuration: which they are, how they are read and put back.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidInput } from '../../core/errors.ts';
import type { NodeHost } from '../../node/node-host.ts';
import { replaceText } from '../../node/replace-file.ts';
import type { ConfigFile } from './config-content.ts';

const interfacesPath = '/etc/network/interfaces';
const mostBytes = 256 * 1024;

/** `dataDir`: where the daemon keeps its own. */
export function nodeConfigFiles(
  host: Pick<NodeHost, 'hosts' | 'dns' | 'timeZone'>,
  dataDir: string,
): ConfigFile[] {
  const { hosts, dns, timeZone } = host;
  const defaults = join(dataDir, 'vzdump.conf');
  return [
    {
      name: '/etc/hosts',
      read: async () => (await hosts.read()).data,
      write: async (text) => hosts.write(text, (await hosts.read()).digest),
      danger: 'names that the node itself looks up may lead elsewhere',
    },
    {
      name: 'name servers',
      async read() {
        const { search, ...servers } = await dns.read();
        const addresses = Object.values(servers).filter((one) => one !== undefined);
        return [
          ...(search === undefined ? [] : [`search ${search}\n`]),
          ...addresses.map((address) => `nameserver ${address}\n`),
        ].join('');
      },
      write: (text) => dns.write(readServers(text)),
      danger: 'with name servers that do not answer, the node finds no names',
    },
    {
      name: 'time zone',
      read: async () => timeZone.read(),
      write: (text) => timeZone.write(text.trim()),
      danger: 'schedules run by it',
    },
    {
      name: 'vzdump.conf',
      read: () => textOf(defaults),
      write: (text) => replaceText(defaults, text),
    },
    {
      name: interfacesPath,
      read: () => textOf(interfacesPath),
      refused: 'the wrong addresses would cut this node off: compare, and change them on its console',
    },
  ];
}

function readServers(text: string) {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const of = (word: string) => lines.flatMap(([first, second]) => (first === word && second ? [second] : []));
  const [dns1, dns2, dns3, more] = of('nameserver');
  const [search] = of('search');
  if (more !== undefined) throw invalidInput({ items: 'there can be three name servers at most' });
  return {
    ...(search === undefined ? {} : { search }),
    ...(dns1 === undefined ? {} : { dns1 }),
    ...(dns2 === undefined ? {} : { dns2 }),
    ...(dns3 === undefined ? {} : { dns3 }),
  };
}

async function textOf(path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.length > mostBytes) throw invalidInput({ path: 'is too large' });
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
