// The machine's network cards: permanent address, link, speed, driver. Changes nothing, but for switching cards on.
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { type HostFiles, hostFiles } from './observe-files.ts';
import type { NicFacts } from './types.ts';

export interface ObserveNicsOptions {
  readonly exec: Exec;
  readonly files?: HostFiles;
  /** Switch cards on that are off: without that none tells whether it has a link. In a live system only. */
  readonly raise: boolean;
  /** How long cards that were just switched on get to find the other side, milliseconds; default 5,000. */
  readonly patienceMs?: number;
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

/** Gigabit negotiation takes 2 to 4 seconds (IEEE 802.3, clause 28). */
const patienceMs = 5000;
const pauseMs = 250;

const ipLink = z.object({
  ifname: z.string(),
  link_type: z.string().optional(),
  flags: z.array(z.string()).default([]),
  address: z.string().default(''),
  /** Only there when `address` is not the permanent one: ports of a bond, changed addresses. */
  permaddr: z.string().optional(),
  addr_info: z
    .array(
      z.object({
        local: z.string().optional(),
        prefixlen: z.number().optional(),
        scope: z.string().optional(),
      }),
    )
    .default([]),
});
export type IpLink = z.output<typeof ipLink>;

/** The output of `ip -json address`. Throws `command-failed` when it is not that. */
export function readIpLinks(output: string): IpLink[] {
  try {
    // Some versions print empty objects for what they left out.
    const links = z.array(z.record(z.string(), z.unknown())).parse(JSON.parse(output || '[]'));
    return links.filter((link) => 'ifname' in link).map((link) => ipLink.parse(link));
  } catch (cause) {
    throw new AppError('command-failed', 'read the list of network cards: not what ip prints', {
      detail: output.slice(0, 2000),
      cause,
    });
  }
}

/** Wired cards of the machine, sorted by name; no bridges, no VLANs, no Wi-Fi. */
export async function observeNics(options: ObserveNicsOptions): Promise<NicFacts[]> {
  const files = options.files ?? hostFiles;
  let cards = await listCards(options.exec, files);
  const down = cards.filter(({ flags }) => !flags.includes('UP'));
  if (options.raise && down.length > 0) {
    for (const { ifname } of down)
      await options
        .exec('ip', ['link', 'set', 'dev', ifname, 'up'], { intention: `switch ${ifname} on` })
        // A card that cannot be switched on is a card without a link.
        .catch(() => undefined);
    const wait = options.wait ?? delay;
    for (let left = options.patienceMs ?? patienceMs; left > 0; left -= pauseMs) {
      cards = await listCards(options.exec, files);
      if (cards.every(hasLink)) break;
      await wait(pauseMs);
    }
  }
  const facts = await Promise.all(cards.map((card) => describeCard(card, files)));
  return facts.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

async function listCards(exec: Exec, files: HostFiles): Promise<IpLink[]> {
  const { stdout } = await exec('ip', ['-json', 'address', 'show'], { intention: 'list the network cards' });
  const cards: IpLink[] = [];
  for (const link of readIpLinks(stdout)) {
    if (link.link_type !== 'ether') continue;
    // Only hardware has a device behind it; only Wi-Fi has a radio.
    const entries = await files.list(`/sys/class/net/${link.ifname}`);
    if (entries.includes('device') && !entries.includes('phy80211')) cards.push(link);
  }
  return cards;
}

function hasLink({ flags }: IpLink): boolean {
  return flags.includes('UP') && flags.includes('LOWER_UP');
}

async function describeCard(card: IpLink, files: HostFiles): Promise<NicFacts> {
  const folder = `/sys/class/net/${card.ifname}`;
  const link = hasLink(card);
  // -1 or an error while there is no link, and with cards that have no speed (virtio).
  const speed = Number((await files.text(`${folder}/speed`))?.trim() || Number.NaN);
  const driver = await files.link(`${folder}/device/driver`);
  return {
    name: card.ifname,
    mac: (card.permaddr ?? card.address).toLowerCase(),
    link,
    speedMbit: link && speed > 0 ? speed : undefined,
    driver: driver === undefined ? undefined : basename(driver),
    addresses: card.addr_info
      .filter(({ scope }) => scope === 'global')
      .map(({ local, prefixlen }) => `${local}/${prefixlen}`),
  };
}
