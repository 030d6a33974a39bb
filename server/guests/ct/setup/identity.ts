// Name, addresses of names, DNS and time zone of a container: what all families have in the same files.
import { posix } from 'node:path';
import type { CtModel } from '../ct-model.ts';
import type { SetupFacts } from '../ct-setup.ts';
import { withBlock } from './marked-block.ts';
import type { SetupWriter } from './setup-writer.ts';

/** The first label: what hostname(1) prints. */
export function shortName(model: Pick<CtModel, 'hostname'>): string {
  return model.hostname.split('.')[0] ?? '';
}

/** All of them; they are different files. */
export async function applyIdentity(writer: SetupWriter, model: CtModel, facts: SetupFacts): Promise<void> {
  await together([
    applyHostname(writer, model),
    applyHosts(writer, model, facts),
    applyDns(writer, model, facts),
    applyTimezone(writer, model, facts),
  ]);
}

/** Waits for all, then fails as the first that failed: nothing may go on in a root that is closed. */
export async function together(works: readonly Promise<unknown>[]): Promise<void> {
  for (const work of await Promise.allSettled(works)) if (work.status === 'rejected') throw work.reason;
}

export async function applyHostname(writer: SetupWriter, model: CtModel): Promise<void> {
  await writer.put('/etc/hostname', `${shortName(model)}\n`);
}

const freshHosts = '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n';

/** hosts(5): its own name leads to its first fixed address, so that the name means the same here and elsewhere. */
export async function applyHosts(writer: SetupWriter, model: CtModel, facts: SetupFacts): Promise<void> {
  const short = shortName(model);
  if (short === '') return;
  const domain = model.hostname.includes('.')
    ? model.hostname.slice(short.length + 1)
    : dnsOf(model, facts).search.split(/\s+/)[0];
  const names = domain ? `${short}.${domain} ${short}` : short;
  const fixed = (values: readonly (string | undefined)[]) =>
    values.find((value) => value?.includes('/'))?.split('/')[0];
  const ip4 = fixed(model.nics.map(({ ip }) => ip));
  const ip6 = fixed(model.nics.map((nic) => nic.ip6));
  const lines = [`${ip4 ?? '127.0.1.1'} ${names}`, ...(ip6 === undefined ? [] : [`${ip6} ${names}`])];
  await writer.block('/etc/hosts', lines, { first: freshHosts });
}

/**
 * What the container asks: its own setting; else the name server of its private network, which asks the host's; else the host's
 * servers as far as they can be reached from elsewhere.
 */
export function dnsOf(model: CtModel, facts: SetupFacts): { servers: readonly string[]; search: string } {
  const net = facts.privateNets.find(({ bridge }) =>
    model.nics.some((nic) => nic.bridge === bridge && nic.tag === undefined),
  );
  const usual =
    net === undefined
      ? facts.nameservers.filter((address) => !/^(127\.|::1$|0\.0\.0\.0$|::$)/.test(address))
      : [net.address];
  return {
    servers: model.nameservers.length > 0 ? model.nameservers : usual,
    search: model.searchDomain ?? net?.domain ?? facts.searchDomain ?? '',
  };
}

/**
 * resolv.conf(5) between marks. A link to systemd-resolved's files: a drop-in of resolved.conf(5). Another link to a file that is
 * made at run time: a file takes its place.
 */
export async function applyDns(writer: SetupWriter, model: CtModel, facts: SetupFacts): Promise<void> {
  const { servers, search } = dnsOf(model, facts);
  const path = '/etc/resolv.conf';
  const resolved = '/etc/systemd/resolved.conf.d/croft.conf';
  const link = await linkAt(writer, path);
  if (link !== undefined && /(^|\/)run\/systemd\/resolve\//.test(link)) {
    const lines = ['# Written by Croft at each start.', '[Resolve]'];
    if (servers.length > 0) lines.push(`DNS=${servers.join(' ')}`);
    if (search !== '') lines.push(`Domains=${search}`);
    if (lines.length === 2) return writer.remove(resolved);
    return writer.put(resolved, `${lines.join('\n')}\n`);
  }
  await writer.remove(resolved);
  if (servers.length === 0 && search === '') return;
  const lines = [
    ...(search === '' ? [] : [`search ${search}`]),
    ...servers.map((name) => `nameserver ${name}`),
  ];
  if (link !== undefined && !(await writer.isThere(path))) {
    return writer.put(path, withBlock('', lines), { replaceLink: true });
  }
  // Servers of the template's would be asked first, or instead (at most three are).
  await writer.block(path, lines, {
    edit: (rest) => rest.replace(/^(nameserver|search|domain)\s.*\n?/gm, ''),
  });
}

/** A zone that the root itself has; `host`: the node's. Without that file, nothing changes. */
export async function applyTimezone(writer: SetupWriter, model: CtModel, facts: SetupFacts): Promise<void> {
  const zone = model.timezone === 'host' ? facts.timezone : model.timezone;
  if (zone === undefined || !/^[\w+-]+(\/[\w+-]+)*$/.test(zone)) return;
  const file = `/usr/share/zoneinfo/${zone}`;
  if ((await writer.files.stat(file).catch(() => undefined))?.kind !== 'file') return;
  const link = await linkAt(writer, '/etc/localtime');
  if (link === undefined || posix.resolve('/etc', link) !== file) await writer.link('/etc/localtime', file);
  if (await writer.isThere('/etc/timezone')) await writer.put('/etc/timezone', `${zone}\n`);
}

async function linkAt(writer: SetupWriter, path: string): Promise<string | undefined> {
  try {
    const entry = await writer.files.stat(path, { follow: false });
    return entry?.kind === 'link' ? await writer.files.readLink(path) : undefined;
  } catch {
    return undefined;
  }
}
