// The header: what it holds comes back; what the format or its readers cannot hold is refused.
import { describe, expect, it } from 'vitest';
import { testConfigs, testTime, testUuid } from './vma-fixture.ts';
import { deviceNameOf, diskKeyOf, isConfigName, isDeviceName } from './vma-format.ts';
import { readVmaHeader, renderVmaHeader, type VmaHeader, vmaHeaderBytes } from './vma-header.ts';

const TiB = 1024 ** 4;
const disk = { id: 1, name: 'drive-scsi0', bytes: 512 };
const header: VmaHeader = { uuid: testUuid, ctime: testTime, configs: testConfigs, devices: [disk] };

const again = (given: VmaHeader, largest = 256 * TiB) => readVmaHeader(renderVmaHeader(given), largest);

describe('what is rendered is read', () => {
  it.each<[string, Partial<VmaHeader>]>([
    ['as usual', {}],
    ['nothing at all', { configs: [], devices: [] }],
    ['the largest disk', { devices: [{ ...disk, bytes: 256 * TiB }] }],
    ['the earliest time', { ctime: 0 }],
    ['gaps between the devices', { devices: [disk, { id: 254, name: 'vmstate', bytes: 1024 }] }],
    [
      '254 devices',
      {
        devices: Array.from({ length: 254 }, (_, i) => ({ id: i + 1, name: `drive-scsi${i}`, bytes: 512 })),
      },
    ],
    [
      '60 configurations of the largest size',
      {
        configs: Array.from({ length: 60 }, (_, i) => ({
          name: `file${i}`,
          content: Buffer.alloc(65_535, i),
        })),
      },
    ],
    [
      '256 configurations, one called as a device',
      {
        configs: Array.from({ length: 256 }, (_, i) => ({
          name: i === 7 ? 'vmstate' : `f.${i}`,
          content: Buffer.alloc(0),
        })),
        devices: [{ ...disk, name: 'vmstate' }],
      },
    ],
  ])('%s', (_, change) => {
    const given = { ...header, ...change };
    const rendered = renderVmaHeader(given);
    expect(rendered.length % 512).toBe(0);
    expect(vmaHeaderBytes(rendered)).toBe(rendered.length);
    const { configs, ...read } = again(given);
    expect(read).toEqual({ uuid: given.uuid, ctime: given.ctime, devices: given.devices });
    expect(configs.map(({ name }) => name)).toEqual(given.configs.map(({ name }) => name));
    given.configs.forEach(({ content }, i) => {
      expect(Buffer.compare(content, configs[i]!.content)).toBe(0);
    });
  });
});

describe('what is not rendered', () => {
  const config = (name: string, bytes = 1) => ({ name, content: Buffer.alloc(bytes) });
  it.each<[string, Partial<VmaHeader>]>([
    ['a wrong id', { uuid: 'x' }],
    ['a time before all', { ctime: -1 }],
    ['a time in milliseconds', { ctime: 1_700_000_000_123_456 }],
    ['a time of half seconds', { ctime: 0.5 }],
    ['a name with a slash', { configs: [config('../shadow')] }],
    ['a name that is an option', { configs: [config('-rf')] }],
    ['a hidden name', { configs: [config('.ssh')] }],
    ['no name', { configs: [config('')] }],
    ['a long name', { configs: [config('n'.repeat(256))] }],
    ['a name twice', { configs: [config('a'), config('a')] }],
    ['a configuration that is too long', { configs: [config('a', 65_536)] }],
    ['257 configurations', { configs: Array.from({ length: 257 }, (_, i) => config(`c${i}`)) }],
    ['more than 4 MiB', { configs: Array.from({ length: 70 }, (_, i) => config(`c${i}`, 65_535)) }],
    ['a device of another name', { devices: [{ ...disk, name: 'scsi0' }] }],
    ['a device twice', { devices: [disk, { ...disk, id: 2 }] }],
    ['a number twice', { devices: [disk, { ...disk, name: 'drive-scsi1' }] }],
    ['device 0', { devices: [{ ...disk, id: 0 }] }],
    ['device 255', { devices: [{ ...disk, id: 255 }] }],
    ['an empty device', { devices: [{ ...disk, bytes: 0 }] }],
    ['half a sector', { devices: [{ ...disk, bytes: 1000 }] }],
    ['a device of more than 256 TiB', { devices: [{ ...disk, bytes: 256 * TiB + 512 }] }],
    ['a device without end', { devices: [{ ...disk, bytes: Number.NaN }] }],
  ])('%s', (_, change) => {
    expect(() => renderVmaHeader({ ...header, ...change })).toThrow(
      expect.objectContaining({ code: 'invalid-input' }),
    );
  });
});

it('the disks together have a limit, the saved memory has none', () => {
  const devices = [
    { id: 1, name: 'drive-scsi0', bytes: TiB },
    { id: 2, name: 'vmstate', bytes: 200 * TiB },
    { id: 3, name: 'drive-scsi1', bytes: TiB },
  ];
  expect(again({ ...header, devices }, 2 * TiB).devices).toEqual(devices);
  expect(() => again({ ...header, devices }, 2 * TiB - 1)).toThrow(
    /byte 4200: with drive-scsi1 of 1099511627776 bytes the disks are larger/,
  );
});

describe('names', () => {
  it.each([
    ['scsi0', 'drive-scsi0'],
    ['virtio15', 'drive-virtio15'],
    ['efidisk0', 'drive-efidisk0'],
    ['tpmstate0', 'drive-tpmstate0-backup'],
  ])('%s is in %s', (key, name) => {
    expect(deviceNameOf(key)).toBe(name);
    expect(diskKeyOf(name)).toBe(key);
    expect(isDeviceName(name)).toBe(true);
  });

  it.each(['', 'drive-', 'drive-scsi', 'scsi0', 'drive-scsi0\n', 'drive-../0', 'drive-SCSI0', 'Vmstate'])(
    '%j is no device',
    (name) => {
      expect(isDeviceName(name)).toBe(false);
      expect(diskKeyOf(name)).toBeUndefined();
    },
  );

  it('the saved memory is a device, but no disk', () => {
    expect(isDeviceName('vmstate')).toBe(true);
    expect(diskKeyOf('vmstate')).toBeUndefined();
  });

  it.each(['a/b', '..', 'a\0', 'a\n', 'ä', ' '])('%j is no configuration', (name) => {
    expect(isConfigName(name)).toBe(false);
  });
});
