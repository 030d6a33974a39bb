// Tests of a volume group on a LUN that shrank: LVM only warns, nothing more is made on it.
import { expect, test } from 'vitest';
import type { Exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { openLvmGroup } from './lvm-commands.ts';

const warning = `  WARNING: Device /dev/sdb has size of 1048576 sectors which is smaller than corresponding PV size of 12582912 sectors. Was device resized?
  WARNING: One or more devices used as PVs in VG sanvg have changed sizes.
`;

test('nothing is created or grown while a device is smaller than LVM knows it', async () => {
  const context = quietContext();
  const ran: string[] = [];
  let stderr = warning;
  const exec: Exec = async (file) => {
    ran.push(file);
    return { exitCode: 0, stdout: '{"report":[{"lv":[]}],"log":[]}', stderr };
  };
  const group = openLvmGroup(exec, 'sanvg');
  expect(await group.volumes(context)).toEqual([]);
  await expect(group.create(context, 'vm-100-disk-0', 4096, [])).rejects.toThrow('is smaller than it was');
  await expect(group.extend(context, 'vm-100-disk-0', 8192)).rejects.toThrow('is smaller than it was');
  expect(ran).toEqual(['lvs']);
  stderr = '';
  await group.volumes(context);
  await group.create(context, 'vm-100-disk-0', 4096, []);
  expect(ran).toEqual(['lvs', 'lvs', 'lvcreate']);
});
