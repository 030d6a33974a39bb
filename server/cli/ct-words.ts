// The short ways of `croft ct create` and `croft ct set` put into the API's own parameters: addresses, template, disk, password.
import { ctNetString } from '../contract/lxc-strings.ts';
import { invalidInput } from '../core/errors.ts';
import { askedSecret } from './asked-secret.ts';
import type { Session } from './session.ts';

type Given = Readonly<Record<string, string | string[]>>;
type Config = Readonly<Record<string, string | number>>;

const ownWords = ['ip', 'gw', 'bridge', 'template', 'disk', 'privileged'];
const mostCards = 32;

/** `--ip add 10.0.0.5` and `--ip del 10.0.0.5` as one value each: elsewhere a key has one word. */
export function joinAddressWords(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const [word = '', verb = '', address] = words.slice(at, at + 3);
    if (word === '--ip' && (verb === 'add' || verb === 'del') && address !== undefined) {
      joined.push(`--ip=${verb} ${address}`);
      at += 2;
    } else joined.push(word);
  }
  return joined;
}

/** `config`: of the container that is changed; undefined for a new one. Asks for a password given as `-`. */
export async function ctParams(
  session: Session,
  node: string,
  given: Given,
  config: Config | undefined,
): Promise<Record<string, string | string[]>> {
  const params = Object.fromEntries(Object.entries(given).filter(([key]) => !ownWords.includes(key)));
  const one = (key: string): string | undefined => {
    const value = given[key];
    if (Array.isArray(value)) throw invalidInput({ [key]: 'can be given once' });
    return value;
  };
  if (config === undefined) {
    const template = one('template');
    if (template !== undefined) params['ostemplate'] = await findTemplate(session, node, template);
    const disk = one('disk');
    if (disk !== undefined) params['rootfs'] = `${one('storage') ?? 'local'}:${readGib(disk)}`;
    params['unprivileged'] ??= given['privileged'] === undefined ? '1' : '0';
    // As in the web UI: systemd since 256 mounts for its services, which AppArmor allows only then.
    if (params['unprivileged'] === '1') params['features'] ??= 'nesting=1';
    if (params['password'] !== undefined)
      params['password'] = await askedSecret(session, 'password', params['password'], 'Password of root: ');
  } else
    for (const key of ['template', 'disk', 'privileged'])
      if (given[key] !== undefined) throw invalidInput({ [key]: 'is decided when a container is made' });

  const addresses = [given['ip'] ?? []].flat();
  const bridge = one('bridge');
  if (addresses.length === 0 && (bridge !== undefined || given['gw'] !== undefined))
    throw invalidInput({ [bridge === undefined ? 'gw' : 'bridge']: 'goes with --ip; or write --net0 whole' });
  const cards = new Map(
    Object.entries({ ...config, ...params }).filter(([key]) => /^net\d+$/.test(key)) as [string, string][],
  );
  const removed: string[] = [];
  for (const address of addresses)
    for (const [key, value] of Object.entries(
      changeCards(cards, address, { gw: one('gw'), bridge: bridge ?? (await usualBridge(session, node)) }),
    )) {
      if (value === undefined) {
        cards.delete(key);
        removed.push(key);
      } else {
        cards.set(key, value);
        params[key] = value;
      }
    }
  if (removed.length > 0) params['delete'] = [params['delete'] ?? [], ...removed].flat().join(',');
  return params;
}

/**
 * What one `--ip` makes of the network cards: new values by key, undefined for a card that goes. `add 10.0.0.5` without a prefix
 * is a private address that the host routes; with one it is an address on the bridge.
 */
