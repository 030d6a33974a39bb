// Containers' declarations: as published, and their property strings and options keep out what must not get through.
import { describe, expect, it, test } from 'vitest';
import type { z } from 'zod';
import { readContract } from '../../test/api/coverage-report.ts';
import { aplinfoMethods } from './aplinfo.ts';
import { compareMethod } from './coverage.ts';
import { lxcMethods } from './lxc.ts';
import { cloneCt, createCt } from './lxc-config.ts';
import { normalPath } from './lxc-formats.ts';
import { execInCt, pullCtFile } from './lxc-inside.ts';
import { ctOptions, readEnvironment } from './lxc-options.ts';
import { createCtSnapshot } from './lxc-snapshot.ts';
import {
  ctDeviceString,
  ctFeaturesString,
  ctMountString,
  ctNetString,
  ctRootfsString,
  ctUnusedString,
} from './lxc-strings.ts';
import { type MethodDeclaration, methodName } from './method.ts';
import type { Parsed } from './property-string.ts';

const methods = [...lxcMethods, ...aplinfoMethods] as unknown as MethodDeclaration[];
const published = readContract();

describe('declared methods of containers', () => {
  it.each(methods.map((method) => [methodName(method), method] as const))(
    '%s is as published',
    (_, method) => {
      expect(compareMethod(method, published)).toEqual([]);
    },
  );

  it('are all but those of the firewall and of migration', () => {
    const later = /\/(firewall|migrate|remote_migrate|mtunnel|mtunnelwebsocket)\b/;
    const wanted = Object.keys(published).filter(
      (name) => /^[A-Z]+ \/nodes\/\{node\}\/(lxc|aplinfo)\b/.test(name) && !later.test(name),
    );
    const declared = methods.filter((method) => !method.extension).map((method) => methodName(method));
    expect(wanted.length).toBeGreaterThan(30);
    expect(declared.toSorted()).toEqual(wanted.toSorted());
  });
});

/** What the codec says against a text; undefined when it takes it. */
const against = (parsed: Parsed<unknown>) => (parsed.ok ? undefined : parsed.error);

describe('network cards', () => {
  const net = (rest: string) => against(ctNetString.parse(`name=eth0${rest}`));

  it('are read as clients write them', () => {
    const text =
      'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=192.0.2.5/24,gw=192.0.2.1,rate=12.50,type=veth';
    expect(ctNetString.parse(text)).toEqual({
      ok: true,
      value: {
        name: 'eth0',
        bridge: 'vmbr0',
        hwaddr: 'BC:24:11:00:00:01',
        ip: '192.0.2.5/24',
        gw: '192.0.2.1',
        rate: 12.5,
        type: 'veth',
      },
    });
  });

  it.each([
    '',
    ',ip=dhcp,ip6=auto',
    ',ip=manual,ip6=manual',
    ',ip=10.0.0.5/32',
    ',ip6=2001:db8::5/64',
    ',trunks=2;4094',
  ])('takes name=eth0%s', (rest) => expect(net(rest)).toBeUndefined());

  it.each([
    [',ip=10.0.0.5', /^ip: write dhcp/],
    [',ip=10.0.0.300/24', /^ip:/],
    [',ip=10.0.0.5/33', /^ip:/],
    [',ip=10.0.0.5/0', /^ip:/],
    [',ip=2001:db8::5/64', /^ip:/],
    [',ip6=10.0.0.5/24', /^ip6:/],
    [',ip6=2001:db8::5/129', /^ip6:/],
    [',gw=router', /^gw: not an IPv4/],
    [',gw6=192.0.2.1', /^gw6: not an IPv6/],
    [',rate=-1', /^rate:/],
    [',trunks=0', /^trunks: '0'/],
    [',trunks=5;4095', /^trunks: '4095'/],
    [',bridge=-x', /^bridge:/],
    [',bridge=../x', /^bridge:/],
    [',bridge=sixteen_letters_', /^bridge:/],
    [',hwaddr=01:00:5e:00:00:01', /^hwaddr: is a multicast/],
    [',mtu=63', /^mtu:/],
  ])('refuses name=eth0%s', (rest, error) => expect(net(rest)).toMatch(error));

  it.each(['lo', 'all', 'default', '.', 'a/b', 'sixteen_letters_', '-eth0'])(
    'refuses the name %s',
    (name) => {
      expect(against(ctNetString.parse(`name=${name}`))).toMatch(/^name:/);
    },
  );
});

