// The storage type `btrfs`: a directory on a btrfs file system, with a subvolume for each volume.
import { statfs } from 'node:fs/promises';
import { AppError, asAppError, invalidInput } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { backupOptions, commonOptions } from '../common-options.ts';
import { createFileVolumes, fileCapabilities, fileContentKinds } from '../file-volumes.ts';
import { createQemuImg, type StreamingRun } from '../files/qemu-img.ts';
import { storageError } from '../files/system-errors.ts';
import { type ReadMounts, readOwnMounts } from '../folders/open-mounts.ts';
import {
  contractVersion,
  type PluginDeclaration,
  type Storage,
  type StoragePlugin,
  type VolumeFormat,
} from '../plugin.ts';
import { openRootFolder, rootFolderOptions } from '../root-folder.ts';
import { createBtrfsCommands } from './btrfs-commands.ts';
import { createBtrfsVolumes } from './btrfs-volumes.ts';

/** statfs(2). */
const btrfsMagic = 0x9123683e;
const formats: readonly VolumeFormat[] = ['subvol', 'raw'];

const declaration: PluginDeclaration = {
  type: 'btrfs',
  contractVersion,
  options: [
    ...rootFolderOptions,
    ...commonOptions,
    ...backupOptions,
    {
      name: 'nocow',
      type: 'boolean',
      required: false,
      fixed: false,
      description: 'Write new raw images in place, without checksums: faster, but nothing finds broken data.',
    },
    {
      name: 'format',
      type: 'choice',
      choices: ['raw', 'subvol'],
      required: false,
      fixed: false,
      description: 'Format of new volumes; disk images are always raw.',
    },
  ],
  place: ['path'],
  contents: fileContentKinds,
  imageFormats: ['raw'],
  shared: false,
  capabilities: [
    // Of files only what is not about disks: those are subvolumes here.
    ...fileCapabilities.filter(({ feature }) => feature.startsWith('stream-') || feature === 'annotate'),
    { feature: 'snapshot', formats, states: ['current', 'snapshot'], live: true },
    { feature: 'clone', formats, states: ['current', 'snapshot', 'base'], live: true },
    { feature: 'template', formats, states: ['current'], live: false },
    { feature: 'linked-clone', formats, states: ['snapshot', 'base'], live: true },
    { feature: 'copy', formats, states: ['current', 'snapshot', 'base'], live: false },
    { feature: 'discard', formats: ['raw'], states: ['current'], live: true },
    { feature: 'memory', formats: ['raw'], states: ['current'], live: true },
    { feature: 'resize', formats: ['subvol'], states: ['current'], live: true },
    { feature: 'resize', formats: ['raw'], states: ['current'], live: false },
    { feature: 'sparse', formats, states: ['current', 'snapshot', 'base'], live: true },
  ],
  rootFormats: formats,
  isolated: false,
  programs: [
    { program: 'qemu-img', package: 'qemu-utils' },
    { program: 'btrfs', package: 'btrfs-progs' },
  ],
};

/** `run` streams a program's output, `readMounts` reads the kernel's list of mounts; for tests to replace. */
export function createBtrfsPlugin(
  exec: Exec,
  run?: StreamingRun,
  readMounts: ReadMounts = readOwnMounts,
): StoragePlugin {
  const qemuImg = createQemuImg(exec, run);
  const commands = createBtrfsCommands(exec, readMounts);
  return {
    declaration,
    open(_id, options): Storage {
      const folder = openRootFolder(options);
      const { root } = folder;
      const nocow = options['nocow'] === true;
      const check = async () => {
        await folder.check();
        await requireBtrfs(root);
      };
      const volumes = createFileVolumes({
        root,
        exec,
        qemuImg,
        preallocation: 'off',
        folders: createBtrfsVolumes({ root, exec, commands, qemuImg, readMounts, nocow }),
      });
      // Image files would be disks without the file system's snapshots and clones.
      const requireFormat = (format: VolumeFormat) => {
        if (!formats.includes(format))
          throw invalidInput({ format: `new volumes have one of the formats ${formats.join(', ')}` });
      };
      return {
        ...volumes,
        async createDisk(context, disk) {
          requireFormat(disk.format);
          return await volumes.createDisk(context, disk);
        },
        async copyDisk(context, source, disk) {
          requireFormat(disk.format);
          return await volumes.copyDisk(context, source, disk);
        },
        usage: async (context) => await folder.usage(context, volumes),
        check,
        async activate(context) {
          await folder.activate();
          await requireBtrfs(root);
          await enableQuotas(context);
        },
        deactivate: async () => {},
      };

      /** Without quotas the storage works all the same; it says so by `limitsTrees`. */
      async function enableQuotas(context: WorkContext): Promise<void> {
        try {
          if (!(await commands.hasQuotas(context, root))) await commands.enableQuotas(context, root);
        } catch (error) {
          if (asAppError(error).code !== 'command-failed') throw error;
          context.log(`sizes of trees are not limited: ${asAppError(error).message}`);
        }
      }
    },
  };
}

async function requireBtrfs(root: string): Promise<void> {
  const { type } = await statfs(root).catch((error: unknown) => {
    throw storageError(error, 'check the storage');
  });
  if (type !== btrfsMagic)
    throw new AppError('unavailable', "the storage's directory is not on a btrfs file system");
}
