// Names of configuration backups: there and back, and what is none.
import { describe, expect, test } from 'vitest';
import { parseArchiveName } from './archive-name.ts';
import { makeConfigArchiveName, parseConfigArchiveName } from './config-name.ts';

const atMs = Date.UTC(2026, 10, 23, 2, 30, 5);

describe('names of configuration backups', () => {
  test.each(['pve1', 'node-100-a', '100', 'a-b'])('of %s', (node) => {
    const fileName = makeConfigArchiveName(node, atMs);
    expect(parseConfigArchiveName(fileName)).toEqual({ fileName, node, atMs });
    // For every reader of guests' backups it is one that was renamed, of no guest: listed, never pruned.
    const read = parseArchiveName(fileName, 'UTC');
    expect(read).toMatchObject({ standard: false, extension: 'tar.zst' });
    expect([read?.kind, read?.vmid]).toEqual([undefined, undefined]);
    // Proxmox VE takes a number between dashes for a guest's.
    expect(fileName).not.toMatch(/-100-(?!2026)/);
  });

  test('the zone of a name is UTC, whole seconds', () => {
    expect(makeConfigArchiveName('pve1', atMs + 999)).toBe('croft-config-pve1-20261123T023005Z.tar.zst');
  });

  test.each([
    'croft-config-pve1-20261323T023005Z.tar.zst',
    'croft-config-pve1-20260231T023005Z.tar.zst',
    'croft-config-pve1-20261123T023005Z.tar',
    'croft-config--20261123T023005Z.tar.zst',
    'croft-config-_a-20261123T023005Z.tar.zst',
    'croft-config-a b-20261123T023005Z.tar.zst',
    'vzdump-qemu-100-2026_06_01-02_30_00.vma.zst',
    '../croft-config-pve1-20261123T023005Z.tar.zst',
    '',
  ])('%s is none', (name) => expect(parseConfigArchiveName(name)).toBeUndefined());

  test.each(['a/b', '', 'x'.repeat(64), 'a b'])('no name is made for node %j', (node) => {
    expect(() => makeConfigArchiveName(node, atMs)).toThrow('cannot stand');
  });
});
