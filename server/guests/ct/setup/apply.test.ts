// What is written into each family's root, recorded; a second time nothing; and hostile roots, where nothing outside changes.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quietContext } from '../../../core/work-context.ts';
import type { CtModel } from '../ct-model.ts';
import { apply } from './apply.ts';
import { detect } from './detect.ts';
import {
  factsOf,
  makeTree,
  manyNics,
  modelOf,
  nicOf,
  type RootTree,
  readTree,
  roots,
} from './roots-fixture.ts';

let base: string;
let root: string;
const logged: string[] = [];
const context = { ...quietContext(), log: (line: string) => void logged.push(line) };
const applyTo = (change: Partial<CtModel> = {}) => apply(context, root, modelOf(change), factsOf);
const inside = (path: string) => readFileSync(join(root, path), 'utf8');

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'croft-setup-'));
  root = join(base, 'root');
  mkdirSync(root);
  logged.length = 0;
});
afterEach(() => rmSync(base, { recursive: true }));

describe.each(Object.entries(roots))('%s', (name, { osType, tree }) => {
  it('is known, is written as recorded, once', async () => {
    makeTree(root, tree);
    expect((await detect(root)).osType).toBe(osType);
    const written = await applyTo({ osType });
    const after = readTree(root);
    const changed = Object.entries(after).filter(([path, text]) => tree[path] !== text);
    const gone = Object.keys(tree).filter((path) => !(path in after));
    const text = [
      ...changed.map(([path, content]) => `=== ${path}\n${content}`),
      ...gone.map((path) => `=== ${path} is gone`),
    ].join('\n');
    await expect(`${text}\n`).toMatchFileSnapshot(`testdata/${name}.txt`);
    expect(new Set(written)).toEqual(new Set([...changed.map(([path]) => path), ...gone]));
    expect(await applyTo({ osType })).toEqual([]);
    expect(readTree(root)).toEqual(after);
    expect(logged).toEqual([]);
  });

  it('with other settings nothing of the old ones stays', async () => {
    const later: Partial<CtModel> = {
      osType,
      nics: [nicOf({ name: 'lan', ip: 'dhcp' })],
      tty: 1,
      hostname: 'b',
    };
    makeTree(root, tree);
    await applyTo({ osType });
    await applyTo(later);
    const twice = readTree(root);
    rmSync(root, { recursive: true });
    mkdirSync(root);
    makeTree(root, tree);
    await applyTo(later);
    const once = readTree(root);
    // The template's own stanzas and files for a card that was ours for a while are gone for good.
    const lost = /^\/etc\/(network\/interfaces|sysconfig\/network-scripts\/ifcfg-eth0|init\.d\/net\.eth\d)$/;
    const kept = (all: RootTree) =>
      Object.fromEntries(Object.entries(all).filter(([path]) => !lost.test(path)));
    expect(kept(twice)).toEqual(kept(once));
    expect(twice['/etc/network/interfaces'] ?? '').not.toMatch(/eth[0-6]/);
  });
});

