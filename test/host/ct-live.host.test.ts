// What a running container of LXC feels of its limits and of changes: memory, processors, processes, cards, mount points, owners.
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureLxcfs } from '../../server/setup/lxcfs.mjs';
import { callTls } from './api.ts';
import { busyboxTemplate } from './ct-templates.ts';
import { CtWorld, firstVmid, ownBridge, ownNet, whyNoContainers } from './ct-world.ts';
import { eventually } from './wait.ts';

const why = whyNoContainers();
if (why !== undefined) process.stderr.write(`running containers are not tested: ${why}\n`);

const bridge = ownBridge;
const [routed, foreign] = [`${ownNet}.5`, `${ownNet}.6`];
const world = new CtWorld(bridge);
const { daemon } = world;
const [limited, bomb, bound, plain] = [firstVmid + 11, firstVmid + 12, firstVmid + 13, firstVmid + 14];
let template: string;

beforeAll(async () => {
  await ensureLxcfs();
  await daemon.start();
  template = world.addTemplate(busyboxTemplate(), 'busybox.tar.gz');
});
afterAll(async () => {
  await world.dispose();
});

/** From the host; throws when there is no answer. */
const ping = (address: string) =>
  execFileSync('busybox', ['ping', '-c', '1', '-W', '2', address], { encoding: 'utf8' });
/** MiB. busybox' free asks the kernel, not lxcfs. */
const memory = async () =>
  Number((await world.sh(limited, 'cat /proc/meminfo')).match(/^MemTotal:\s+(\d+)/m)?.[1]) / 1024;
const pending = async () =>
  (
    await daemon.ok<{ key: string; pending?: unknown; delete?: number }[]>(
      'GET',
      `${world.path(limited)}/pending`,
    )
  ).filter((line) => line.pending !== undefined || line.delete !== undefined);

describe.skipIf(why !== undefined)('limits', () => {
  it('are seen inside', async () => {
    const params = {
      hostname: 'limited',
      cores: 1,
      memory: 96,
      swap: 32,
      net0: `name=eth0,bridge=${bridge},ip=dhcp`,
    };
    expect(await world.create(limited, template, { ...params, start: 1 })).toBe('OK');
    expect(await memory()).toBe(96);
    expect(await world.sh(limited, 'nproc')).toBe('1');
    expect(await world.sh(limited, 'grep -c ^processor /proc/cpuinfo')).toBe('1');
    expect(Number(await world.sh(limited, 'cut -d. -f1 /proc/uptime'))).toBeLessThan(60);
    // What is asked for beyond memory and swap is not given.
    const greedy = await world.run(limited, [
      '/bin/sh',
      '-c',
      'dd if=/dev/zero of=/dev/null bs=200M count=1',
    ]);
    expect(greedy.exitcode).not.toBe(0);
    expect(await world.state(limited)).toBe('running');
  });

  it('change while it runs', async () => {
    await world.set(limited, { memory: 160, swap: 64, cores: 2 });
    expect(await pending()).toEqual([]);
    expect(await memory()).toBe(160);
    expect(await world.sh(limited, 'nproc')).toBe(
      execFileSync('nproc', { encoding: 'utf8' }).trim() === '1' ? '1' : '2',
    );
    if (existsSync('/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes'))
      expect(world.cgroup(limited, 'memory', 'memory.memsw.limit_in_bytes')).toBe(String(224 * 1024 ** 2));
    await world.set(limited, { memory: 64, swap: 0 });
    expect(await memory()).toBe(64);
    const spent = async () => {
      const times = await world.sh(limited, 'timeout 2 sh -c "while :; do :; done"; times');
      const [, minutes = '', seconds = ''] = /^(\d+)m([\d.]+)s/.exec(times.split('\n').at(-1) ?? '') ?? [];
      return Number(minutes) * 60 + Number(seconds);
    };
    await world.set(limited, { cpulimit: 0.2 });
    expect(await pending()).toEqual([]);
    const slow = await spent();
    expect(slow).toBeGreaterThan(0.1);
    expect(slow).toBeLessThan(0.8);
    await world.set(limited, { delete: 'cpulimit' });
    expect(await spent()).toBeGreaterThan(slow);
  });

  it('hold a fork bomb', async () => {
    expect(await world.create(bomb, template, { memory: 4096, cpulimit: 1, start: 1 })).toBe('OK');
    await world.run(bomb, ['/bin/sh', '-c', 'bomb() { bomb | bomb & }; (bomb) >/dev/null 2>&1 &']);
    const processes = () => Number(world.cgroup(bomb, 'pids', 'pids.current'));
    await eventually('a thousand processes', 30_000, () => processes() > 1000);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(processes()).toBeLessThanOrEqual(8192);
    const began = performance.now();
    expect(await world.state(bomb)).toBe('running');
    expect(performance.now() - began).toBeLessThan(3000);
    expect(await world.power(bomb, 'stop')).toBe('OK');
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(await world.remove(bomb)).toBe('OK');
    expect(world.leftovers(bomb)).toEqual([]);
  });
});

