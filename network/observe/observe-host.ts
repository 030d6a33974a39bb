// Asks the host for links, routes, packet filter chains and forwarding. Reads only.
import type { Exec } from '../../server/core/exec.ts';
import { execIn } from '../netns.ts';
import { type HostLink, type HostRoute, readLinks, readRoutes } from './ip-json.ts';
import { type NftChain, readChains, readRuleComments } from './nft-json.ts';

export interface ObserveOptions {
  readonly exec: Exec;
  readonly signal?: AbortSignal | undefined;
  /** A named network namespace to look at instead of the host's own. */
  readonly netns?: string | undefined;
}

export interface HostNetwork {
  readonly links: readonly HostLink[];
  readonly routes: readonly HostRoute[];
}

export const forwardingFile = '/proc/sys/net/ipv4/ip_forward';

/** Links with addresses, and the IPv4 routes of all tables. */
export async function observeNetwork(options: ObserveOptions): Promise<HostNetwork> {
  const run = execIn(options.exec, options.netns);
  const [links, routes] = await Promise.all([
    run('ip', ['-j', '-d', 'addr'], { signal: options.signal, intention: 'list network interfaces' }),
    run('ip', ['-j', '-4', 'route', 'show', 'table', 'all'], {
      signal: options.signal,
      intention: 'list routes',
      // In a network namespace without any route, `ip route show table all` can end with 2: "FIB table does not exist".
      okExitCodes: [0, 2],
    }),
  ]);
  return { links: readLinks(links.stdout), routes: readRoutes(routes.stdout) };
}

/** All chains of the packet filter, whoever made them. */
export async function observeChains(options: ObserveOptions): Promise<NftChain[]> {
  const run = execIn(options.exec, options.netns);
  const { stdout } = await run('nft', ['-j', 'list', 'chains'], {
    signal: options.signal,
    intention: 'list the chains of the packet filter',
  });
  return readChains(stdout);
}

/** The rule comments of one `inet` table that exists (`chain: comment`, in order). */
export async function observeRuleComments(table: string, options: ObserveOptions): Promise<string[]> {
  const run = execIn(options.exec, options.netns);
  const { stdout } = await run('nft', ['-j', 'list', 'table', 'inet', table], {
    signal: options.signal,
    intention: `list the packet filter's table ${table}`,
  });
  return readRuleComments(stdout);
}

/** Does the kernel forward IPv4 packets between interfaces? */
export async function observeForwarding(options: ObserveOptions): Promise<boolean> {
  const run = execIn(options.exec, options.netns);
  const { stdout } = await run('cat', [forwardingFile], {
    signal: options.signal,
    intention: 'read whether IPv4 forwarding is on',
  });
  return stdout.trim() !== '0';
}
