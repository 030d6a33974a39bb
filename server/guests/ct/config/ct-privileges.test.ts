// Which privilege each key of a container's configuration needs, and which folders may be bound.
import { describe, expect, test } from 'vitest';
import type { ConfigInput } from '../../config/config-keys.ts';
import type { CtConfig } from '../../ct-parts.ts';
import { bindMountComplaint, refuseBindMounts } from './bind-mounts.ts';
import { ctPrivilegesFor } from './ct-privileges.ts';
import { mergeCtChange } from './merge-ct-change.ts';

const before: CtConfig = {
  unprivileged: 1,
  rootfs: 'local:101/a.subvol,size=8G',
  mp0: '/srv/x,mp=/x',
  dev0: '/dev/kvm',
  net0: 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:AA:00:01,type=veth',
  unused0: 'local:101/u.subvol',
};

function needed(set: Record<string, ConfigInput>, remove: string[] = [], current = before): string[] {
  const change = mergeCtChange(current, set, remove, { vmid: 101, create: false });
  return ctPrivilegesFor(101, current, change)
    .map(({ path, privilege }) => `${path} ${privilege}`)
    .sort();
}

describe('a key needs', () => {
  test.each<[Record<string, ConfigInput>, string[]]>([
    [{ cores: 2, cpulimit: 1 }, ['/vms/101 VM.Config.CPU']],
    [{ memory: 1024, swap: 0 }, ['/vms/101 VM.Config.Memory']],
    [{ hostname: 'a', nameserver: '192.0.2.1' }, ['/vms/101 VM.Config.Network']],
    [{ onboot: 1, timezone: 'host', description: 'x' }, ['/vms/101 VM.Config.Options']],
    [{ hookscript: 'local:snippets/a' }, ['/ Sys.Modify', '/vms/101 VM.Config.Options']],
    [{ mp1: 'other:4,mp=/b' }, ['/storage/other Datastore.AllocateSpace', '/vms/101 VM.Config.Disk']],
    [{ mp1: 'other:9/v,mp=/b' }, ['/storage/other Datastore.Allocate', '/vms/101 VM.Config.Disk']],
    [{ mp1: 'local:101/u.subvol,mp=/b' }, ['/vms/101 VM.Config.Disk']],
    [{ mp1: '/srv/y,mp=/y' }, ['/ Sys.Modify', '/vms/101 VM.Config.Disk']],
    [{ mp1: '/dev/sdb1,mp=/y' }, ['/ Sys.Modify', '/vms/101 VM.Config.Disk']],
    [{ mp0: '/srv/x,mp=/x,keepattrs=1' }, ['/ Sys.Modify', '/vms/101 VM.Config.Disk']],
    [{ dev1: '/dev/fuse' }, ['/ Sys.Modify', '/vms/101 VM.Config.Options']],
    [
      { net0: 'name=eth0,bridge=vmbr7' },
      ['/sdn/zones/localnetwork/vmbr7 SDN.Use', '/vms/101 VM.Config.Network'],
    ],
    [
      { net1: 'name=eth1,ip=192.0.2.5/32' },
      ['/sdn/zones/localnetwork SDN.Use', '/vms/101 VM.Config.Network'],
    ],
    [{ features: 'nesting=1' }, ['/vms/101 VM.Allocate', '/vms/101 VM.Config.Options']],
    [{ features: 'keyctl=1' }, ['/ Sys.Modify', '/vms/101 VM.Config.Options']],
  ])('%j', (set, expected) => expect(needed(set)).toEqual(expected));
});

test('nesting with root of the host inside is for administrators of the host', () => {
  const { unprivileged: _, ...privileged } = before;
  expect(needed({ features: 'nesting=1' }, [], privileged)).toContain('/ Sys.Modify');
});

test('what does not change, and what is taken away, needs no more than the right to that part', () => {
  expect(needed({ mp0: before['mp0']!, net0: before['net0']! })).toEqual([]);
  expect(needed({}, ['mp0', 'dev0', 'net0'])).toEqual([
    '/vms/101 VM.Config.Disk',
    '/vms/101 VM.Config.Network',
    '/vms/101 VM.Config.Options',
  ]);
});

test('nobody needs a privilege for what the daemon fills in', () => {
  const change = mergeCtChange({}, { rootfs: 'local:8' }, [], { vmid: 101, create: true });
  expect(ctPrivilegesFor(101, {}, change)).toEqual([
    { path: '/vms/101', privilege: 'VM.Config.Disk' },
    { path: '/storage/local', privilege: 'Datastore.AllocateSpace' },
  ]);
});

describe('bind mounts', () => {
  const rules = { allowed: ['/srv', '/home/shared/'], own: ['/srv/croft', '/data/croft'] };
  test.each(['/srv/photos', '/home/shared', '/home/shared/a b'])('%s is allowed', (folder) => {
    expect(bindMountComplaint(folder, rules)).toBeUndefined();
  });

  test.each([
    ['/srv', /hold \/srv\/croft/],
    ['/srv/croft/local', /\/srv\/croft/],
    ['/srvx', /one of the folders.*: \/srv, /],
    ['/home', /one of the folders/],
    ['/srv/../etc', /normal form/],
    ['/srv/', /normal form/],
    ['srv', /normal form/],
    ['/srv/a\nb', /normal form/],
  ])('%s is not', (folder, rule) => {
    expect(bindMountComplaint(folder, rules)).toMatch(rule);
  });

  test.each([
    ...['/', '/etc', '/etc/ssh', '/proc/1/root', '/sys', '/dev', '/run', '/root', '/boot', '/usr/lib'],
    ...['/var', '/var/lib', '/data'],
  ])('%s is not, whatever the list says', (folder) => {
    expect(bindMountComplaint(folder, { ...rules, allowed: ['/', folder] })).toMatch(/must not be or hold/);
  });

  test('without a list none is', () => {
    expect(bindMountComplaint('/srv/photos', { allowed: [], own: [] })).toMatch(/bindMountFolders/);
    expect(bindMountComplaint('/srv/photos', { allowed: ['relative', '/srv/../..'], own: [] })).toBeDefined();
  });

  test('the refusal names the key; devices go by privilege alone', () => {
    const paths = [
      { key: 'mp0', kind: 'bind', path: '/etc' },
      { key: 'dev0', kind: 'device', path: '/dev/kvm' },
    ] as const;
    expect(() => refuseBindMounts(paths, rules)).toThrow(
      expect.objectContaining({ code: 'forbidden', fields: { mp0: expect.stringMatching(/^\/etc must/) } }),
    );
    refuseBindMounts(paths.slice(1), rules);
  });
});