export function changeCards(
  cards: ReadonlyMap<string, string>,
  wish: string,
  { gw, bridge }: { readonly gw?: string | undefined; readonly bridge: string },
): Record<string, string | undefined> {
  const [verb, address = ''] = wish.includes(' ') ? wish.split(' ') : ['add', wish];
  const family = address.includes(':') ? 'ip6' : 'ip';
  const gateway = gw === undefined ? {} : { [family === 'ip6' ? 'gw6' : 'gw']: gw };
  const read = [...cards].map(([key, text]) => {
    const parsed = ctNetString.parse(text);
    return { key, values: parsed.ok ? parsed.value : { name: '' } };
  });
  if (verb === 'del') {
    const found = read.find(({ values }) => values[family]?.split('/')[0] === address.split('/')[0]);
    if (!found) throw invalidInput({ ip: `no network card has the address ${address}` });
    const gone = new Set<string>([family, family === 'ip6' ? 'gw6' : 'gw']);
    const rest = Object.fromEntries(
      Object.entries(found.values).filter(([key]) => !gone.has(key)),
    ) as typeof found.values;
    const empty = rest.bridge === undefined && rest.ip === undefined && rest.ip6 === undefined;
    return { [found.key]: empty ? undefined : ctNetString.render(rest) };
  }
  if (/^(dhcp|auto|manual)$/.test(address) || address.includes('/')) {
    const free = read.find(({ values }) => values.bridge !== undefined && values[family] === undefined);
    const values = free?.values ?? { name: nextName(read), bridge, type: 'veth' as const };
    const key = free?.key ?? nextKey(cards);
    return { [key]: ctNetString.render({ ...values, [family]: address, ...gateway } as typeof values) };
  }
  const routed = `${address}/${family === 'ip6' ? 128 : 32}`;
  return {
    [nextKey(cards)]: ctNetString.render({
      name: nextName(read),
      type: 'veth',
      [family]: routed,
      ...gateway,
    }),
  };
}

function nextKey(cards: ReadonlyMap<string, string>): string {
  for (let index = 0; index < mostCards; index += 1) if (!cards.has(`net${index}`)) return `net${index}`;
  throw invalidInput({ ip: `a container has ${mostCards} network cards at most` });
}

function nextName(read: readonly { readonly values: { readonly name: string } }[]): string {
  let index = 0;
  while (read.some(({ values }) => values.name === `eth${index}`)) index += 1;
  return `eth${index}`;
}

async function usualBridge(session: Session, node: string): Promise<string> {
  const bridges = await session.client.call<{ iface: string }[]>(
    'GET',
    `/nodes/${encodeURIComponent(node)}/network`,
    { type: 'any_bridge' },
  );
  const names = bridges.map(({ iface }) => iface).sort();
  const [first] = names;
  if (first === undefined) throw invalidInput({ bridge: 'this node has no bridge: write --net0 whole' });
  return names.includes('vmbr0') ? 'vmbr0' : first;
}

/** A volume by the beginning of its file's name; the newest where several fit. */
async function findTemplate(session: Session, node: string, word: string): Promise<string> {
  if (word.includes(':')) return word;
  const base = `/nodes/${encodeURIComponent(node)}/storage`;
  const storages = await session.client.call<{ storage: string; active?: number }[]>('GET', base, {
    content: 'vztmpl',
  });
  const found: { volid: string; ctime?: number }[] = [];
  for (const { storage, active } of storages)
    if (active !== 0)
      found.push(
        ...(await session.client.call<{ volid: string; ctime?: number }[]>(
          'GET',
          `${base}/${encodeURIComponent(storage)}/content`,
          { content: 'vztmpl' },
        )),
      );
  const fitting = found
    .filter(({ volid }) => volid.replace(/^[^/]*\//, '').startsWith(word))
    .sort((a, b) => (b.ctime ?? 0) - (a.ctime ?? 0));
  const [newest] = fitting;
  if (!newest)
    throw invalidInput({ template: `no storage has a template whose name begins with '${word}'` }, undefined);
  return newest.volid;
}

/** `8` or `8G`: gibibytes. */
function readGib(text: string): string {
  const match = /^(\d+(?:\.\d+)?)[gG]?$/.exec(text);
  if (!match) throw invalidInput({ disk: 'write a size in GiB: 8 or 8G' });
  return match[1] as string;
}
