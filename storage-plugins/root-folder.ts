// The folder that a storage lives in: its options, when it counts as usable, and making it.
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, invalidInput } from '../server/core/errors.ts';
import type { WorkContext } from '../server/core/work-context.ts';
import { fileContentKinds, isMountPoint, makeContentFolders } from './file-volumes.ts';
import { hasErrno, storageError } from './files/system-errors.ts';
import { whyNotWritable } from './files/writable-folder.ts';
import type { OptionDeclaration, Storage, StorageUsage } from './plugin.ts';

export const rootFolderOptions: readonly OptionDeclaration[] = [
  {
    name: 'path',
    type: 'path',
    required: true,
    fixed: true,
    description: 'The directory, as an absolute path.',
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
];

/** What a folder that is read-only can still serve. */
const readContents: readonly string[] = ['none', 'iso', 'vztmpl', 'import', 'snippets'];

export interface RootFolder {
  /** Absolute and normal. */
  readonly root: string;
  /** `unavailable` with the reason; also when content that is written to is kept here and nothing can be written. */
  check(): Promise<void>;
  /** Of the volumes in it. Asked every now and then: so it is noticed when the folder is no longer what `check` wants. */
  usage(context: WorkContext, volumes: Pick<Storage, 'usage'>): Promise<StorageUsage>;
  /** Makes what is missing, as far as the options allow. Repeatable. */
  activate(): Promise<void>;
}

/** Reads the options; `invalid-input`. Touches nothing. */
export function openRootFolder(options: Readonly<Record<string, unknown>>): RootFolder {
  const root = readRootPath(options['path']);
  const mount = readMountPoint(options['is_mountpoint'], root);
  const allowed = (name: string) => (options[name] ?? options['mkdir'] ?? true) === true;
  const kinds = String(options['content'] ?? 'images').split(',');
  const isWritten = kinds.some((kind) => !readContents.includes(kind));
  const check = async () => {
    await checkRoot(root, mount);
    const problem = isWritten ? await whyNotWritable(root) : undefined;
    if (problem !== undefined) throw new AppError('unavailable', problem);
  };
  return {
    root,
    check,
    async usage(context, volumes) {
      await check();
      return await volumes.usage(context);
    },
    async activate() {
      if (mount === undefined && allowed('create-base-path')) await makeRoot(root);
      await check();
      if (allowed('create-subdirs')) await makeContentFolders(root, fileContentKinds);
    },
  };
}

/** `invalid-input` about `path` unless it is absolute, normal and not the root of the file system. */
export function readRootPath(value: unknown): string {
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
