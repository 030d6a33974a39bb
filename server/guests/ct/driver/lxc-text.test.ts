// What is read and written as text: arguments of LXC, its log, event files, tables of mounts, the network programs' input.
import { describe, expect, it } from 'vitest';
import { hostWarnings } from './ct-warnings.ts';
import { parseInterfaces } from './guest-network.ts';
import {
  askArguments,
  attachArguments,
  consoleArguments,
  readStartFailure,
  startArguments,
} from './lxc-commands.ts';
import { nicOf } from './lxc-driver-fixture.ts';
import { type PlugFacts, renderPlug } from './nic-plug.ts';
import { isInGroup, readRunFile } from './run-state.ts';

const names = { base: '/run/croft/lxc', prefix: 'croft.' };

describe('arguments of LXC', () => {
  it('name the container and its configuration', () => {
    expect(startArguments(names, 101, false).join(' ')).toBe(
      '-n croft.ct-101 -P /run/croft/lxc/lxcpath --rcfile /run/croft/lxc/101/config -o /run/croft/lxc/101/log -l WARN -d',
    );
    expect(askArguments(names, 101, 'shutdown')).toContain('--nokill');
    expect(askArguments(names, 101, 'reboot').slice(-3)).toEqual(['--reboot', '--timeout', '0']);
    expect(consoleArguments(names, 101, 'console').slice(-4)).toEqual(['-t', '0', '-e', '-1']);
  });

  it('keep a program from being taken for an option', () => {
    const args = attachArguments(names, 101, ['--help']);
    expect(args.slice(-2)).toEqual(['--', '--help']);
    expect(args).toContain('--clear-env');
  });
});

describe('the log of a failed start', () => {
  it('gives the first cause, without folders of ours', () => {
    const log = [
      'lxc-start c 20261121100504.104 INFO     start - ../src/lxc/start.c:lxc_spawn:1762 - Cloned CLONE_NEWUTS',
      'lxc-start c 20261121100504.105 ERROR    sync - ../src/lxc/sync.c:sync_wait:34 - An error occurred in another process (expected sequence number 1)',
      'lxc-start c 20261121100504.270 ERROR    dir - ../src/lxc/storage/dir.c:dir_mount:163 - Permission denied - Failed to open "/run/croft/lxc/100/root"',
    ].join('\n');
    expect(readStartFailure(log, '/run/croft/lxc')).toBe('Permission denied - Failed to open "100/root"');
    expect(readStartFailure('', '/run')).toBeUndefined();
  });
});

describe('event files and groups', () => {
  it('are read whole or not at all', () => {
    expect(readRunFile(7, '12 1700000000000 11\n')).toEqual({
      vmid: 7,
      pid: 12,
      startedAt: 1_700_000_000_000,
      monitor: 11,
    });
    expect(readRunFile(7, '12 17')).toBeUndefined();
  });

  it('know a process of the container from one of a neighbour', () => {
    expect(isInGroup('8:pids:/croft.lxc/10/ns\n', 'croft.lxc/10')).toBe(true);
    expect(isInGroup('0::/croft.lxc/101\n', 'croft.lxc/10')).toBe(false);
    expect(isInGroup('', 'croft.lxc/10')).toBe(false);
  });
});

describe('cards', () => {
  const facts: PlugFacts = {
    filtersVlans: (bridge) => ({ vmbr0: false, vmbr1: true })[bridge],
    uplinksOf: (address) => (address === '192.0.2.5' ? ['vmbr0'] : []),
    advertised: ['vmbr0'],
  };

  it('are put on a bridge, with a VLAN where it separates them', () => {
    const plug = renderPlug([nicOf(101, { bridge: 'vmbr1', tag: 20, trunks: [30], mtu: 1400 })], facts);
    expect(plug.ip).toBe(
      'link set dev veth101i0 mtu 1400\nlink set dev veth101i0 nomaster\nlink set dev veth101i0 master vmbr1\nlink set dev veth101i0 up\n',
    );
    expect(plug.bridge).toBe(
      'vlan add dev veth101i0 vid 1\nvlan del dev veth101i0 vid 1\nvlan add dev veth101i0 vid 20 pvid untagged\nvlan add dev veth101i0 vid 30\n',
    );
    expect(plug.nft).toBe('');
    expect(() => renderPlug([nicOf(101, { bridge: 'vmbr0', tag: 20 })], facts)).toThrow(
      /does not separate VLANs/,
    );
    expect(() => renderPlug([nicOf(101, { bridge: 'none' })], facts)).toThrow(/no bridge 'none'/);
  });

  it('are routed for their own addresses alone', () => {
    const plug = renderPlug([nicOf(101, { routed: ['192.0.2.5/32', '2001:db8::5/128'] })], facts);
    expect(plug.ip).toContain('route replace 192.0.2.5/32 dev veth101i0\n');
    expect(plug.ip).toContain('neigh replace proxy 192.0.2.5 dev vmbr0\n');
    expect(plug.nft).toContain('ip saddr { 192.0.2.5/32 } accept\n');
    expect(plug.nft.trimEnd().endsWith('veth101i0 drop')).toBe(true);
    expect(plug.sysctl).toContain('net/ipv6/conf/vmbr0/accept_ra 2\nnet/ipv6/conf/all/forwarding 1\n');
    expect(plug.unplugIp).toBe('neigh del proxy 192.0.2.5 dev vmbr0\n');
    expect(plug.unplugNft).toBe('delete chain netdev croft_ct veth101i0\n');
  });

  it('refuse words that would become commands', () => {
    for (const bad of [
      { bridge: 'a\nb' },
      { routed: ['192.0.2.5/32 dev x'] },
      { hostName: 'x;y' },
      { mac: 'zz' },
    ])
      expect(() => renderPlug([nicOf(101, bad)], facts)).toThrow();
  });
});

describe('interfaces', () => {
  it('are read from ip', () => {
    const json =
      '[{"ifname":"eth0","address":"02:00:00:00:00:01","addr_info":[{"local":"192.0.2.5","prefixlen":24},{"local":"fe80::1","prefixlen":64}]},{}]';
    expect(parseInterfaces(json)).toEqual([
      { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['192.0.2.5/24', 'fe80::1/64'] },
    ]);
    expect(() => parseInterfaces('no')).toThrow();
  });
});

describe('warnings', () => {
  it('name each thing that is missing, and nothing where all is there', () => {
    const good: Record<string, string> = {
      '/sys/module/apparmor/parameters/enabled': 'Y\n',
      '/proc/sys/kernel/seccomp/actions_avail': 'kill log\n',
      '/proc/sys/user/max_user_namespaces': '1000\n',
      '/var/lib/lxcfs/proc/meminfo': 'MemTotal: 524288 kB\n',
    };
    expect(hostWarnings(2, (path) => good[path])).toEqual([]);
    expect(hostWarnings(1, () => undefined)).toHaveLength(5);
  });
});
