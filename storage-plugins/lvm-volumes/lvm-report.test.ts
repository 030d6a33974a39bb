// Reports and complaints of lvm2 2.03, as it wrote them.
import { expect, test } from 'vitest';
import { commandFailed } from '../../server/core/exec.ts';
import { readLvmComplaint } from './lvm-complaint.ts';
import { readGroup, readVolumes } from './lvm-report.ts';

// lvs --config 'report{time_format="%s"}' --reportformat json --units b --nosuffix --options ... vg0
const volumes = `  {
      "report": [
          {
              "lv": [
                  {"lv_name":"data", "lv_size":"104857600", "lv_attr":"twi-aotz--", "lv_tags":"", "pool_lv":"", "data_percent":"12.50", "metadata_percent":"10.94", "lv_time":"1795333225"},
                  {"lv_name":"vm-100-disk-0", "lv_size":"12582912", "lv_attr":"-wi-a-----", "lv_tags":"croft-size=12,pve-vm-100", "pool_lv":"", "data_percent":"", "metadata_percent":"", "lv_time":"1795333226"},
                  {"lv_name":"vm-102-disk-0", "lv_size":"1073741824", "lv_attr":"Vwi-aotz--", "lv_tags":"", "pool_lv":"data", "data_percent":"0.39", "metadata_percent":"", "lv_time":"1795333227"},
                  {"lv_name":"snap_vm-102-disk-0_a", "lv_size":"1073741824", "lv_attr":"Vri---tz-k", "lv_tags":"", "pool_lv":"data", "data_percent":"", "metadata_percent":"", "lv_time":"1795333228"},
                  {"lv_name":"old", "lv_size":"4194304", "lv_attr":"swi-a-s---", "lv_tags":"", "pool_lv":"", "data_percent":"0.00", "metadata_percent":"", "lv_time":"1795333229"}
              ]
          }
      ]
  }
`;

test('reads volumes', () => {
  const read = readVolumes(volumes);
  expect(read.map(({ kind }) => kind)).toEqual(['thin-pool', 'plain', 'thin', 'thin', 'other']);
  expect(read[0]).toMatchObject({ zeroes: true, dataPercent: 12.5, metadataPercent: 10.94, open: true });
  expect(read[1]).toEqual({
    ...{ name: 'vm-100-disk-0', sizeBytes: 12_582_912, tags: ['croft-size=12', 'pve-vm-100'], kind: 'plain' },
    ...{ pool: undefined, readOnly: false, active: true, open: false, zeroes: false },
    ...{ dataPercent: undefined, metadataPercent: undefined, createdAt: 1_795_333_226 },
  });
  expect(read[3]).toMatchObject({ readOnly: true, active: false, pool: 'data', dataPercent: undefined });
  expect(readVolumes('{"report":[{"lv":[]}]}')).toEqual([]);
  expect(() => readVolumes('  WARNING: nothing')).toThrow(/cannot be read/);
});

const groupRow = (name: string, attributes = 'wz--n-', missing = '0') =>
  `{"vg_name":"${name}", "vg_uuid":"8mtnHZ-eTOU-53tD-00IZ-IBoe-5fal-J4VDoL", "vg_size":"532676608", "vg_free":"520093696", "vg_attr":"${attributes}", "vg_extent_size":"4194304", "vg_missing_pv_count":"${missing}"}`;
const groups = (...rows: string[]) => `{"report":[{"vg":[${rows.join(',')}]}]}`;

test('reads a volume group', () => {
  expect(readGroup(groups(groupRow('vg0')), 'vg0')).toEqual({
    ...{ uuid: '8mtnHZ-eTOU-53tD-00IZ-IBoe-5fal-J4VDoL', sizeBytes: 532_676_608, freeBytes: 520_093_696 },
    ...{ extentBytes: 4_194_304, missingDevices: 0, exported: false, readOnly: false },
  });
  expect(readGroup(groups(groupRow('vg0', 'rzxpn-', '1')), 'vg0')).toMatchObject({
    ...{ missingDevices: 1, exported: true, readOnly: true },
  });
  expect(readGroup(groups(), 'vg0')).toBeUndefined();
});

test('two groups of one name are nobody’s', () => {
  expect(() => readGroup(groups(groupRow('vg0'), groupRow('vg0')), 'vg0')).toThrow(/two volume groups/);
});

/** What LVM says before all else, at each call, of a group that lacks a device. */
const missingDevice =
  "  WARNING: Couldn't find device with uuid 7tEUTH-9QLH-hGZD-Gcn2-wEOj-zvAy-LGRFn3.\n" +
  '  WARNING: VG vg0 is missing PV 7tEUTH-9QLH-hGZD-Gcn2-wEOj-zvAy-LGRFn3 (last written to /dev/sdb).\n';

test.each([
  ['Volume group "nope" not found\n  Cannot process volume group nope', 'unavailable'],
  [
    'Multiple VGs found with the same name: skipping vg0\n  Use --select vg_uuid=<uuid> in place of the VG name.',
    'unavailable',
  ],
  [
    'Cannot change VG vg0 while PVs are missing.\n  See vgreduce --removemissing and vgextend --restoremissing.',
    'wrong-state',
  ],
  [
    "Refusing activation of partial LV vg0/vm-100-disk-0.  Use '--activationmode partial' to override.",
    'wrong-state',
  ],
  ['Volume group vg0 is exported', 'unavailable'],
  ['Cannot access VG vg0 with system ID a with unknown local system ID.', 'unavailable'],
  ['Volume group "vg0" has insufficient free space (124 extents): 225 required.', 'no-capacity'],
  ['Insufficient free space: 5115 extents needed, but only 122 available', 'no-capacity'],
  ['Cannot create new thin volume, free space in thin pool vg0/data reached threshold.', 'no-capacity'],
  ['Logical Volume "vm-100-disk-0" already exists in volume group "vg0"', 'already-exists'],
  ['Failed to find logical volume "vg0/nope"', 'not-found'],
  ['Logical volume vm-100-disk-0 not found in volume group vg0.', 'not-found'],
  ['Existing logical volume "nope" not found in volume group "vg0"', 'not-found'],
  ['Logical volume vg0/vm-100-disk-0 in use.', 'busy'],
  ['Logical volume vg0/vm-100-disk-0 contains a filesystem in use.', 'busy'],
  ['device-mapper: reload ioctl on  (253:4) failed: Invalid argument', 'command-failed'],
])('%s', (complaint, code) => {
  const failed = commandFailed('make it', 'lvcreate ...', 5, `${missingDevice}  ${complaint}\n`);
  const read = readLvmComplaint(failed, 'make it', 'vg0');
  expect(read.code).toBe(code);
  expect(read.message).not.toContain('lvcreate ...');
});
