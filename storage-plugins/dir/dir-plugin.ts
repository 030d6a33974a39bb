// The storage type `dir`: a directory of this node's file system in Proxmox VE's layout.
import type { Exec } from '../../server/core/exec.ts';
import { backupOptions, commonOptions } from '../common-options.ts';
import { createFileVolumes, fileCapabilities, fileContentKinds } from '../file-volumes.ts';
import { createQemuImg, type StreamingRun } from '../files/qemu-img.ts';
import { type ReadMounts, readOwnMounts } from '../folders/open-mounts.ts';
import { contractVersion, type PluginDeclaration, type Storage, type StoragePlugin } from '../plugin.ts';
import { openRootFolder, rootFolderOptions } from '../root-folder.ts';
import { createLayeredVolumes } from './layered-volumes.ts';
import { createProjectQuota } from './project-quota.ts';

const preallocations = ['off', 'metadata', 'falloc', 'full'];

const declaration: PluginDeclaration = {
  type: 'dir',
  contractVersion,
  options: [
    ...rootFolderOptions,
    ...commonOptions,
    ...backupOptions,
    {
      name: 'shared',
      type: 'boolean',
      required: false,
      fixed: false,
      description: 'The same files are under this path on every node (somebody else mounts them there).',
    },
    {
      name: 'format',
      type: 'choice',
      choices: ['raw', 'qcow2'],
      required: false,
      fixed: false,
      description: "Format of new disk images (default qcow2); with raw, of containers' volumes too.",
    },
    {
      name: 'preallocation',
      type: 'choice',
      choices: preallocations,
      required: false,
      fixed: false,
      description: 'How much of a new disk image is written at once (default off).',
    },
  ],
  place: ['path'],
  contents: fileContentKinds,
  imageFormats: ['qcow2', 'raw'],
  shared: false,
  capabilities: [
    ...fileCapabilities,
    { feature: 'snapshot', formats: ['subvol'], states: ['current', 'snapshot'], live: false },
    { feature: 'clone', formats: ['subvol'], states: ['current', 'snapshot', 'base'], live: false },
    { feature: 'template', formats: ['subvol'], states: ['current'], live: false },
    { feature: 'linked-clone', formats: ['subvol'], states: ['snapshot', 'base'], live: false },
    { feature: 'copy', formats: ['subvol'], states: ['current', 'snapshot', 'base'], live: false },
    { feature: 'resize', formats: ['subvol'], states: ['current'], live: true },
    { feature: 'sparse', formats: ['subvol'], states: ['current', 'snapshot', 'base'], live: true },
  ],
  rootFormats: ['subvol', 'raw'],
  isolated: false,
  programs: [{ program: 'qemu-img', package: 'qemu-utils' }],
};

/** `run` streams a program's output, `readMounts` reads the kernel's list of mounts; for tests to replace. */
export function createDirPlugin(
  exec: Exec,
  run?: StreamingRun,
  readMounts: ReadMounts = readOwnMounts,
): StoragePlugin {
  const qemuImg = createQemuImg(exec, run);
  return {
    declaration,
    open(_id, options): Storage {
      const folder = openRootFolder(options);
      const { root } = folder;
      const volumes = createFileVolumes({
        root,
        exec,
        qemuImg,
        preallocation: String(options['preallocation'] ?? 'off'),
        folders: createLayeredVolumes({
          root,
          exec,
          readMounts,
          limits: createProjectQuota(root, exec, readMounts),
        }),
      });
      return {
        ...volumes,
        usage: async (context) => await folder.usage(context, volumes),
        check: folder.check,
        activate: folder.activate,
        deactivate: async () => {},
      };
    },
  };
}
