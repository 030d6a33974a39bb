import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CtConfig } from '../../ct-parts.ts';
import { lxcGoldens, usualHost } from './ct-config-fixture.ts';
import type { CtHostFacts } from './ct-host-facts.ts';
import { fstabField, lxcLine, mountEntry } from './lxc-line.ts';
import { nicPlan } from './lxc-nics.ts';
import { readCtConfig } from './read-ct-config.ts';
import { renderLxcConfig } from './render-lxc-config.ts';

const folder = join(import.meta.dirname, 'testdata');
/** Set to 1 to write the golden files anew; then read the difference. */
const regenerate = process.env['CROFT_WRITE_GOLDEN'] === '1';

const read = (config: CtConfig) => readCtConfig({ vmid: 101, config });
const render = (config: CtConfig, more: Partial<CtHostFacts> = {}) =>
  renderLxcConfig(read(config), { ...usualHost, ...more });
const root: CtConfig = { rootfs: 'local:101/a.subvol', unprivileged: 1 };

describe('golden files', () => {
  test.each(Object.entries(lxcGoldens))('%s', (name, [config, more]) => {
    const path = join(folder, `${name}.conf`);
    const text = render(config, more);
    if (regenerate) writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, 'utf8'));
  });

  test('each has its case', () => {
    expect(readdirSync(folder).sort()).toEqual(
      Object.keys(lxcGoldens)
        .map((name) => `${name}.conf`)
        .sort(),
    );
  });
});

describe('is refused when rendering', () => {
  test.each<[string, CtConfig, Partial<CtHostFacts>]>([
    ['net0', { net0: 'name=eth0,bridge=vmbr9' }, {}],
    ['net0', { net0: 'name=eth0,bridge=vmbr0,tag=5' }, {}],
    ['net0', { net0: 'name=eth0,bridge=vmbr0,trunks=5' }, {}],
    ['dev0', { dev0: '/dev/none' }, {}],
  ])('%s of %j', (key, config, more) => {
    expect(() => render({ ...root, ...config }, more)).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { [key]: expect.any(String) } }),
    );
  });

  test('a hook that a shell would read otherwise', () => {
    expect(() => render(root, { hooksFolder: '/usr/lib/my hooks' })).toThrow(/start-host/);
    expect(() => render(root, { hooksFolder: '/usr/lib/$(reboot)' })).toThrow(/start-host/);
  });
});

test('no value of a model can begin a line of its own', () => {
  const names = ['hostname', 'arch', 'entrypoint'] as const;
  const hostile = fc.tuple(
    fc.constantFrom(...names),
    fc.string(),
    fc.constantFrom('\n', '\r\n', '\0'),
    fc.string(),
  );
  fc.assert(
    fc.property(hostile, ([name, before, end, after]) => {
      const model = { ...read(root), [name]: `${before}${end}${after}` };
      expect(() => renderLxcConfig(model, usualHost)).toThrow(/./);
      const env = [{ name: 'A', value: `${before}${end}${after}` }];
      expect(() => renderLxcConfig({ ...read(root), env }, usualHost)).toThrow(/./);
    }),
  );
});

test('every line is a key with a value, a remark or empty', () => {
  for (const [config, more] of Object.values(lxcGoldens)) {
    for (const line of render(config, more).split('\n')) expect(line).toMatch(/^(lxc\.[\w.-]+ = .*|#.*|)$/);
  }
});

test('lines', () => {
  expect(lxcLine('lxc.uts.name', 'a')).toBe('lxc.uts.name = a');
  expect(() => lxcLine('lxc.uts.name', 'a\nb')).toThrow(
    expect.objectContaining({ code: 'invalid-input', fields: { 'lxc.uts.name': expect.any(String) } }),
  );
  expect(fstabField('/a b\\c\td\ne')).toBe('/a\\040b\\134c\\011d\\012e');
  expect(mountEntry('/a b', '//c', ['bind', 'ro'])).toBe('lxc.mount.entry = /a\\040b c none bind,ro 0 0');
});

describe('what the driver is told of a card', () => {
  const plan = (text: string) => nicPlan(101, read({ ...root, net2: text }).nics[0]!);
  const mac = 'hwaddr=BC:24:11:00:00:01';

  test('on a bridge', () => {
    expect(plan(`name=eth0,${mac},bridge=vmbr1,tag=5,trunks=6,rate=12.5,ip=192.0.2.5/24`)).toEqual({
      key: 'net2',
      hostName: 'veth101i2',
      name: 'eth0',
      rateBytesPerSecond: 12_500_000,
      linkDown: false,
      bridge: 'vmbr1',
      tag: 5,
      trunks: [6],
      mac: 'BC:24:11:00:00:01',
      mtu: undefined,
      routed: [],
    });
  });

  test('routed: its addresses alone, whatever the net', () => {
    expect(plan(`name=eth0,${mac},ip=192.0.2.5/24,ip6=2001:db8::5/64`).routed).toEqual([
      '192.0.2.5/32',
      '2001:db8::5/128',
    ]);
    expect(plan(`name=eth0,${mac},ip=manual`).routed).toEqual([]);
  });

  test('a limit of 0 is none', () => {
    expect(plan(`name=eth0,${mac},rate=0`).rateBytesPerSecond).toBeUndefined();
  });
});