describe('an administrator', () => {
  it('keeps files that are marked, and lines outside our marks', async () => {
    makeTree(root, roots['debian-ifupdown']?.tree ?? {});
    makeTree(root, { '/etc/.pve-ignore.hosts': '', '/etc/network/.croft-ignore.interfaces': '' });
    const before = readTree(root);
    await applyTo();
    expect(inside('/etc/hosts')).toBe(before['/etc/hosts']);
    expect(inside('/etc/network/interfaces')).toBe(before['/etc/network/interfaces']);
    writeFileSync(join(root, 'etc/resolv.conf'), `options rotate\n${inside('/etc/resolv.conf')}# end\n`);
    await applyTo({ nameservers: ['192.0.2.99'] });
    expect(inside('/etc/resolv.conf')).toBe(
      'options rotate\noptions edns0\n# --- BEGIN CROFT ---\nsearch lan\nnameserver 192.0.2.99\n# --- END CROFT ---\n# end\n',
    );
  });

  it('gets the name server of the private network, unless another was set', async () => {
    makeTree(root, roots['debian-ifupdown']?.tree ?? {});
    const bridge = manyNics.find((nic) => nic.bridge !== undefined)?.bridge ?? '';
    const privateNets = [{ bridge, address: '10.86.1.1', domain: 'croft.internal' }];
    const block = async (change: Partial<CtModel>, nets = privateNets) => {
      await apply(context, root, modelOf(change), { ...factsOf, privateNets: nets });
      return /BEGIN CROFT ---\n([^#]*)/.exec(inside('/etc/resolv.conf') ?? '')?.[1];
    };
    expect(await block({})).toBe('search croft.internal\nnameserver 10.86.1.1\n');
    expect(inside('/etc/hosts')).toContain('web.example.com web');
    expect(await block({ nameservers: ['192.0.2.99'], searchDomain: 'example.org' })).toBe(
      'search example.org\nnameserver 192.0.2.99\n',
    );
    const usual = 'search lan\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n';
    expect(await block({}, [{ bridge: 'other', address: '10.86.2.1', domain: 'x' }])).toBe(usual);
    expect(await block({ nics: manyNics.map((nic) => ({ ...nic, tag: 5 })) })).toBe(usual);
  });

  it('nobody writes into an unmanaged root', async () => {
    expect(await applyTo({ osType: 'unmanaged' })).toEqual([]);
    expect(readTree(root)).toEqual({});
  });

  it('a time zone that the root lacks, or that is a path, changes nothing', async () => {
    makeTree(root, { '/etc/localtime': '-> x', '/usr/share/passwd': '' });
    for (const timezone of ['Mars/Base', '../passwd', '/etc/passwd', 'a/../b'])
      expect(await applyTo({ timezone, nics: [] })).not.toContain('/etc/localtime');
  });
});

describe('hostile roots', () => {
  /** Every path that is written in some family. */
  const paths = Object.values(roots).flatMap(({ tree }) => Object.keys(tree));
  const targets = [
    ...['/etc/hostname', '/etc/hosts', '/etc/resolv.conf', '/etc/network/interfaces', '/etc/inittab'],
    ...['/etc/systemd/network', '/etc/systemd/system/getty.target.wants', '/etc/systemd', '/etc/localtime'],
    ...['/etc/netplan', '/etc/NetworkManager/system-connections', '/etc/sysconfig/network', '/etc', '/usr'],
    ...new Set(paths),
  ];
  const attacks: Record<string, (at: string, outside: string) => void> = {
    'a link to a file of the host': (at, outside) => symlinkSync(join(outside, 'passwd'), at),
    'a link to a folder of the host': (at, outside) => symlinkSync(outside, at),
    'a climbing link': (at, outside) => symlinkSync(`${'../'.repeat(20)}${outside.slice(1)}/passwd`, at),
    'a link to itself': (at) => symlinkSync(at.slice(at.lastIndexOf('/') + 1), at),
    'a folder': (at) => mkdirSync(at),
    'a file': (at) => writeFileSync(at, 'x'),
  };

  it.each(Object.keys(attacks))('%s in the place of each file: nothing outside changes', async (attack) => {
    const outside = join(base, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'passwd'), 'root:x:0:0::/root:/bin/sh\n');
    const families = [
      'debian-ifupdown',
      'ubuntu-netplan',
      'fedora',
      'centos-7',
      'opensuse',
      'alpine',
      'gentoo',
    ];
    for (const [index, target] of targets.entries()) {
      if (index >= 14 && index % 6 !== Object.keys(attacks).indexOf(attack)) continue;
      const family = roots[families[index % families.length] as string];
      rmSync(root, { recursive: true });
      mkdirSync(root);
      makeTree(root, family?.tree ?? {});
      const at = join(root, target);
      rmSync(at, { recursive: true, force: true });
      try {
        mkdirSync(dirname(at), { recursive: true });
      } catch {
        continue;
      }
      attacks[attack]?.(at, outside);
      await detect(root);
      await applyTo({ osType: family?.osType ?? 'debian' });
      expect(readTree(outside)).toEqual({ '/passwd': 'root:x:0:0::/root:/bin/sh\n' });
    }
  });
});