describe.skipIf(why !== undefined)('a change on the fly', () => {
  it('names it, and gives it a private address that the host reaches', async () => {
    const { code, stdout, stderr } = await world.croft(
      ...['ct', 'set', String(limited), '--hostname', 'web', '--ip', 'add', routed],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`CT ${limited} is changed\n`);
    expect(await world.sh(limited, 'hostname; cat /etc/hostname')).toBe('web\nweb');
    expect(await world.sh(limited, 'cat /etc/hosts')).toMatch(/ web$/m);
    expect(ping(routed)).toContain(' 0% packet loss');
    // The other way too, and nothing leaves it under an address that is not its own.
    const host = execFileSync('ip', ['-4', '-o', 'addr', 'show', 'dev', bridge], { encoding: 'utf8' }).match(
      /inet ([\d.]+)/,
    )?.[1];
    expect(await world.sh(limited, `ping -c 1 -W 2 -I ${routed} ${host}`)).toContain(' 0% packet loss');
    await world.sh(limited, `ip addr add ${foreign}/32 dev eth1`);
    expect(await world.sh(limited, `ping -c 1 -W 1 -I ${foreign} ${host}`)).toContain('100% packet loss');
  });

  it('survives a reboot from inside', async () => {
    const boot = () => world.sh(limited, 'cut -d" " -f22 /proc/1/stat');
    const before = await boot();
    await world.run(limited, ['reboot']);
    await eventually('its next life', 20_000, async () => (await boot()) !== before);
    await eventually('its answer', 10_000, () => ping(routed) !== '');
    expect(await world.sh(limited, 'hostname')).toBe('web');
    expect(await world.sh(limited, 'ip link show')).toContain('eth1');
  });

  it('takes the address away', async () => {
    expect((await world.croft('ct', 'set', String(limited), '--ip', 'del', routed)).code).toBe(0);
    expect(await world.sh(limited, 'ip link show')).toContain('eth0');
    expect(await world.sh(limited, 'ip link show')).not.toContain('eth1');
    expect(execFileSync('ip', ['route'], { encoding: 'utf8' })).not.toContain(routed);
    expect(execFileSync('nft', ['list', 'ruleset'], { encoding: 'utf8' })).not.toContain(`veth${limited}i1`);
  });

  it('plugs a card into a bridge, slows it, and pulls it out', async () => {
    const net1 = `name=lan,bridge=${bridge},hwaddr=BC:24:11:00:61:11,ip=${ownNet}.130/25`;
    await world.set(limited, { net1 });
    expect(await world.sh(limited, 'ip addr show dev lan')).toMatch(
      new RegExp(`bc:24:11:00:61:11[^]*inet ${ownNet}.130/25`),
    );
    expect(readFileSync(`/sys/class/net/veth${limited}i1/master/uevent`, 'utf8')).toContain(bridge);
    await world.set(limited, { net1: `${net1},rate=1` });
    expect(execFileSync('tc', ['qdisc', 'show', 'dev', `veth${limited}i1`], { encoding: 'utf8' })).toContain(
      '8Mbit',
    );
    await world.set(limited, { delete: 'net1' });
    expect(await world.sh(limited, 'ip link show')).not.toContain('lan');
    expect(existsSync(`/sys/class/net/veth${limited}i1`)).toBe(false);
  });

  it('mounts one more volume, which is there after a restart', async () => {
    await world.set(limited, { mp0: 'local:0.03125,mp=/data/deep' });
    expect(await pending()).toEqual([]);
    expect(
      await world.sh(
        limited,
        'echo kept >/data/deep/file; stat -c %u /data/deep/file; grep -c /data/deep /proc/mounts',
      ),
    ).toBe('0\n1');
    expect(await world.power(limited, 'stop')).toBe('OK');
    expect(world.mounts()).toEqual([]);
    expect(await world.power(limited, 'start')).toBe('OK');
    expect(await world.sh(limited, 'cat /data/deep/file')).toBe('kept');
  });

  it('says what waits for the next start', async () => {
    await world.set(limited, { tty: 1 });
    expect(await pending()).toMatchObject([{ key: 'tty', pending: 1 }]);
    expect(await world.power(limited, 'reboot')).toBe('OK');
    expect(await pending()).toEqual([]);
    expect(await world.remove(limited, { force: 1 })).toBe('OK');
    expect(world.leftovers(limited)).toEqual([]);
  });
});

