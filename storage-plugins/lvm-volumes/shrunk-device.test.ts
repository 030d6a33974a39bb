// Tests of a volume group on a LUN that shrank: LVM only warns, nothing more is made on it.
import { expect, test } from 'vitest';
import type { Exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { groupWarnings } from './group-check.ts';
import { openLvmGroup } from './lvm-commands.ts';
import type { GroupFacts } from './lvm-report.ts';

const warnings = [
  'WARNING: Device /dev/sdb has size of 1048576 sectors which is smaller than corresponding PV size of 12582912 sectors. Was device resized?',
  'WARNING: One or more devices used as PVs in VG sanvg have changed sizes.',
];
/** As `lvs --reportformat json` of 2.03.31 has them: in the report, not on standard error. */
const reportWith = (messages: readonly string[]) =>
  JSON.stringify({
    report: [{ lv: [] }],
    log: messages.map((log_message) => ({ log_type: 'warn', log_message })),
  });

const facts: GroupFacts = {
  ...{ uuid: 'u', sizeBytes: 4096, freeBytes: 4096, extentBytes: 4096 },
  ...{ missingDevices: 0, exported: false, readOnly: false },
};

test('nothing is created or grown while a device is smaller than LVM knows it', async () => {
  const context = quietContext();
  const ran: string[] = [];
  let messages: readonly string[] = warnings;
  const exec: Exec = async (file) => {
    ran.push(file);
    return file === 'lvs'
      ? { exitCode: 0, stdout: reportWith(messages), stderr: '' }
      : { exitCode: 0, stdout: '', stderr: messages.map((line) => `  ${line}\n`).join('') };
  };
  const group = openLvmGroup(exec, 'sanvg');
  expect(await group.volumes(context)).toEqual([]);
  await expect(group.create(context, 'vm-100-disk-0', 4096, [])).rejects.toThrow('is smaller than it was');
  await expect(group.extend(context, 'vm-100-disk-0', 8192)).rejects.toThrow('is smaller than it was');
  expect(ran).toEqual(['lvs']);
  expect(groupWarnings(group, facts)).toEqual([expect.stringContaining('smaller than it was')]);
  // It was grown to where it had been.
  messages = [];
  await group.volumes(context);
  expect(groupWarnings(group, facts)).toEqual([]);
  await group.create(context, 'vm-100-disk-0', 4096, []);
  expect(ran).toEqual(['lvs', 'lvs', 'lvcreate']);
  // What LVM says beside a change counts as well.
  messages = warnings;
  await group.create(context, 'vm-100-disk-1', 4096, []);
  await expect(group.create(context, 'vm-100-disk-2', 4096, [])).rejects.toThrow('is smaller than it was');
});

test('why a report fails is told in the report', async () => {
  const stdout = JSON.stringify({
    report: [{ vg: [] }],
    log: [
      { log_type: 'error', log_message: 'Volume group "sanvg" not found' },
      { log_type: 'error', log_message: 'Cannot process volume group sanvg' },
      { log_type: 'status', log_message: 'failure' },
    ],
  });
  const group = openLvmGroup(async () => ({ exitCode: 5, stdout, stderr: '' }), 'sanvg');
  const error = await group.facts(quietContext()).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'unavailable',
    message:
      "look at the volume group: there is no volume group 'sanvg' on this node, or its devices are not there",
  });
});
