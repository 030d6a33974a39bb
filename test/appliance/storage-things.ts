// The real thing of each storage plugin, inside an appliance whose storage servers run: made once, emptied after each test.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { builtInPlugins } from '../../server/storage/storage-types.ts';
import { overlayTrees } from '../../storage-plugins/dir/overlay-trees-fixture.ts';
import type { StoragePlugin } from '../../storage-plugins/plugin.ts';
import type { StorageUnderTest } from '../contracts/storage-plugin.ts';
import { unfinishedFiles } from '../fixtures/dir-storage.ts';
import { askForNoPassword } from './server-scripts.ts';
import {
  cifsFolder,
  cifsPassword,
  cifsShare,
  cifsUser,
  glusterBricks,
  glusterVolume,
  iscsiTarget,
  nfsExport,
  nfsRoot,
  serverAddresses,
  serversFolder,
  spareDisks,
} from './storage-places.ts';
import type { ThingName } from './thing-names.ts';

/** One storage that can be made empty. */
export interface StorageThing {
  /** Once, before the first test. Repeatable. */
  setUp(): Promise<void>;
  under(): StorageUnderTest;
  /** Once, after the last. */
  tearDown(): Promise<void>;
}

const context = quietContext();
const volumeGroup = 'conformance';
const pool = 'pool';

async function sh(script: string): Promise<string> {
  const { stdout } = await exec('sh', ['-euc', script], { timeoutMs: 5 * 60_000 });
  return stdout;
}

function pluginOf(type: string): StoragePlugin {
  const found = builtInPlugins(exec).find(({ declaration }) => declaration.type === type);
  if (!found) throw new Error(`there is no plugin of type '${type}'`);
  return found;
}

/** Ends what `activate` made. The suite's storages are all called `test`. */
async function deactivate(plugin: StoragePlugin, options: StorageUnderTest['options']): Promise<void> {
  await plugin.open('test', options).deactivate(context);
}

async function empty(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
}

/** A storage of files; `folder` is where its root can be looked at without the plugin. */
function files(
  type: string,
  folder: string,
  options: StorageUnderTest['options'],
  more: Partial<StorageThing> = {},
): StorageThing {
  const plugin = pluginOf(type);
  return {
    setUp: async () => void (await sh(`mkdir -p ${folder}`)),
    under: () => ({
      ...{ plugin, options, tooManyBytes: 2 ** 52, trees: overlayTrees },
      leftovers: async () => await unfinishedFiles(folder),
      cleanUp: async () => {
        await deactivate(plugin, options);
        await empty(folder);
      },
    }),
    tearDown: async () => {},
    ...more,
  };
}

/** btrfs on a loop device; subvolumes go like folders since Linux 4.18, but read-only ones. */
function btrfs(): StorageThing {
  const image = `${serversFolder}/btrfs.img`;
  const mount = '/srv/conformance-btrfs';
  const folder = `${mount}/storage`;
  const clear = `
for subvolume in $(btrfs subvolume list -o ${mount} | sed 's/.* path //' | sort -r); do
  btrfs property set -t subvol ${mount}/$subvolume ro false
  btrfs subvolume delete ${mount}/$subvolume > /dev/null
done
`;
  const thing = files('btrfs', folder, { path: folder });
  return {
    setUp: async () => {
      await sh(`mkdir -p ${mount} ${serversFolder}
truncate -s 3G ${image}
mkfs.btrfs -q -f ${image}
mount -o loop ${image} ${mount}
mkdir ${folder}`);
    },
    under: () => ({
      ...thing.under(),
      cleanUp: async () => {
        // Nested ones are not listed below each other: those that are left become visible when their parents are gone.
        for (let round = 0; round < 4; round += 1) await sh(clear);
        await empty(folder);
      },
    }),
    tearDown: async () => void (await sh(`umount ${mount}; rm ${image}`)),
  };
}

