// Routed cards and speed limits on real LXC, in network namespaces of the test: what is dropped, and how fast it goes.
import { execFileSync, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../../core/exec.ts';
import type { CtDriver } from '../ct-driver.ts';
import { context, type LxcWorld, makeLxcWorld, nicOf, whyNoLxc } from './lxc-driver-fixture.ts';

const obstacle = whyNoLxc();
if (obstacle) console.warn(`routed cards: skipped, ${obstacle}`);
const host = `crofth${process.pid}`;
const peer = `croftp${process.pid}`;
const within = (space: string, ...argv: string[]) =>
  execFileSync('ip', ['netns', 'exec', space, ...argv], { encoding: 'utf8' });

describe.skipIf(obstacle !== undefined)('a routed card', () => {
  let world: LxcWorld;
  let driver: CtDriver;
  let pid = 0;
  const sh = (script: string) =>
    exec('nsenter', ['-t', String(pid), '-n', '-m', '--', '/bin/sh', '-c', script], {
      okExitCodes: [0, 1, 2, 143],
      timeoutMs: 60_000,
    }).then(({ stdout, stderr }) => stdout + stderr);
  beforeAll(async () => {
    for (const space of [host, peer]) execFileSync('ip', ['netns', 'add', space]);
    execFileSync('ip', [
      'link',
      'add',
      'up0',
      'netns',
      host,
      'type',
      'veth',
      'peer',
      'name',
      'up0',
      'netns',
      peer,
    ]);
    within(host, 'ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'up0');
    within(peer, 'ip', 'addr', 'add', '10.77.0.2/24', 'dev', 'up0');
    for (const space of [host, peer]) within(space, 'ip', 'link', 'set', 'up0', 'up');
    for (const address of ['10.77.0.5', '10.77.0.66'])
      within(peer, 'ip', 'route', 'add', address, 'via', '10.77.0.1');
    within(peer, 'nft', 'add table inet t');
    within(peer, 'nft', 'add chain inet t c { type filter hook input priority 0; }');
    within(peer, 'nft', 'add rule inet t c ip saddr 10.77.0.66 counter');
    world = await makeLxcWorld('routed');
    // LXC, and with it the hooks, in the namespace that plays the host. (Its command sockets are of that namespace, too.)
    const inHost = world.makeDriver({ reaper: ['nsenter', `--net=/run/netns/${host}`, '--'] });
    await inHost.open();
    driver = inHost;
    const routed = ['10.77.0.5/32'];
    const spec = world.spec(7301, await world.makeRoot('routed'), {
      nics: [nicOf(7301, { routed, rateBytesPerSecond: 1_000_000 })],
    });
    await inHost.mount(context, 7301, spec.mounts, true);
    await inHost.start(context, spec);
    pid = (await inHost.observe())[0]?.pid ?? 0;
    await sh(
      'ip addr add 10.77.0.5/32 dev eth0; ip link set eth0 up; ip route add 169.254.1.1 dev eth0; ip route add default via 169.254.1.1',
    );
  });
  afterAll(async () => {
    await world?.close();
    for (const space of [host, peer]) execFileSync('ip', ['netns', 'del', space]);
  });
  const foreign = () =>
    Number(/packets (\d+)/.exec(within(peer, 'nft', 'list', 'chain', 'inet', 't', 'c'))?.[1]);
  const ping = (more: string) => sh(`ping -c 3 -i 0.2 -W 1 ${more} 10.77.0.2`);

  it('reaches others, and is reached, by its own address', async () => {
    expect(await ping('')).toMatch(/ 0% packet loss/);
    expect(within(peer, 'busybox', 'ping', '-c', '1', '-W', '2', '10.77.0.5')).toMatch(/ 0% packet loss/);
  });

  it('does not get out with any other', async () => {
    await sh('ip addr add 10.77.0.66/32 dev eth0');
    expect(await ping('-I 10.77.0.66')).toMatch(/ 100% packet loss/);
    expect(foreign()).toBe(0);
    // Strict reverse path filtering is there as well: without it, still nothing.
    within(host, 'sysctl', '-qw', 'net.ipv4.conf.veth7301i0.rp_filter=0', 'net.ipv4.conf.all.rp_filter=0');
    await ping('-I 10.77.0.66');
    expect(foreign()).toBe(0);
  });

  it('sends and receives no faster than its rate', async () => {
    const take = async (server: () => string | Promise<string>, client: () => string | Promise<string>) => {
      const begin = Date.now();
      await Promise.all([server(), client()]);
      return Date.now() - begin;
    };
    const listener = () =>
      new Promise<string>((resolve) => {
        spawn('ip', ['netns', 'exec', peer, 'timeout', '30', 'busybox', 'nc', '-l', '-p', '5001'], {
          stdio: ['pipe', 'ignore', 'inherit'],
        }).on('close', () => resolve(''));
      });
    let said = '';
    const out = await take(listener, async () => {
      said = await sh(
        'sleep 0.5; head -c 2500000 /dev/zero | timeout 25 nc 10.77.0.2 5001 2>&1; echo ended $?',
      );
      return said;
    });
    expect(said).toBe('ended 0\n');
    expect(out).toBeGreaterThan(1800);
    let received = '';
    const into = await take(
      // An input that does not end: nc would hang up at its end.
      () =>
        sh('mkfifo /f; exec 3<>/f; timeout 25 nc -l -p 5002 <&3 | wc -c').then((text) => {
          received = text;
          return text;
        }),
      () =>
        new Promise<string>((resolve) => {
          const script = 'sleep 0.3; head -c 2500000 /dev/zero | timeout 25 busybox nc 10.77.0.5 5002';
          spawn('ip', ['netns', 'exec', peer, 'sh', '-c', script], { stdio: 'ignore' }).on('close', () =>
            resolve(''),
          );
        }),
    );
    expect(received.trim()).toBe('2500000');
    expect(into).toBeGreaterThan(1800);
  });

  it('was held back by the rule, and the rule goes with it', async () => {
    within(host, 'nft', 'flush', 'chain', 'netdev', 'croft_ct', 'veth7301i0');
    await ping('-I 10.77.0.66');
    expect(foreign()).toBeGreaterThan(0);
    await driver.stop(context, 7301);
    expect(within(host, 'nft', 'list', 'ruleset')).not.toContain('veth7301i0');
    expect(within(host, 'ip', 'route')).not.toContain('10.77.0.5');
    expect(world.leftovers(7301)).toEqual([]);
  });
});
