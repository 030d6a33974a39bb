// Places of the types that come with Croft: which two configurations mean the same one.
import { expect, test } from 'vitest';
import { createPluginRegistry } from '../../storage-plugins/registry.ts';
import { AppError } from '../core/errors.ts';
import { exec } from '../core/exec.ts';
import { requireOwnPlace } from './same-place.ts';
import type { StorageConfig } from './storage-config.ts';
import { builtInPlugins } from './storage-types.ts';

const plugins = createPluginRegistry(builtInPlugins(exec));
type Options = StorageConfig['options'];

/** The options about which the second storage is refused; empty when both may be. */
async function refusedFor(type: string, one: Options, two: Options, before?: Options): Promise<string[]> {
  const configOf = (id: string, options: Options): StorageConfig => ({ id, type, options, version: 1 });
  const parts = { plugins, all: () => [configOf('one', one)], isDead: () => true };
  const was = before && configOf('two', before);
  const error = await requireOwnPlace(parts, configOf('two', two), was).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return [];
  if (!(error instanceof AppError)) throw error;
  return Object.keys(error.fields ?? {});
}

const wwn = 'wwn-0x5000c500a1b2c3d4';
const other = 'wwn-0x5000c500ffffffff';

const cases: readonly (readonly ['same' | 'another', string, string, Options, Options])[] = [
  [
    'same',
    'a share in other letters',
    'cifs',
    { server: 'nas', share: 'Data' },
    { server: 'NAS', share: 'data' },
  ],
  [
    'same',
    'the second server of a volume',
    'glusterfs',
    { server: 'a', volume: 'v' },
    { server: 'b', server2: 'A', volume: 'v' },
  ],
  [
    'same',
    'both servers the other way round',
    'glusterfs',
    { server: 'a', server2: 'b', volume: 'v' },
    { server: 'b', server2: 'a', volume: 'v' },
  ],
  ['same', 'one of several devices', 'blockdevice', { devices: `${wwn},${other}` }, { devices: wwn }],
  [
    'same',
    'a device by its path',
    'blockdevice',
    { devices: wwn },
    { devices: `${other} /dev/disk/by-id/${wwn}` },
  ],
  [
    'another',
    'another folder of a share',
    'cifs',
    { server: 'nas', share: 'data' },
    { server: 'nas', share: 'data', subdir: '/two' },
  ],
  [
    'another',
    'a folder in other letters',
    'cifs',
    { server: 'nas', share: 'data', subdir: '/One' },
    { server: 'nas', share: 'data', subdir: '/one' },
  ],
  [
    'another',
    'another volume of the same servers',
    'glusterfs',
    { server: 'a', server2: 'b', volume: 'v' },
    { server: 'b', server2: 'a', volume: 'w' },
  ],
  ['another', 'another device', 'blockdevice', { devices: wwn }, { devices: other }],
  [
    'another',
    'an export in other letters',
    'nfs',
    { server: 'nas', export: '/Data' },
    { server: 'nas', export: '/data' },
  ],
];

test.each(cases)('%s place: %s', async (which, _name, type, one, two) => {
  const place = which === 'same' ? [...plugins.get(type).declaration.place!] : [];
  expect(await refusedFor(type, one, two)).toEqual(place);
  expect(await refusedFor(type, two, one)).toEqual(place);
});

test('a second server that comes later is looked at too', async () => {
  const [one, two] = [
    { server: 'a', volume: 'v' },
    { server: 'b', volume: 'v' },
  ];
  expect(await refusedFor('glusterfs', one, { ...two, server2: 'a' }, two)).toEqual(['server', 'volume']);
  expect(await refusedFor('glusterfs', one, { ...two, content: 'images' }, two)).toEqual([]);
});
