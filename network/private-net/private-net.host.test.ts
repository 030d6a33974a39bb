// The private network for real, in network namespaces: bridge, dnsmasq, nftables, a guest that goes online.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { NetworkLab, outsideAddress, routerOutside } from '../host-lab/lab.ts';
import { listInterfaces } from '../list-interfaces.ts';
import { removePrivateNet } from './apply.ts';
import { bringUpPrivateNet } from './bring-up.ts';
import { realDnsmasq } from './dnsmasq-process.ts';
import { type Lease, readLeasesFile, watchLeases } from './leases.ts';
import { leasesFileOf } from './serve-dnsmasq.ts';

const guestMac = '02:00:00:00:01:01';
const dbMac = '02:00:00:00:01:02';
let lab: NetworkLab;
let folder: string;
let stateDir: string;
let runtimeDir: string;
let hostBefore: string;

const options = () => ({ exec, stateDir, runtimeDir, netns: lab.router });
const bringUp = (more: Partial<Parameters<typeof bringUpPrivateNet>[0]> = {}) =>
  bringUpPrivateNet({ ...options(), hostName: 'host', dnsUpstream: [outsideAddress], ...more });
const did = (result: { changes: readonly { do: string }[] }) => result.changes.map((change) => change.do);
const running = async () => realDnsmasq.find(`${runtimeDir}/vmbr0`);

/** What of the machine's own network we could have touched; not all of it, as other programs may be changing it. */
async function hostNetwork(): Promise<string> {
  const parts = await Promise.all([
    exec('ip', ['-br', 'link', 'show', 'type', 'bridge']),
    exec('nft', ['list', 'tables']),
    exec('cat', ['/proc/sys/net/ipv4/ip_forward', '/etc/resolv.conf']),
  ]);
  return parts.map(({ stdout }) => stdout).join('\n');
}

beforeAll(async () => {
  hostBefore = await hostNetwork();
  folder = await mkdtemp(join(tmpdir(), 'croft-net-'));
  await chmod(folder, 0o755);
  stateDir = join(folder, 'state');
  runtimeDir = join(folder, 'run');
  lab = await NetworkLab.create();
  // Somebody else's bridge and rules in the same network: they must come through all this unchanged.
  await lab.run(lab.router, 'ip', 'link', 'add', 'br-other', 'type', 'bridge');
  await lab.run(lab.router, 'ip', 'addr', 'add', '10.86.1.1/24', 'dev', 'br-other');
  await lab.run(
    lab.router,
    'nft',
    'add table inet other; add chain inet other f { type filter hook forward priority 5 ; policy accept ; }; add rule inet other f counter',
  );
  await lab.serveWeb(lab.outside, outsideAddress, 8080);
  // A name server outside that knows one name.
  await lab.serve(
    lab.outside,
    `import { createSocket } from 'node:dgram';
     const s = createSocket('udp4');
     s.on('message', (q, from) => {
       let end = 12; while (q[end] !== 0) end += q[end] + 1; end += 5;
       const known = q.subarray(12, end).toString('latin1').includes('example');
       const a = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 7]);
       const r = Buffer.concat([q.subarray(0, end), known ? a : Buffer.alloc(0)]);
       r.writeUInt16BE(known ? 0x8180 : 0x8183, 2); r.writeUInt16BE(1, 4); r.writeUInt16BE(known ? 1 : 0, 6);
       r.writeUInt16BE(0, 8); r.writeUInt16BE(0, 10);
       s.send(r, from.port, from.address);
     });
     s.bind(53, '${outsideAddress}', () => console.log('ready'));`,
  );
}, 60_000);

afterAll(async () => {
  for (const one of await running()) await realDnsmasq.stop(one, `${runtimeDir}/vmbr0`);
  await lab.remove();
  await rm(folder, { recursive: true });
}, 30_000);

