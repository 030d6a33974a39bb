// Tests of the storage type `blockdevice`: names, devices that are there or missing, what is in use.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asAppError } from '../../server/core/errors.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { describeStoragePlugin } from '../../test/contracts/storage-plugin.ts';
import { type DeviceTree, makeDeviceTree } from '../block-devices/devices-fixture.ts';
import { createBlockdevicePlugin } from './blockdevice-plugin.ts';
import { readDeviceList } from './device-names.ts';

const context = quietContext();
const wwn = 'wwn-0x600508b400105e210000900000490000';
let tree: DeviceTree;
beforeEach(async () => {
  tree = await makeDeviceTree();
  await tree.device('sdc', { number: '8:32', sizeBytes: 5 * 1024 ** 3, links: [wwn, 'scsi-3600'] });
  await tree.write('dev/etherd/e0.1', '');
});
afterEach(() => tree.cleanUp());

const open = (devices: string) => createBlockdevicePlugin(tree.root).open('fc', { devices });
const code = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing was refused',
    (error: unknown) => asAppError(error).code,
  );

describe('the list of devices', () => {
  test('takes names with and without their folder, each once', () => {
    expect(readDeviceList(`/dev/disk/by-id/${wwn}, ${wwn};/dev/etherd/e0.1 scsi-3600`)).toEqual([
      wwn,
      'e0.1',
      'scsi-3600',
    ]);
  });

  test.each([
    '',
    'sda',
    '/dev/sda',
    '../sda',
    'scsi-3600-part1',
    'scsi-../x',
    '/dev/disk/by-path/x',
    'wwn-0x12',
    'usb-stick',
  ])('%j is refused', (text) => expect(() => readDeviceList(text)).toThrow());
});

test('shows the devices that are there and warns of the others', async () => {
  const storage = open(`${wwn},scsi-3999`);
  await storage.activate(context);
  expect(await storage.list(context, {})).toMatchObject([
    { name: wwn, content: 'images', format: 'raw', sizeBytes: 5 * 1024 ** 3 },
  ]);
  expect((await storage.usage(context)).warnings).toEqual(['this node does not see the device scsi-3999']);
  expect(await storage.attach(context, wwn)).toEqual({ kind: 'block', path: `/dev/disk/by-id/${wwn}` });
  expect(await code(storage.attach(context, 'scsi-3999'))).toBe('not-found');
  expect(await code(storage.attach(context, 'scsi-3600'))).toBe('not-found');
});

test('none of its devices there: unavailable', async () => {
  expect(await code(open('scsi-3999').activate(context))).toBe('unavailable');
});

test('a device that is mounted, and a partition under a name of its own, are not given out', async () => {
  await tree.write('proc/self/mountinfo', '36 30 8:32 / /srv rw - ext4 /dev/sdc rw\n');
  expect(await code(open(wwn).attach(context, wwn))).toBe('busy');
  await tree.write('sys/class/block/sdc/partition', '1\n');
  expect(await code(open(wwn).attach(context, wwn))).toBe('unavailable');
});

describeStoragePlugin(
  'blockdevice on a made-up SAN',
  async () => {
    const made = await makeDeviceTree();
    await made.device('sdc', { number: '8:32', sizeBytes: 5 * 1024 ** 3, links: [wwn] });
    return {
      plugin: createBlockdevicePlugin(made.root),
      options: { devices: wwn },
      cleanUp: () => made.cleanUp(),
      leftovers: async () => [],
      tooManyBytes: 2 ** 52,
    };
  },
  { qcow2: false, fullCopies: false },
);
