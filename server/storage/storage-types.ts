// The storage types that come with Croft: the one list of them, for the daemon and for the processes of isolated storages.
import { createBlockdevicePlugin } from '../../storage-plugins/blockdevice/blockdevice-plugin.ts';
import { createBtrfsPlugin } from '../../storage-plugins/btrfs/btrfs-plugin.ts';
import { createCifsPlugin } from '../../storage-plugins/cifs/cifs-plugin.ts';
import { createDirPlugin } from '../../storage-plugins/dir/dir-plugin.ts';
import { createGlusterfsPlugin } from '../../storage-plugins/glusterfs/glusterfs-plugin.ts';
import { createIscsiPlugin } from '../../storage-plugins/iscsi/iscsi-plugin.ts';
import { createLvmPlugin } from '../../storage-plugins/lvm/lvm-plugin.ts';
import { createLvmThinPlugin } from '../../storage-plugins/lvmthin/lvmthin-plugin.ts';
import { createNfsPlugin } from '../../storage-plugins/nfs/nfs-plugin.ts';
import type { StoragePlugin } from '../../storage-plugins/plugin.ts';
import type { Exec } from '../core/exec.ts';

/** A new plugin gets its line here, and works in the daemon and isolated alike. */
export function builtInPlugins(exec: Exec): StoragePlugin[] {
  return [
    createDirPlugin(exec),
    createBtrfsPlugin(exec),
    createLvmPlugin({ exec }),
    createLvmThinPlugin({ exec }),
    createIscsiPlugin(exec),
    createBlockdevicePlugin(),
    createNfsPlugin(exec),
    createCifsPlugin(exec),
    createGlusterfsPlugin(exec),
  ];
}
