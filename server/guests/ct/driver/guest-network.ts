// The network inside a running container, set and read from outside with the host's own programs in its network namespace.
import { AppError } from '../../../core/errors.ts';
import type { Exec } from '../../../core/exec.ts';
import type { CtChange, CtInterface, CtNicPlan } from '../ct-driver.ts';
import { hostMacOf } from './nic-host.ts';

type AddressChange = Extract<CtChange, { action: 'set-addresses' }>;

/** `nsenter -n` alone: the program and its files are the host's. */
function inside(pid: number, argv: readonly string[]): string[] {
  return ['-t', String(pid), '-n', '--', ...argv];
}

/** Makes a pair of cards, one end inside under its name; taken away again when that fails. */
export async function createNic(exec: Exec, pid: number, nic: CtNicPlan): Promise<void> {
  const intention = `add ${nic.key}`;
  const mtu = nic.mtu === undefined ? [] : ['mtu', String(nic.mtu)];
  await exec(
    'ip',
    [
      ...['link', 'add', 'name', nic.hostName, 'address', hostMacOf(nic), ...mtu, 'type', 'veth'],
      ...['peer', 'name', nic.name, 'address', nic.mac, ...mtu, 'netns', String(pid)],
    ],
    { intention },
  );
  try {
    await exec('nsenter', inside(pid, ['ip', 'link', 'set', 'dev', nic.name, 'up']), { intention });
  } catch (error) {
    await exec('ip', ['link', 'del', 'dev', nic.hostName], { okExitCodes: [0, 1] });
    throw error;
  }
}

/** Both ends. Not there: no error. */
export async function removeNic(exec: Exec, nic: CtNicPlan): Promise<void> {
  await exec('ip', ['link', 'del', 'dev', nic.hostName], {
    okExitCodes: [0, 1],
    intention: `remove ${nic.key}`,
  });
}

/**
 * Fixed addresses replace those that the interface has; none takes them away; the rest (`dhcp`, `auto`, `manual`) is left alone.
 * False when a client inside is to look after an interface that has a fixed address: that needs a restart.
 */
export async function setAddresses(exec: Exec, pid: number, change: AddressChange): Promise<boolean> {
  const families = [
    { flag: '-4', address: change.ip, gateway: change.gw },
    { flag: '-6', address: change.ip6, gateway: change.gw6 },
  ];
  const intention = `set addresses of ${change.name}`;
  for (const { flag, address } of families) {
    if (address !== 'dhcp' && address !== 'auto') continue;
    const show = ['ip', flag, 'address', 'show', 'dev', change.name, 'scope', 'global', 'permanent'];
    if ((await exec('nsenter', inside(pid, show), { intention })).stdout.trim() !== '') return false;
  }
  const lines = families.flatMap(({ flag, address, gateway }) =>
    addressLines(change.name, flag, address, gateway),
  );
  for (const args of lines) await exec('nsenter', inside(pid, ['ip', ...args]), { intention });
  return true;
}

function addressLines(
  name: string,
  flag: string,
  address: string | undefined,
  gateway: string | undefined,
): string[][] {
  if (address === 'manual' || address === 'dhcp' || address === 'auto') return [];
  const flush = [flag, 'addr', 'flush', 'dev', name, 'scope', 'global'];
  if (address === undefined) return [flush];
  const lines = [flush, [flag, 'addr', 'add', address, 'dev', name]];
  // The gateway need not be in the network of the address: a routed card has /32.
  if (gateway !== undefined)
    lines.push([flag, 'route', 'replace', 'default', 'via', gateway, 'dev', name, 'onlink']);
  return lines;
}

/** In the container's UTS namespace; what its own files say is the set-up's matter. */
export async function setHostname(exec: Exec, pid: number, hostname: string): Promise<void> {
  await exec('nsenter', ['-t', String(pid), '-u', '--', 'hostname', '--', hostname], {
    intention: 'set the host name',
  });
}

export async function readInterfaces(exec: Exec, pid: number): Promise<CtInterface[]> {
  const { stdout } = await exec('nsenter', inside(pid, ['ip', '-json', 'address', 'show']), {
    intention: 'read the interfaces',
    timeoutMs: 5000,
    maxBytes: 1024 * 1024,
  });
  return parseInterfaces(stdout);
}

interface IpLink {
  readonly ifname?: string;
  readonly address?: string;
  readonly addr_info?: readonly { readonly local?: string; readonly prefixlen?: number }[];
}

/** Output of `ip -json address show`. */
export function parseInterfaces(json: string): CtInterface[] {
  let links: IpLink[];
  try {
    links = JSON.parse(json);
  } catch (cause) {
    throw new AppError('internal', 'the interfaces cannot be read', { detail: json.slice(0, 500), cause });
  }
  return links.flatMap((link) =>
    link.ifname === undefined
      ? []
      : [
          {
            name: link.ifname,
            mac: link.address ?? '00:00:00:00:00:00',
            addresses: (link.addr_info ?? []).flatMap(({ local, prefixlen }) =>
              local === undefined ? [] : [`${local}/${prefixlen}`],
            ),
          },
        ],
  );
}