/** A volume group on a spare disk; `more` are options of the storage, `made` what is laid into the group first. */
function volumes(type: 'lvm' | 'lvmthin', more: StorageUnderTest['options'], made: string): StorageThing {
  const plugin = pluginOf(type);
  const options = { vgname: volumeGroup, ...more };
  const [disk] = spareDisks;
  const names = async () =>
    (await sh(`lvs --noheadings -o lv_name ${volumeGroup}`))
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  return {
    setUp: async () => {
      await sh(`vgs ${volumeGroup} > /dev/null 2>&1 || { vgcreate -q -y ${volumeGroup} ${disk}; ${made}; }`);
    },
    under: () => ({
      ...{ plugin, options, tooManyBytes: 2 ** 52, trees: overlayTrees },
      // Volumes, bases and their snapshots are listed; everything else was forgotten.
      leftovers: async () => (await names()).filter((name) => !/^(vm|base|snap)[-_]|^pool$/.test(name)),
      cleanUp: async () => {
        await deactivate(plugin, options);
        const all = (await names()).filter((name) => name !== pool).map((name) => `${volumeGroup}/${name}`);
        // Of a thin snapshot's origin and itself either may go first.
        if (all.length > 0) await sh(`lvremove -q -y -f ${all.join(' ')}`);
      },
    }),
    tearDown: async () => void (await sh(`vgremove -q -y -f ${volumeGroup}; pvremove -q -y -f ${disk}`)),
  };
}

function gluster(): StorageThing {
  const [brick = '', other = ''] = glusterBricks;
  const options = { server: serverAddresses.glusterfs, volume: glusterVolume };
  const plugin = pluginOf('glusterfs');
  const seen = '/run/conformance-gluster';
  // Bricks are looked at and emptied only through the volume: they hold what belongs to GlusterFS.
  const thing = files('glusterfs', seen, options);
  return {
    setUp: async () => {
      await sh(`ls -d ${brick} ${other} > /dev/null
mkdir -p ${seen}
mountpoint -q ${seen} || mount -t glusterfs ${serverAddresses.glusterfs}:/${glusterVolume} ${seen}`);
    },
    under: () => ({
      ...thing.under(),
      cleanUp: async () => {
        await deactivate(plugin, options);
        await empty(seen);
      },
    }),
    tearDown: async () => void (await sh(`umount ${seen}`)),
  };
}

/** The target's units: nothing is made on it, and nothing removed. */
function iscsi(): StorageThing {
  const options = { portal: `${serverAddresses.iscsi}:3260`, target: iscsiTarget };
  const plugin = pluginOf('iscsi');
  return {
    setUp: async () => void (await sh(askForNoPassword)),
    under: () => ({
      ...{ plugin, options, tooManyBytes: 2 ** 52 },
      leftovers: async () => [],
      cleanUp: async () => await deactivate(plugin, options),
    }),
    tearDown: async () => {},
  };
}

const nfs = (version: string) =>
  files('nfs', nfsExport, {
    ...{ server: serverAddresses.nfs, export: version === '3' ? nfsExport : nfsRoot },
    options: `vers=${version}`,
  });

export const storageThings: Readonly<Record<ThingName, () => StorageThing>> = {
  dir: () => files('dir', `${serversFolder}/dir`, { path: `${serversFolder}/dir` }),
  btrfs,
  lvm: () => volumes('lvm', {}, 'true'),
  'lvm-chain': () => volumes('lvm', { 'snapshot-as-volume-chain': true }, 'true'),
  lvmthin: () =>
    volumes('lvmthin', { thinpool: pool }, `lvcreate -q -y -W n -T -L 6G ${volumeGroup}/${pool}`),
  nfs: () => nfs('4.2'),
  nfs3: () => nfs('3'),
  cifs: () =>
    files('cifs', cifsFolder, {
      ...{ server: serverAddresses.cifs, share: cifsShare, username: cifsUser, password: cifsPassword },
    }),
  glusterfs: gluster,
  iscsi,
};