describe('root and mount points', () => {
  it('take a volume, a size to allocate and a path of the host, and give paths in their normal notation', () => {
    expect(ctRootfsString.parse('local:8')).toEqual({ ok: true, value: { volume: 'local:8' } });
    expect(ctMountString.parse('/srv//data/,mp=//mnt//data/,mountoptions=nodev;noexec')).toEqual({
      ok: true,
      value: { volume: '/srv/data', mp: '/mnt/data', mountoptions: 'nodev;noexec' },
    });
    const kept = ctMountString.parse('local:101/vm-101-disk-1.subvol,mp=/mnt,size=4G,backup=1');
    expect(kept.ok && ctMountString.render(kept.value)).toBe(
      'local:101/vm-101-disk-1.subvol,backup=1,mp=/mnt,size=4G',
    );
  });

  it.each([
    ['local:8', /'mp' is missing/],
    ['local:8,mp=mnt', /^mp:/],
    ['local:8,mp=/', /^mp:/],
    ['local:8,mp=//', /^mp:/],
    ['local:8,mp=/a/../etc', /^mp:/],
    ['local:8,mp=/./a', /^mp:/],
    ['local:8,mp=local:x', /^mp:/],
    ['/srv/../etc,mp=/a', /^volume:/],
    ['relative,mp=/a', /^volume:/],
    ['local:8,mp=/a,mountoptions=suid', /^mountoptions:/],
    ['local:8,mp=/a,mountoptions=nodev;', /^mountoptions:/],
  ])('refuses %s', (text, error) => expect(against(ctMountString.parse(text))).toMatch(error));

  it('know normal paths', () => {
    expect(['/', '//a//b/', '/a/.b', 'a', '/a/..', '/./a'].map(normalPath)).toEqual([
      '/',
      '/a/b',
      '/a/.b',
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('features, devices, unused volumes', () => {
  test('none of the features may be written as nothing, as a client does', () => {
    expect(ctFeaturesString.parse('')).toEqual({ ok: true, value: {} });
    expect(ctFeaturesString.parse('nesting=1,mount=nfs;cifs')).toEqual({
      ok: true,
      value: { nesting: true, mount: 'nfs;cifs' },
    });
    expect(against(ctFeaturesString.parse('mount=nfs/x'))).toMatch(/^mount:/);
  });

  test('a device is below /dev', () => {
    expect(ctDeviceString.parse('/dev//ttyUSB0,mode=0660,uid=0')).toEqual({
      ok: true,
      value: { path: '/dev/ttyUSB0', mode: '0660', uid: 0 },
    });
    for (const text of ['/etc/shadow', '/dev/../etc/shadow', '/dev', 'ttyUSB0', '/devil'])
      expect(against(ctDeviceString.parse(text)), text).toMatch(/^path:/);
    expect(against(ctDeviceString.parse('uid=0'))).toBe("'path' is missing");
  });

  test('an unused volume is a volume', () => {
    expect(against(ctUnusedString.parse('local:101/vm-101-disk-0.raw'))).toBeUndefined();
    expect(against(ctUnusedString.parse('/dev/sda'))).toMatch(/^volume:/);
  });
});

describe('options', () => {
  const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;

  test('the environment has NUL between its variables and no line ends', () => {
    const text = 'A=1\0B=x=y\0C=';
    expect(takes(ctOptions.env, text)).toBe(true);
    expect(readEnvironment(text)).toEqual([
      { name: 'A', value: '1' },
      { name: 'B', value: 'x=y' },
      { name: 'C', value: '' },
    ]);
    expect(readEnvironment(undefined)).toEqual([]);
    for (const wrong of ['A', 'A=1\nlxc.hook.start-host = /bin/sh', 'A=1\0', 'A=\x1b', 7])
      expect(takes(ctOptions.env, wrong), String(wrong)).toBe(false);
  });

  test('the first program has no line ends', () => {
    expect(takes(ctOptions.entrypoint, '/bin/app --port 80')).toBe(true);
    expect(takes(ctOptions.entrypoint, '/bin/app\nlxc.apparmor.profile = unconfined')).toBe(false);
  });

  test('name servers are addresses, link-local ones with their interface', () => {
    for (const right of ['', '192.0.2.1', '192.0.2.1 2001:db8::1', 'fe80::1%eth0,192.0.2.1'])
      expect(takes(ctOptions.nameserver, right), right).toBe(true);
    for (const wrong of ['dns', '192.0.2.1%eth0', 'fe80::1%', 'fe80::1%a/b', 'fe80::1%a%b', '192.0.2.1\nx'])
      expect(takes(ctOptions.nameserver, wrong), wrong).toBe(false);
  });

  test('search domains and time zones are names only', () => {
    expect(takes(ctOptions.searchdomain, 'example.com, example.org.')).toBe(true);
    expect(takes(ctOptions.searchdomain, 'example/com')).toBe(false);
    for (const right of ['host', 'UTC', 'Europe/Rome', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])
      expect(takes(ctOptions.timezone, right), right).toBe(true);
    for (const wrong of ['../../etc/shadow', '/etc/passwd', 'Europe/../x', 'a b', ''])
      expect(takes(ctOptions.timezone, wrong), wrong).toBe(false);
  });
});

describe('parameters of methods', () => {
  const { shape } = createCt.params;
  const problem = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues[0]?.message;

  test('what Terraform providers and Ansible send is taken', () => {
    const place = { node: 'pve', vmid: '101', ostemplate: 'local:vztmpl/debian-13.tar.zst' };
    const bodies = [
      // Everything as text, flags as numbers; nothing to say of features and tags.
      {
        ...{ arch: 'amd64', cmode: 'tty', console: '1', cpulimit: '0', cpuunits: '1024', features: '' },
        ...{ memory: '512', onboot: '0', protection: '0', rootfs: 'volume=local:8', start: '0', swap: '0' },
        ...{ tags: '', tty: '2', unprivileged: '1', storage: 'local' },
      },
      {
        dev0: 'path=/dev/net/tun,mode=0666',
        env: 'A=1\0B=2',
        features: 'fuse=0,keyctl=0,mount=nfs;cifs,nesting=1',
        hostname: 'web.example.com',
        mp0: 'backup=1,mp=/data,replicate=0,volume=local:4',
        net0: 'bridge=vmbr0,firewall=0,ip=dhcp,name=veth0,rate=0.00,tag=5',
        rootfs: 'size=4,volume=local:4',
        startup: 'down=30,order=1,up=10',
      },
      // JSON, with numbers and booleans.
      {
        cores: 2,
        cpulimit: 0.5,
        memory: 512,
        unprivileged: true,
        nameserver: '1.1.1.1 8.8.8.8',
        timezone: 'host',
      },
    ];
    for (const body of bodies) expect(createCt.params.safeParse({ ...place, ...body }).error).toBeUndefined();
  });

  test('no limit is the only limit of copies that is taken', () => {
    expect(problem(cloneCt.params.shape.bwlimit, 0)).toBeUndefined();
    expect(problem(cloneCt.params.shape.bwlimit, '10240')).toMatch(/not supported yet/);
  });

  test('keys of root are keys, one a line', () => {
    const key = `ssh-ed25519 ${'A'.repeat(68)} me@home`;
    expect(problem(shape['ssh-public-keys'], `# mine\n${key}\nno-pty,from="10.*" ${key}\n`)).toBeUndefined();
    expect(problem(shape['ssh-public-keys'], `${key}\nhello`)).toBe('line 2 is not an SSH public key');
    expect(problem(shape['ssh-public-keys'], '-----BEGIN OPENSSH PRIVATE KEY-----')).toMatch(/line 1/);
  });

  test('a password is one line', () => {
    expect(problem(shape.password, 'secret')).toBeUndefined();
    expect(problem(shape.password, 'secret\nroot:x')).toBe('must not hold line ends');
  });

  test('no snapshot is called as the state of now', () => {
    expect(problem(createCtSnapshot.params.shape.snapname, 'current')).toMatch(/another name/);
    expect(problem(createCtSnapshot.params.shape.snapname, 'before-upgrade')).toBeUndefined();
  });

  test('a program has a name, its arguments may hold anything but NUL', () => {
    const { command } = execInCt.params.shape;
    expect(command.safeParse(['printf', '\x1b[1m', '']).data).toEqual(['printf', '\x1b[1m', '']);
    expect(command.safeParse('ls').data).toEqual(['ls']);
    for (const wrong of [[], [''], ['ls', 'a\0b'], ['x'.repeat(131_072)]])
      expect(command.safeParse(wrong).success, JSON.stringify(wrong).slice(0, 20)).toBe(false);
  });

  test('a file inside has an absolute path', () => {
    const { path } = pullCtFile.params.shape;
    expect(problem(path, '/etc/hosts')).toBeUndefined();
    for (const wrong of ['etc/hosts', '/', '/etc/', '/etc/../root/x', '/a\0b'])
      expect(path.safeParse(wrong).success, wrong).toBe(false);
  });
});