describe.skipIf(why !== undefined)('a folder of the host', () => {
  const share = join(world.bindFolder, 'share');
  const owner = (name: string) => statSync(join(share, name)).uid;

  beforeAll(async () => {
    mkdirSync(share);
    writeFileSync(join(share, 'theirs'), 'theirs\n');
    for (const path of [share, join(share, 'theirs')]) chownSync(path, 1234, 1234);
    expect(await world.create(bound, template)).toBe('OK');
    await world.set(bound, { mp0: `${share},mp=/share,keepattrs=1` });
    expect(await world.power(bound, 'start')).toBe('OK');
    await world.sh(bound, 'echo u:x:1234:1234::/tmp:/bin/sh >>/etc/passwd');
  });

  it('keeps its owners, and what is written inside belongs to the same numbers outside', async () => {
    expect(await world.sh(bound, 'stat -c %u:%g /share /share/theirs')).toBe('1234:1234\n1234:1234');
    expect(await world.sh(bound, "su u -c 'echo more >>/share/theirs; echo new >/share/new'")).toBe('');
    expect(readFileSync(join(share, 'theirs'), 'utf8')).toBe('theirs\nmore\n');
    expect([owner('new'), owner('theirs')]).toEqual([1234, 1234]);
    await world.sh(bound, 'touch /share/of-root');
    expect(owner('of-root')).toBe(0);
  });

  it('can be handed over while it runs', async () => {
    await world.set(bound, { mp1: `${share},mp=/again,keepattrs=1`, mp2: `${share},mp=/shifted` });
    expect(await world.sh(bound, 'stat -c %u /again/theirs /shifted/theirs')).toBe('1234\n65534');
    expect(await world.sh(bound, "su u -c 'echo hot >/again/hot'")).toBe('');
    expect(owner('hot')).toBe(1234);
    expect(await world.sh(bound, "su u -c 'echo no >/shifted/no'")).toContain('denied');
  });

  it('is refused where the list does not allow it, by name', async () => {
    const elsewhere = join(daemon.folder, 'elsewhere');
    mkdirSync(elsewhere);
    const link = join(world.bindFolder, 'link');
    symlinkSync('/etc', link);
    for (const path of [elsewhere, '/etc', daemon.storagePath, '/srv/croft-tests']) {
      const answer = await daemon.call('PUT', `${world.path(bound)}/config`, { mp3: `${path},mp=/bad` });
      expect(answer.status, path).toBe(403);
      expect(JSON.stringify(answer.body), path).toContain(path);
    }
    // A link at an allowed place leads nowhere: the start says so.
    expect(await world.create(plain, template, { mp0: `${link},mp=/bad` })).toBe('OK');
    expect(await world.power(plain, 'start')).toContain('links are not followed');
    expect(await world.state(plain)).toBe('stopped');
    expect(await world.remove(plain)).toBe('OK');
    expect(world.leftovers(plain)).toEqual([]);
  });

  it('is refused to who may only run containers, by name of the privilege', async () => {
    const user = { userid: 'operator@pve', password: 'a password of tests' };
    await daemon.ok('POST', '/access/users', user);
    await daemon.ok('PUT', '/access/acl', { path: '/vms', roles: 'PVEVMAdmin', users: user.userid });
    const ticket = await callTls(daemon.port, 'POST', '/access/ticket', {
      username: user.userid,
      password: user.password,
    });
    const { ticket: cookie, CSRFPreventionToken } = ticket.body.data as {
      ticket: string;
      CSRFPreventionToken: string;
    };
    const headers = { cookie: `PVEAuthCookie=${encodeURIComponent(cookie)}`, CSRFPreventionToken };
    const put = (params: Record<string, unknown>) =>
      callTls(daemon.port, 'PUT', `${world.path(bound)}/config`, params, headers);
    const refused = await put({ mp3: `${share},mp=/more` });
    expect(refused.status).toBe(403);
    expect(`${refused.reason} ${JSON.stringify(refused.body)}`).toContain('Sys.Modify');
    expect((await put({ memory: 80 })).status).toBe(200);
  });

  it('is untouched when the container is removed', async () => {
    expect(await world.remove(bound, { force: 1 })).toBe('OK');
    expect(world.leftovers(bound)).toEqual([]);
    expect(readFileSync(join(share, 'theirs'), 'utf8')).toBe('theirs\nmore\n');
  });
});
