import { describe, expect, it } from 'vitest';
import { mountedBelow, readMountTable } from './mount-table.ts';

describe('the table of mounts', () => {
  it('is read with odd names, and gives what is below a folder, last first', () => {
    const table = readMountTable(
      [
        '43 27 254:0 /x /run/croft/lxc/10/root rw,relatime - ext4 /dev/vda rw',
        '44 43 0:50 / /run/croft/lxc/10/root/a\\040b rw shared:1 - overlay overlay rw',
        '45 27 0:51 / /run/croft/lxc/101/root rw - tmpfs tmpfs rw',
      ].join('\n'),
    );
    expect(mountedBelow(table, '/run/croft/lxc/10').map(({ point }) => point)).toEqual([
      '/run/croft/lxc/10/root/a b',
      '/run/croft/lxc/10/root',
    ]);
  });
});
