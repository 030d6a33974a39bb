// The storage type `dir`: a directory of this node's file system in Proxmox VE's layout.
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, invalidInput } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { commonOptions } from '../common-options.ts';
import {
  createFileVolumes,
  fileCapabilities,
  fileContentKinds,
  isMountPoint,
  makeContentFolders,
} from '../file-volumes.ts';
import { createQemuImg, type StreamingRun } from '../files/qemu-img.ts';
import { hasErrno, storageError } from '../files/system-errors.ts';
import { contractVersion, type PluginDeclaration, type Storage, type StoragePlugin } from '../plugin.ts';
import { createLayeredVolumes } from './layered-volumes.ts';
import { type ReadMounts, readOwnMounts } from './open-overlays.ts';
import { createProjectQuota } from './project-quota.ts';

const preallocations = ['off', 'metadata', 'falloc', 'full'];

const declaration: PluginDeclaration = {
  type: 'dir',
  contractVersion,
  options: [
    {
      name: 'path',
      type: 'path',
      required: true,
      fixed: true,
      description: 'The directory, as an absolute path.',
    },
    ...commonOptions,
    {
      name: 'shared',
      type: 'boolean',
      required: false,
      fixed: false,
      description: 'The same files are under this path on every node (somebody else mounts them there).',
    },
    {
      name: 'is_mountpoint',
      type: 'string',
      required: false,
      fixed: false,
      description: 'Use it only while a file system is mounted there: yes, no, or the path of the mount.',
    },
    {
      name: 'create-base-path',
      type: 'boolean',
      required: false,
      fixed: false,
      description: 'Create the directory when it is missing (default yes).',
    },
    {
      name: 'create-subdirs',
      type: 'boolean',
      required: false,
      fixed: false,
      description: 'Create the folders of the layout (default yes).',
    },
    {
      name: 'mkdir',
      type: 'boolean',
      required: false,
      fixed: false,
      description: 'Old name for both create-base-path and create-subdirs.',
    },
    {
      name: 'format',
      type: 'choice',
      choices: ['raw', 'qcow2'],
      required: false,
      fixed: false,
      description: 'Format of new disk images (default qcow2).',
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
  contents: fileContentKinds,
  imageFormats: ['qcow2', 'raw'],
  shared: false,
  capabilities: [
    ...fileCapabilities,
    { feature: 'snapshot', formats: ['subvol'], states: ['current', 'snapshot'], live: false },
    { feature: 'clone', formats: ['subvol'], states: ['current', 'snapshot', 'base'], live: false },
    { feature: 'template', formats: ['subvol'], states: ['current', 'snapshot', 'base'], live: false },
    { feature: 'resize', formats: ['subvol'], states: ['current'], live: true },
    { feature: 'sparse', formats: ['subvol'], states: ['current', 'snapshot', 'base'], live: true },
  ],
  rootFormats: ['subvol', 'raw'],
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
      const root = readRoot(options['path']);
      const mount = readMountPoint(options['is_mountpoint'], root);
      const allowed = (name: string) => (options[name] ?? options['mkdir'] ?? true) === true;
      return {
        ...createFileVolumes({
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
        }),
        check: async () => await checkRoot(root, mount),
        async activate() {
          if (mount === undefined && allowed('create-base-path')) await makeRoot(root);
          await checkRoot(root, mount);
          if (allowed('create-subdirs')) await makeContentFolders(root, fileContentKinds);
        },
        deactivate: async () => {},
      };
    },
  };
}

/** `invalid-input` about `path` unless it is absolute, normal and not the root of the file system. */
function readRoot(value: unknown): string {
  const refuse = (rule: string) => invalidInput({ path: rule });
  if (typeof value !== 'string' || !value.startsWith('/')) throw refuse('write an absolute path');
  if (/[\x00-\x1f\x7f]/.test(value)) throw refuse('must not hold control characters');
  const normal = path.posix.normalize(value).replace(/\/$/, '');
  if (value.split('/').includes('..')) throw refuse("must not hold '..'");
  if (normal === '') throw refuse("the root directory '/' cannot be a storage");
  return normal;
}

function readMountPoint(value: unknown, root: string): string | undefined {
  if (value === undefined || value === '') return undefined;
  const word = String(value).toLowerCase();
  if (['0', 'no', 'off', 'false'].includes(word)) return undefined;
  if (['1', 'yes', 'on', 'true'].includes(word)) return root;
  const mount = String(value);
  if (!mount.startsWith('/') || mount.split('/').includes('..'))
    throw invalidInput({ is_mountpoint: 'write yes, no or an absolute path' });
  return mount;
}

async function makeRoot(root: string): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o755 }).catch((error: unknown) => {
    if (hasErrno(error, 'EEXIST') || hasErrno(error, 'ENOTDIR')) throw notADirectory();
    throw storageError(error, "create the storage's directory");
  });
}

async function checkRoot(root: string, mount: string | undefined): Promise<void> {
  try {
    if (!(await stat(root)).isDirectory()) throw notADirectory();
    if (mount !== undefined && !(await isMountPoint(mount)))
      throw new AppError('unavailable', 'no file system is mounted where the storage expects one');
  } catch (error) {
    if (hasErrno(error, 'ENOENT'))
      throw new AppError('unavailable', "the storage's directory does not exist");
    throw storageError(error, 'check the storage');
  }
}

function notADirectory(): AppError {
  return new AppError('unavailable', "the storage's path is not a directory");
}
