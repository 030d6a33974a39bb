// What only containers can do, on real LXC: file systems of each shape, limits, terminals, hostile insides, ends of all kinds.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { chown, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Terminal } from '../../../core/terminal.ts';
import type { GuestObservation } from '../../guest-driver.ts';
import { ctPaths } from '../ct-paths.ts';
import { context, type LxcWorld, makeLxcWorld, nicOf, plan, until, whyNoLxc } from './lxc-driver-fixture.ts';
import { readRootUsage } from './root-usage.ts';

const obstacle = whyNoLxc();
if (obstacle) console.warn(`containers' abilities: skipped, ${obstacle}`);

describe.skipIf(obstacle !== undefined)('containers on real LXC', () => {
  let world: LxcWorld;
  const seen: GuestObservation[] = [];
  beforeAll(async () => {
    world = await makeLxcWorld('able', { shared: true });
    await world.driver.open();
    world.driver.watch((observation) => seen.push(observation));
  });
  afterAll(() => world.close());
  const told = (vmid: number, reason: GuestObservation['reason']) =>
    until(`${vmid} ${reason}`, () => seen.some((each) => each.vmid === vmid && each.reason === reason));
  const monitorOf = (vmid: number) =>
    Number(readFileSync(join(world.base, 'events', String(vmid)), 'utf8').split(' ')[2]);
  /** Another mount namespace, of a container that just starts, may hold it a moment longer. */
  const released = (image: string) =>
    until('the image is free', () => execFileSync('losetup', ['-j', image], { encoding: 'utf8' }) === '');
  const gone = (vmid: number) =>
    until(`nothing of ${vmid} is left`, () => world.leftovers(vmid).length === 0);

  it('shows the limits inside, and changes them', async () => {
    await world.run(7201, {
      lines: ['lxc.cgroup.memory.limit_in_bytes = 67108864', 'lxc.cgroup.cpu.shares = 512'],
    });
    const left = await world.driver.hotPlug(context, 7201, [
      { key: 'memory', action: 'memory', memoryBytes: 100 * 1024 ** 2, swapBytes: 0 },
      { key: 'cpulimit', action: 'cpu-limit', cores: 0.5 },
      { key: 'cpuunits', action: 'cpu-weight', weight: 200 },
      { key: 'cores', action: 'cpu-cores', cores: 1 },
      { key: 'hostname', action: 'hostname', hostname: 'renamed' },
    ]);
    expect(left).toEqual([]);
    expect(await world.sh(7201, 'hostname')).toBe('renamed');
    expect(await world.sh(7201, 'nproc')).toBe('1');
    const stats = (await world.driver.stats()).find(({ vmid }) => vmid === 7201);
    expect(stats?.cpus).toBe(0.5);
    expect(stats?.memoryBytes).toBeGreaterThan(0);
    // More than the memory: the kernel ends it.
    expect(await world.sh(7201, 'head -c 150000000 /dev/zero | tail; echo end $?')).toMatch(
      /end (137|1)|Killed/,
    );
    await world.driver.stop(context, 7201);
    expect(world.leftovers(7201)).toEqual([]);
  });

  it('stops a fork bomb at the limit of processes, and ends it', async () => {
    await world.run(7202, { lines: ['lxc.cgroup.pids.max = 50'] });
    const bomb = world.driver.exec(context, 7202, ['/bin/sh', '-c', 'f() { f | f & }; f; sleep 2'], {
      timeoutMs: 4000,
    });
    await bomb.catch(() => undefined);
    const groups = join('/sys/fs/cgroup/pids', `${world.prefix}lxc/7202/pids.current`);
    if (existsSync(groups)) expect(Number(readFileSync(groups, 'utf8'))).toBeLessThanOrEqual(50);
    await world.driver.stop(context, 7202);
    expect(world.leftovers(7202)).toEqual([]);
  });

  it('mounts layers, an image and folders, and keeps owners of an idmapped folder', async () => {
    const lower = await world.makeRoot('lower: a,b');
    const upper = join(world.folder, 'upper');
    const work = join(world.folder, 'work');
    const shared = join(world.folder, 'shared');
    const image = join(world.folder, 'data.raw');
    for (const folder of [upper, work, shared]) await mkdir(folder);
    await chown(upper, 100_000, 100_000);
    await chown(shared, 1234, 1234);
    execFileSync('truncate', ['-s', '16M', image]);
    execFileSync('mkfs.ext4', ['-q', '-E', 'root_owner=100000:100000', image]);
    const mounts = [
      plan('mp0', '/mnt/image', { kind: 'file', path: image, format: 'raw' }),
      plan('mp1', '/mnt/kept', { kind: 'directory', path: shared }, { idmapped: true }),
      plan('mp2', '/mnt/image/inner', { kind: 'directory', path: shared }, { readOnly: true }),
    ];
    const source = join(ctPaths(world.base, 7203).folder, 'sources/mp1');
    await world.run(7203, {
      root: { kind: 'overlay', lower: [lower], upper, work },
      mounts,
      lines: [`lxc.mount.entry = ${source} mnt/kept none rbind,create=dir,idmap=container 0 0`],
    });
    expect(
      await world.sh(7203, 'echo word >/mnt/image/file; echo new >/etc/added; cat /mnt/image/file'),
    ).toBe('word');
    expect(await world.sh(7203, 'touch /mnt/image/inner/x')).toMatch(/Read-only/);
    expect(
      await world.sh(7203, 'touch /mnt/kept/mine; chown 1234 /mnt/kept/mine; stat -c %u /mnt/kept'),
    ).toBe('1234');
    expect(statSync(join(shared, 'mine')).uid).toBe(1234);
    expect(existsSync(join(upper, 'etc/added'))).toBe(true);
    await world.driver.stop(context, 7203);
    expect(world.leftovers(7203)).toEqual([]);
    await released(image);
  });

  it('has an image as its root', async () => {
    const image = join(world.folder, 'root.raw');
    execFileSync('truncate', ['-s', '64M', image]);
    execFileSync('mkfs.ext4', ['-q', '-d', await world.makeRoot('for-image'), image]);
    await world.run(7204, { root: { kind: 'file', path: image, format: 'raw' } });
    const usage = await readRootUsage(world.base, 7204);
    expect(usage?.totalBytes).toBeLessThan(64 * 1024 ** 2);
    expect(usage?.usedBytes).toBeGreaterThan(0);
    expect(await world.sh(7204, 'grep " / " /proc/mounts')).toMatch(/ext4 rw,nodev/);
    await world.driver.stop(context, 7204);
    await released(image);
    expect(await readRootUsage(world.base, 7204)).toBeUndefined();
  });

  it('mounts one more folder while it runs, and keeps it over a reboot from inside', async () => {
    const folder = join(world.folder, 'hot');
    await mkdir(folder);
    await chown(folder, 100_000, 100_000);
    await world.run(7205);
    const first = await world.driver.rootOf(7205);
    await world.sh(7205, 'mkdir /tmp/real; ln -s /tmp/real /mnt/link; ln -s /etc /mnt/out');
    const change = (key: string, target: string, idmapped: boolean) => ({
      ...{ key, action: 'attach-mount' as const },
      mount: plan(key, target, { kind: 'directory', path: folder }, { idmapped }),
    });
    const changes = [change('mp0', '/mnt/link/deep', false), change('mp1', '/mnt/out/mapped', true)];
    expect(await world.driver.hotPlug(context, 7205, changes)).toEqual([]);
    expect(await world.sh(7205, 'echo there >/tmp/real/deep/file; cat /tmp/real/deep/file')).toBe('there');
    expect(await world.sh(7205, 'grep -c /tmp/real/deep /proc/mounts')).toBe('1');
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('there\n');
    expect(await world.sh(7205, 'stat -c %u /etc/mapped')).toBe('65534');
    expect(existsSync('/etc/mapped')).toBe(false);
    await world.driver.requestReboot(7205);
    await told(7205, 'reset');
    expect(await world.driver.rootOf(7205)).not.toBe(first);
    expect(await world.sh(7205, 'cat /tmp/real/deep/file')).toBe('there');
    expect(await world.sh(7205, 'grep -c /tmp/real/deep /proc/mounts')).toBe('1');
    await world.driver.stop(context, 7205);
    expect(world.leftovers(7205)).toEqual([]);
    expect(existsSync(join(folder, 'file'))).toBe(true);
  });

  it('writes nothing outside a root whose folders lead there', async () => {
    const outside = join(world.folder, 'outside');
    await mkdir(outside);
    const root = await world.makeRoot('hostile');
    for (const name of ['dev', 'mnt']) {
      await rm(join(root, name), { recursive: true });
      await symlink(outside, join(root, name));
    }
    await symlink(outside, join(root, 'etc/data'));
    const data = join(world.folder, 'volume');
    await mkdir(data);
    const mounts = [
      plan('mp0', '/mnt/made', { kind: 'directory', path: data }),
      plan('mp1', '/etc/data/made', { kind: 'directory', path: data }),
    ];
    const spec = world.spec(7206, root, { mounts });
    await world.driver
      .mount(context, 7206, spec.mounts, true)
      .catch((error) => expect(error.name).toBe('AppError'));
    await world.driver.start(context, spec).catch((error) => expect(error.name).toBe('AppError'));
    expect(await readdir(outside)).toEqual([]);
    await world.driver.stop(context, 7206);
    await world.driver.unmount(7206);
    expect(await readdir(outside)).toEqual([]);
    expect(world.leftovers(7206)).toEqual([]);
  });

  it('refuses a folder of the host that is a link, and leaves nothing', async () => {
    const link = join(world.folder, 'link');
    await symlink('/etc', link);
    const spec = world.spec(7207, await world.makeRoot('plain'), {
      mounts: [plan('mp0', '/mnt/etc', { kind: 'directory', path: link })],
    });
    await expect(world.driver.mount(context, 7207, spec.mounts, true)).rejects.toMatchObject({
      code: 'invalid-input',
    });
    expect(world.leftovers(7207)).toEqual([]);
    await expect(world.driver.start(context, spec)).rejects.toMatchObject({ code: 'wrong-state' });
  });

  it('unmounts nothing of the host when folders on the way became links', async () => {
    const bystander = join(world.folder, 'bystander');
    await mkdir(join(bystander, 'data'), { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(bystander, 'data')]);
    try {
      const data = join(world.folder, 'moved');
      await mkdir(data);
      await world.run(7208, { mounts: [plan('mp0', '/mnt/way/data', { kind: 'directory', path: data })] });
      await world.sh(7208, `mv /mnt/way /mnt/other && ln -s ${bystander} /mnt/way`);
      await world.driver.stop(context, 7208);
      expect(world.leftovers(7208)).toEqual([]);
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).toContain(join(bystander, 'data'));
    } finally {
      execFileSync('umount', [join(bystander, 'data')]);
    }
  });

  it('opens several terminals that are resized on their own, and ends them with the container', async () => {
    await world.run(7209);
    const shells = await Promise.all(
      [1, 2].map(() => world.driver.terminal(7209, 'shell', { columns: 80, rows: 24 })),
    );
    const console = await world.driver.terminal(7209, 'console', { columns: 80, rows: 24 });
    const tty = await world.driver.terminal(7209, 'tty', { columns: 80, rows: 24 });
    const records = [...shells, console, tty].map(record);
    const [first, second] = records;
    shells[0]?.resize(101, 31);
    shells[1]?.resize(102, 32);
    await until('shells answer', async () => {
      for (const shell of shells) shell.write(Buffer.from('stty size\r'));
      return /31 101/.test(first?.text() ?? '') && /32 102/.test(second?.text() ?? '');
    });
    const chosen = await world.driver.execTerminal(7209, ['/bin/echo', 'chosen'], { columns: 80, rows: 24 });
    const answer = record(chosen);
    await until('a chosen program ends', () => answer.ended() && answer.text().includes('chosen'));
    await world.driver.stop(context, 7209);
    await until('all terminals end', () => records.every((each) => each.ended()));
    await expect(world.driver.terminal(7209, 'shell', { columns: 80, rows: 24 })).rejects.toMatchObject({
      code: 'wrong-state',
    });
  });

  it('runs programs inside with input, exit code, bounded output and an end in time', async () => {
    await world.run(7210);
    const { driver } = world;
    const cat = await driver.exec(context, 7210, ['cat'], { input: 'put in' });
    expect(cat).toEqual({ exitCode: 0, stdout: 'put in', stderr: '' });
    const failed = await driver.exec(context, 7210, ['sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(failed).toEqual({ exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
    const much = await driver.exec(context, 7210, ['sh', '-c', 'head -c 3000000 /dev/zero; echo done >&2']);
    expect(much.stdout.length).toBe(1024 * 1024);
    expect(much.stderr).toBe('done\n');
    const endless = driver.exec(context, 7210, ['sleep', '4711'], { timeoutMs: 500 });
    await expect(endless).rejects.toMatchObject({ code: 'timeout' });
    expect(await world.sh(7210, 'ps | grep "[s]leep 4711"')).toBe('');
    expect(await world.sh(7210, 'env; id -u')).toMatch(/HOME=\/root/);
    expect(await world.sh(7210, 'env')).not.toMatch(/NODE|VITEST/);
    await driver.stop(context, 7210);
  });

  it('tells a shutdown from a crash, and clears up after both', async () => {
    const { pid } = await started(7211);
    await world.driver.requestShutdown(7211);
    await told(7211, 'shutdown');
    await gone(7211);
    await started(7212);
    process.kill(monitorOf(7212), 'SIGKILL');
    await told(7212, 'crashed');
    await gone(7212);
    expect(existsSync(`/proc/${pid}/root/sbin`)).toBe(false);
    await started(7212);
    await world.driver.stop(context, 7212);
  });

  it('clears up what ended while no driver looked', async () => {
    const driver = world.makeDriver();
    await started(7213);
    await started(7214);
    await started(7215);
    await world.driver.close();
    await world.sh(7213, 'kill -PWR 1').catch(() => '');
    await gone(7213);
    // Neither the hook nor a driver sees this end.
    const pid = Number(readFileSync(join(world.base, 'events/7214'), 'utf8').split(' ')[0]);
    process.kill(monitorOf(7214), 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    expect(world.leftovers(7214)).not.toEqual([]);
    await driver.open();
    expect(world.leftovers(7214)).toEqual([]);
    expect((await driver.observe()).map(({ vmid }) => vmid)).toEqual([7215]);
    await driver.stop(context, 7215);
    await driver.close();
    await world.driver.open();
  });

  it('stops one that is frozen, and one whose monitor was killed', async () => {
    await started(7216);
    await world.driver.pause(7216);
    await world.driver.stop(context, 7216);
    expect(world.leftovers(7216)).toEqual([]);
    await started(7217);
    process.kill(monitorOf(7217), 'SIGKILL');
    await world.driver.stop(context, 7217);
    expect(world.leftovers(7217)).toEqual([]);
  });

  it('plugs and unplugs a card while it runs, with addresses and a rate', async () => {
    await world.run(7218, { nics: [nicOf(7218, { rateBytesPerSecond: 1_000_000 })] });
    expect(execFileSync('tc', ['qdisc', 'show', 'dev', 'veth7218i0'], { encoding: 'utf8' })).toMatch(
      /tbf .*rate 8Mbit/,
    );
    const nic = nicOf(7218, { key: 'net1', hostName: 'veth7218i1', name: 'eth1', mac: '02:00:00:00:00:77' });
    const slower = nicOf(7218, { rateBytesPerSecond: 500_000, linkDown: true });
    const left = await world.driver.hotPlug(context, 7218, [
      { key: 'net1', action: 'attach-nic', nic },
      {
        key: 'net1',
        action: 'set-addresses',
        name: 'eth1',
        ip: '192.0.2.9/24',
        gw: '192.0.2.1',
        ip6: undefined,
        gw6: undefined,
      },
      { key: 'net0', action: 'update-nic', nic: slower },
    ]);
    expect(left).toEqual([]);
    const eth1 = (await world.driver.interfaces(7218)).find(({ name }) => name === 'eth1');
    expect(eth1).toMatchObject({
      mac: '02:00:00:00:00:77',
      addresses: expect.arrayContaining(['192.0.2.9/24']),
    });
    expect(await world.sh(7218, 'ip route')).toMatch(/default via 192.0.2.1 dev eth1/);
    expect(execFileSync('tc', ['qdisc', 'show', 'dev', 'veth7218i0'], { encoding: 'utf8' })).toMatch(
      /rate 4Mbit/,
    );
    expect(await world.sh(7218, 'cat /sys/class/net/eth0/carrier')).toBe('0');
    await world.driver.hotPlug(context, 7218, [{ key: 'net1', action: 'detach-nic', nic }]);
    expect((await world.driver.interfaces(7218)).map(({ name }) => name)).toEqual(['lo', 'eth0']);
    await world.driver.stop(context, 7218);
    expect(world.leftovers(7218)).toEqual([]);
    expect(execFileSync('nft', ['list', 'ruleset'], { encoding: 'utf8' })).not.toContain('veth7218i0');
  });

  it('says why a card cannot be plugged, and leaves nothing', async () => {
    const root = await world.makeRoot('no-bridge');
    const spec = world.spec(7219, root, { nics: [nicOf(7219, { bridge: 'croft-no-such' })] });
    await world.driver.mount(context, 7219, spec.mounts, true);
    await expect(world.driver.start(context, spec)).rejects.toThrow(/net0: there is no bridge/);
    expect(world.leftovers(7219)).toEqual([]);
  });

  it('hands device nodes in with their owner', async () => {
    const { folder } = ctPaths(world.base, 7220);
    const rendered = world.spec(7220, await world.makeRoot('devices'), {
      lines: [`lxc.mount.entry = ${folder}/devices/dev0 dev/mine none bind,create=file 0 0`],
    });
    const device = { key: 'dev0', type: 'c' as const, major: 1, minor: 5, node: `${folder}/devices/dev0` };
    const spec = { ...rendered, devices: [{ ...device, uid: 100_007, gid: 100_008, mode: '0640' }] };
    await world.driver.mount(context, 7220, spec.mounts, true);
    await world.driver.start(context, spec);
    expect(await world.sh(7220, 'stat -c "%u %g %a %t:%T" /dev/mine; head -c 3 /dev/mine | wc -c')).toBe(
      '7 8 640 1:5\n3',
    );
    await world.driver.stop(context, 7220);
    expect(world.leftovers(7220)).toEqual([]);
  });

  async function started(vmid: number): Promise<{ pid: number }> {
    const root = join(world.folder, `again-${vmid}`);
    if (!existsSync(root)) await world.makeRoot(`again-${vmid}`);
    await world.run(vmid, { root: { kind: 'directory', path: root } });
    const guest = (await world.driver.observe()).find((each) => each.vmid === vmid);
    return { pid: guest?.pid ?? 0 };
  }
});

function record(terminal: Terminal) {
  let text = '';
  let ended = false;
  terminal.onData((data) => {
    text += data.toString();
  });
  terminal.onEnd(() => {
    ended = true;
  });
  return { text: () => text, ended: () => ended };
}
