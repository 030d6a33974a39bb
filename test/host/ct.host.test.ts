// Containers through the daemon's API, on real LXC: Debian with systemd and busybox live, reach each other by name, and leave nothing.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureLxcfs } from '../../server/setup/lxcfs.mjs';
import { builtTemplate } from '../../server/templates/template-fixture.ts';
import { busyboxTemplate } from './ct-templates.ts';
import { CtWorld, firstVmid, ownBridge, whyNoContainers } from './ct-world.ts';
import { eventually } from './wait.ts';

const why = whyNoContainers();
if (why !== undefined) process.stderr.write(`containers are not tested: ${why}\n`);

const world = new CtWorld(ownBridge);
const { daemon } = world;
const [debian, busybox, third] = [firstVmid + 1, firstVmid + 2, firstVmid + 3];
let templates: { debian: string; busybox: string };

beforeAll(async () => {
  await ensureLxcfs();
  await daemon.start();
  templates = {
    debian: world.addTemplate(await builtTemplate('debian-13-standard'), 'debian-13-standard.tar.zst'),
    busybox: world.addTemplate(busyboxTemplate(), 'busybox.tar.gz'),
  };
}, 900_000);
afterAll(async () => {
  await world.dispose();
});

async function timed<T>(what: string, work: Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work;
  process.stderr.write(`${what}: ${Math.round(performance.now() - began)} ms\n`);
  return result;
}

describe.skipIf(why !== undefined)('containers that live', () => {
  it('are created from a template and started', async () => {
    const net0 = `name=eth0,bridge=${ownBridge},ip=dhcp`;
    const big = { memory: 512, rootfs: 'local:4' };
    const made = world.create(debian, templates.debian, { hostname: 'first', net0, ...big, start: 1 });
    expect(await timed('Debian created and started, its template unpacked', made)).toBe('OK');
    const second = world.create(busybox, templates.busybox, { hostname: 'second', net0, start: 1 });
    expect(await timed('busybox created and started', second)).toBe('OK');
    expect(await world.state(debian)).toBe('running');
    expect(await world.state(busybox)).toBe('running');
  });

  it('has a systemd that is content', async () => {
    const state = await eventually('the end of the boot', 30_000, async () => {
      const { stdout } = await world.run(debian, ['systemctl', 'is-system-running']);
      return /^(running|degraded)/.test(stdout) && stdout.trim();
    });
    expect(state, await world.sh(debian, 'systemctl --failed')).toBe('running');
    expect(await world.sh(debian, 'systemd-detect-virt')).toBe('lxc');
    expect(await world.sh(debian, 'free -m')).toMatch(/^Mem:\s+512 /m);
  });

  it('reaches another one by the name that it gave DHCP, both ways', async () => {
    const [first, second] = [await world.address(debian), await world.address(busybox)];
    expect(first).not.toBe(second);
    const found = await eventually('the name of the second', 20_000, async () => {
      const { exitcode, stdout } = await world.run(debian, ['getent', 'ahostsv4', 'second']);
      return exitcode === 0 && stdout;
    });
    expect(found).toContain(second);
    const back = await eventually('the name of the first', 20_000, async () => {
      const { exitcode, stdout } = await world.run(busybox, ['ping', '-c', '1', '-W', '2', 'first']);
      return exitcode === 0 && stdout;
    });
    expect(back).toContain(`(${first})`);
    // And data, not only names.
    await world.sh(busybox, 'echo hello from second >/tmp/page; httpd -p 8080 -h /tmp');
    const fetched = await world.run(debian, [
      'bash',
      '-c',
      'exec 3<>/dev/tcp/second/8080; printf "GET /page HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3',
    ]);
    expect(fetched.stdout).toContain('hello from second');
  });

  it('freezes and goes on', async () => {
    const ticks = () => world.sh(busybox, 'cat /tmp/ticks | wc -l').then(Number);
    await world.run(busybox, [
      '/bin/sh',
      '-c',
      '(while :; do echo >>/tmp/ticks; sleep 0.05; done) >/dev/null 2>&1 &',
    ]);
    await eventually('ticks', 5000, async () => (await ticks()) > 2);
    expect(await world.power(busybox, 'suspend')).toBe('OK');
    expect(await daemon.ok('GET', `${world.path(busybox)}/status/current`)).toMatchObject({
      state: 'paused',
    });
    expect(await world.power(busybox, 'resume')).toBe('OK');
    const before = await ticks();
    await eventually('more ticks', 5000, async () => (await ticks()) > before);
  });

  it('reboots', async () => {
    const boot = () => world.sh(debian, 'stat -c %Y /proc/1; cat /proc/1/stat | cut -d" " -f22');
    const before = await boot();
    expect(await timed('Debian rebooted', world.power(debian, 'reboot'))).toBe('OK');
    expect(await boot()).not.toBe(before);
    expect(await world.state(debian)).toBe('running');
  });

  it('comes back after a reboot from inside', async () => {
    const boot = () => world.sh(busybox, 'cut -d" " -f22 /proc/1/stat');
    const before = await boot();
    await world.run(busybox, ['reboot']);
    await eventually(
      'its next life',
      20_000,
      async () => (await boot()) !== before && (await world.state(busybox)) === 'running',
    );
    expect(await world.address(busybox)).toMatch(/^10\./);
  });

  it('shuts down in seconds', async () => {
    const began = performance.now();
    expect(await timed('Debian shut down', world.power(debian, 'shutdown'))).toBe('OK');
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(await timed('busybox shut down', world.power(busybox, 'shutdown'))).toBe('OK');
    expect(await world.state(debian)).toBe('stopped');
    expect(
      world
        .leftovers(debian)
        .filter((line) => !line.startsWith('folder') && !line.startsWith(String(debian))),
    ).toEqual([]);
  });

  it('ends by itself when it is powered off inside, and leaves no mount', async () => {
    expect(await world.power(busybox, 'start')).toBe('OK');
    await world.run(busybox, ['poweroff']);
    await eventually('its end', 20_000, async () => (await world.state(busybox)) === 'stopped');
    await eventually('no mounts', 5000, () => world.mounts().length === 0);
  });

  it('cannot be removed while it runs, but by force', async () => {
    expect(await world.create(third, templates.busybox, { start: 1 })).toBe('OK');
    const refused = await daemon.call('DELETE', world.path(third));
    expect(`${refused.status} ${refused.reason}`).toContain('is running');
    expect(await timed('busybox removed by force', world.remove(third, { force: 1 }))).toBe('OK');
    expect(world.leftovers(third)).toEqual([]);
  });

  it('is removed, and nothing of it is left', async () => {
    for (const vmid of [debian, busybox]) {
      expect(await timed(`CT ${vmid} removed`, world.remove(vmid))).toBe('OK');
      expect(world.leftovers(vmid)).toEqual([]);
    }
    expect(world.mounts()).toEqual([]);
    expect(world.volumes()).toEqual([]);
    expect(daemon.output).not.toMatch(/"level":(50|60)/);
  });
});
