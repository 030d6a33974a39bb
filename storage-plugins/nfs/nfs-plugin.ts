// The storage type `nfs`: an export of an NFS server, mounted on each node that uses it.
import type { Exec } from '../../server/core/exec.ts';
import { commonOptions } from '../common-options.ts';
import type { StreamingRun } from '../files/qemu-img.ts';
import { runMount } from '../mounts/mount-command.ts';
import { renderMountOptions } from '../mounts/mount-options.ts';
import { type MountParts, mountParts } from '../mounts/mount-parts.ts';
import { createMountedStorage, mountedDeclaration, mountedOptions } from '../mounts/mounted-storage.ts';
import { contractVersion, type PluginDeclaration, type StoragePlugin } from '../plugin.ts';
import { isMountOf, readNfsExport } from './nfs-options.ts';

const declaration: PluginDeclaration = {
  ...mountedDeclaration,
  type: 'nfs',
  contractVersion,
  place: ['server', 'export'],
  options: [
    {
      name: 'server',
      type: 'string',
      required: true,
      fixed: true,
      description: 'Host name or IP address of the NFS server.',
    },
    {
      name: 'export',
      type: 'path',
      required: true,
      fixed: true,
      description: 'The path that the server exports.',
    },
    {
      name: 'options',
      type: 'string',
      required: false,
      fixed: false,
      description: 'Mount options with commas between: vers=4.2, nconnect=4. See nfs(5).',
    },
    ...mountedOptions,
    ...commonOptions,
  ],
  programs: [
    { program: 'mount.nfs', package: 'nfs-common' },
    { program: 'qemu-img', package: 'qemu-utils' },
  ],
};

/** `run` streams a program's output, `world` replaces parts of this node; both for tests. */
export function createNfsPlugin(
  exec: Exec,
  run?: StreamingRun,
  world: Partial<Omit<MountParts, 'exec'>> = {},
): StoragePlugin {
  const parts = mountParts(exec, world);
  return {
    declaration,
    open(id, options) {
      const remote = readNfsExport(options);
      const name = `the NFS export '${remote.source}'`;
      return createMountedStorage(
        { id, options },
        {
          name,
          readOnly: remote.options.has('ro'),
          servers: [{ host: remote.server, port: remote.port }],
          isOurs: (entry) => isMountOf(remote, entry),
          mount: async (context, place) =>
            await runMount(exec, context, {
              ...{ type: 'nfs', source: remote.source, place, intention: `mount ${name}` },
              // Once: a mount program that goes on trying would outlive its time limit.
              options: renderMountOptions(new Map([...remote.options, ['retry', '0']])),
            }),
        },
        parts,
        run,
      );
    },
  };
}
