// Tests of target names at their limits, portals, and what iscsiadm and the scan make of them.
import { describe, expect, test } from 'vitest';
import { asAppError } from '../../server/core/errors.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { readPortal, renderPortal, targetNameProblem } from './iscsi-names.ts';
import { makeIscsiWorld, target } from './iscsi-world-fixture.ts';
import { readDiscovery } from './iscsiadm.ts';
import { scanIscsiTargets } from './scan.ts';

const longest = `iqn.2026-01.org.example:${'x'.repeat(223 - 24)}`;

describe('target names', () => {
  test.each([
    'iqn.2003-01.org.linux-iscsi.storage.x8664:sn.5f2a1c0e7d3b',
    'iqn.2005-10.org.freenas.ctl:vm_disks',
    'iqn.2026-12.org',
    'eui.02004567A425678D',
    'naa.52004567BA64678D',
    'naa.62004567BA64678D0123456789ABCDEF',
    longest,
  ])('%s is one', (name) => expect(targetNameProblem(name)).toBeUndefined());

  test.each([
    '',
    `${longest}x`,
    'iqn.2026-13.org.example',
    'iqn.26-01.org.example',
    'iqn.2026-01.org.example:a b',
    'iqn.2026-01.org.example:../../x',
    'iqn.2026-01.org.example:',
    '-iqn.2026-01.org.example:a',
    'iqn.2026-01.org.example:a\n',
    'eui.02004567A425678',
    'naa.52004567BA64678D0',
    'disk1',
  ])('%j is none', (name) => expect(targetNameProblem(name)).toBeDefined());
});

describe('portals', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1:3260'],
    ['10.0.0.1:3261', '10.0.0.1:3261'],
    ['san.example.org', 'san.example.org:3260'],
    ['fd00::1', '[fd00::1]:3260'],
    ['[fd00::1]:3261', '[fd00::1]:3261'],
  ])('%s', (text, rendered) => expect(renderPortal(readPortal(text))).toBe(rendered));

  test.each([
    '',
    ':3260',
    '10.0.0.1:0',
    '10.0.0.1:65536',
    '10.0.0.256',
    '[10.0.0.1]:3260',
    '-oX',
    'a b',
    'a;b',
    'a/b',
    '::1:::',
  ])('%j is refused', (text) => {
    let refused: unknown;
    try {
      readPortal(text);
    } catch (error) {
      refused = error;
    }
    expect(asAppError(refused).fields).toHaveProperty('portal');
  });
});

test('reads what discovery prints, and leaves out what is no portal of a target', () => {
  const printed = [
    `10.0.2.15:3260,1 ${target}`,
    `[fd00::15]:3260,1 ${target}`,
    `[fe80:0000:0000:0000:5054:00ff:fe12:3456]:3260,2 ${target}`,
    `192.168.1.9:3260,4294967295 ${target}`,
    '10.0.2.15:3260,1 ../../etc',
    'iscsiadm: a warning',
    '',
  ].join('\n');
  expect(readDiscovery(printed)).toEqual([
    { host: '10.0.2.15', port: 3260, group: 1, target },
    { host: 'fd00::15', port: 3260, group: 1, target },
    { host: 'fe80:0000:0000:0000:5054:00ff:fe12:3456', port: 3260, group: 2, target },
    { host: '192.168.1.9', port: 3260, group: -1, target },
  ]);
});

test('the scan shows each target once, with its portals', async () => {
  const world = await makeIscsiWorld();
  try {
    world.discovery = `10.0.0.1:3260,1 ${target}\n10.0.0.2:3260,1 ${target}\n10.0.0.1:3260,1 iqn.2026-01.org.example:a\n`;
    expect(await scanIscsiTargets(world.exec, quietContext(), '10.0.0.1', world.world)).toEqual([
      { target: 'iqn.2026-01.org.example:a', portal: '10.0.0.1:3260' },
      { target, portal: '10.0.0.1:3260,10.0.0.2:3260' },
    ]);
    world.failing.set('--discover', 4);
    await expect(scanIscsiTargets(world.exec, quietContext(), '10.0.0.1', world.world)).rejects.toThrow(
      'no connection to the portal',
    );
  } finally {
    await world.tree.cleanUp();
  }
});