describe('a private network', { timeout: 60_000 }, () => {
  let guest: string;
  let address: string;

  test('is made whole by the first start, beside the networks of others', async () => {
    const result = await bringUp();
    expect(result.bridge).toBe('ours');
    expect(result.warnings).toEqual([]);
    expect(did(result)).toEqual(['create-bridge', 'load-nat', 'enable-forwarding', 'start-dnsmasq']);
    // 10.86.1.0/24 belongs to the other bridge.
    expect(result.net?.subnet).toBe('10.86.2.0/24');
  });

  test('changes nothing when applied again', async () => {
    expect(did(await bringUp())).toEqual([]);
  });

  test('gives a guest address, router, name server and domain', async () => {
    guest = await lab.addGuest('vmbr0', guestMac);
    const lease = await lab.lease(guest, guestMac, 'web');
    address = lease.address;
    expect(lease).toMatchObject({
      netmask: '255.255.255.0',
      router: '10.86.2.1',
      dns: '10.86.2.1',
      domain: 'croft.internal',
    });
    expect(Number(address.split('.')[3])).toBeGreaterThanOrEqual(50);
    const leases = await readLeasesFile(leasesFileOf(stateDir, 'vmbr0'));
    expect(leases).toMatchObject([{ mac: guestMac, address, name: 'web' }]);
  });

  test('resolves names outside, of guests, and of the host', async () => {
    expect(await lab.resolve(guest, '10.86.2.1', 'www.example')).toBe('203.0.113.7');
    expect(await lab.resolve(guest, '10.86.2.1', 'web.croft.internal')).toBe(address);
    expect(await lab.resolve(guest, '10.86.2.1', 'host.croft.internal')).toBe('10.86.2.1');
    expect(await lab.resolve(guest, '10.86.2.1', 'nobody.croft.internal')).toBe('ENOTFOUND');
  });

  test('lets the guest out under the address of the host', async () => {
    expect(await lab.fetch(guest, `http://${outsideAddress}:8080/`)).toBe(routerOutside);
  });

  test('keeps the outside from reaching guests, and lets the host reach them', async () => {
    await lab.serveWeb(guest, address, 80);
    await lab.run(lab.outside, 'ip', 'route', 'add', '10.86.2.0/24', 'via', routerOutside);
    expect(await lab.fetch(lab.outside, `http://${address}/`)).toMatch(/EHOSTUNREACH|ECONNREFUSED/);
    expect(await lab.fetch(lab.router, `http://${address}/`)).toBe('10.86.2.1');
  });

  test('serves DNS on no other interface', async () => {
    expect(await lab.resolve(lab.outside, routerOutside, 'host.croft.internal')).toMatch(
      /ETIMEOUT|ECONNREFUSED/,
    );
  });

  test('takes a reservation without restarting, and gives it', async () => {
    const [before] = await running();
    const reservations = [{ mac: dbMac, address: '10.86.2.20', name: 'db' }];
    expect(did(await bringUp({ reservations }))).toEqual(['reload-hosts']);
    expect(did(await bringUp({ reservations }))).toEqual([]);
    expect(await running()).toEqual([before]);
    expect(await lab.resolve(guest, '10.86.2.1', 'db.croft.internal')).toBe('10.86.2.20');
    const seen: Lease[][] = [];
    const watching = new AbortController();
    watchLeases(leasesFileOf(stateDir, 'vmbr0'), (leases) => seen.push(leases), watching.signal);
    const db = await lab.addGuest('vmbr0', dbMac);
    // A guest may ask for the name of another: it does not get it.
    expect((await lab.lease(db, dbMac, 'web')).address).toBe('10.86.2.20');
    expect(await lab.resolve(guest, '10.86.2.1', 'web.croft.internal')).toBe(address);
    await expect
      .poll(() =>
        seen
          .at(-1)
          ?.map((lease) => lease.mac)
          .sort(),
      )
      .toEqual([guestMac, dbMac]);
    watching.abort();
    await bringUp();
  });

  test('is put back when somebody flushed the rules, killed dnsmasq or switched the bridge off', async () => {
    await lab.run(lab.router, 'nft', 'delete', 'chain', 'inet', 'croft_vmbr0', 'postrouting');
    // Outside knows the way to the guests since an earlier test, so what is missing shows as the guest's own address.
    expect(await lab.fetch(guest, `http://${outsideAddress}:8080/`)).toBe(address);
    expect(did(await bringUp())).toEqual(['load-nat']);
    expect(await lab.fetch(guest, `http://${outsideAddress}:8080/`)).toBe(routerOutside);

    const [one] = await running();
    process.kill(one?.pid ?? 0, 'SIGKILL');
    await expect.poll(running).toEqual([]);
    expect(did(await bringUp())).toEqual(['start-dnsmasq']);
    expect((await lab.lease(guest, guestMac, 'web')).address).toBe(address);

    await lab.run(lab.router, 'ip', 'link', 'set', 'vmbr0', 'down');
    await lab.run(lab.router, 'ip', 'addr', 'flush', 'dev', 'vmbr0');
    expect(did(await bringUp())).toEqual(['set-address', 'set-up', 'restart-dnsmasq']);
    expect(await lab.resolve(guest, '10.86.2.1', 'www.example')).toBe('203.0.113.7');
  });

  test('goes on serving when the process that made it is killed', async () => {
    for (const one of await running()) await realDnsmasq.stop(one, `${runtimeDir}/vmbr0`);
    const maker = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `const { bringUpPrivateNet } = await import(${JSON.stringify(new URL('./bring-up.ts', import.meta.url).href)});
         const { exec } = await import(${JSON.stringify(new URL('../../server/core/exec.ts', import.meta.url).href)});
         await bringUpPrivateNet({ exec, ...${JSON.stringify({ stateDir, runtimeDir, netns: lab.router, hostName: 'host', dnsUpstream: [outsideAddress] })} });
         console.log('ready'); setInterval(() => {}, 1000);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], cwd: fileURLToPath(new URL('../..', import.meta.url)) },
    );
    await once(maker.stdout, 'data');
    maker.kill('SIGKILL');
    await once(maker, 'exit');
    expect(await running()).toHaveLength(1);
    expect((await lab.lease(guest, guestMac, 'web')).address).toBe(address);
    expect(did(await bringUp())).toEqual([]);
  });

  test('does not go away under guests that use it', async () => {
    await expect(removePrivateNet('vmbr0', options())).rejects.toMatchObject({ code: 'busy' });
    expect(did(await bringUp())).toEqual([]);
  });

  test('shows in the list of interfaces', async () => {
    const items = await listInterfaces({ ...options(), type: 'bridge' });
    expect(items.map((item) => item.iface)).toEqual(['br-other', 'vmbr0']);
    expect(items[1]).toMatchObject({ cidr: '10.86.2.1/24', method: 'static', active: 1, autostart: 1 });
  });

  test('warns of the rules of others that block it', async () => {
    await lab.run(lab.router, 'nft', 'chain inet other f { policy drop ; }');
    const { warnings } = await bringUp();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("'inet other f' of another program drops forwarded packets");
    await lab.run(lab.router, 'nft', 'chain inet other f { policy accept ; }');
  });

  test('is gone without a trace after removal, which can be repeated', async () => {
    const result = await removePrivateNet('vmbr0', { ...options(), force: true });
    expect(did(result)).toEqual(['stop-dnsmasq', 'delete-nat', 'delete-bridge']);
    expect(did(await removePrivateNet('vmbr0', options()))).toEqual([]);
    expect(await running()).toEqual([]);
    expect(await lab.run(lab.router, 'cat', '/proc/sys/net/ipv4/ip_forward')).toBe('0\n');
    const links = await lab.run(lab.router, 'ip', '-br', 'link');
    expect(links).not.toContain('vmbr0');
    expect(links).toContain('br-other');
    expect(await lab.run(lab.router, 'nft', 'list', 'tables')).toBe('table inet other\n');
    expect(await lab.run(lab.router, 'ip', '-4', '-br', 'addr', 'show', 'br-other')).toContain(
      '10.86.1.1/24',
    );
    expect(await readdir(runtimeDir)).toEqual([]);
    expect(await readdir(stateDir)).toEqual(['vmbr0.json']);
  });

  test('leaves a bridge of the same name alone that another made', async () => {
    await lab.run(lab.router, 'ip', 'link', 'add', 'vmbr0', 'type', 'bridge');
    await lab.run(lab.router, 'ip', 'addr', 'add', '192.0.2.1/24', 'dev', 'vmbr0');
    const before = await lab.run(lab.router, 'ip', 'addr', 'show', 'vmbr0');
    const result = await bringUp();
    expect(result).toMatchObject({ bridge: 'foreign', changes: [], net: undefined });
    expect(result.warnings.join()).toContain("'vmbr0' exists and was not made by Croft");
    await removePrivateNet('vmbr0', options());
    expect(await lab.run(lab.router, 'ip', 'addr', 'show', 'vmbr0')).toBe(before);
    expect(await lab.run(lab.router, 'nft', 'list', 'tables')).toBe('table inet other\n');
    await lab.run(lab.router, 'ip', 'link', 'delete', 'vmbr0');
  });

  test('says who holds the port when DNS cannot be served, and finishes once it is free', async () => {
    await lab.serve(
      lab.router,
      `import { createSocket } from 'node:dgram';
       const s = createSocket('udp4'); s.bind(53, '0.0.0.0', () => console.log('ready'));
       setTimeout(() => process.exit(), 4000);`,
    );
    await expect(bringUp()).rejects.toMatchObject({
      code: 'command-failed',
      message: expect.stringContaining('another name server on this host holds port 53') as string,
    });
    await expect
      .poll(async () => did(await bringUp().catch(() => ({ changes: [] }))), { timeout: 10_000 })
      .toEqual(['start-dnsmasq']);
    await removePrivateNet('vmbr0', options());
  });

  test('never touched the network of the machine', async () => {
    expect(await hostNetwork()).toBe(hostBefore);
    expect(await readFile('/etc/resolv.conf', 'utf8')).not.toBe('');
  });
});
