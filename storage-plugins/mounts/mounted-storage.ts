// A storage of files on a mount: the calls of all storages of files, each made only while the mount is there.
import { AppError } from '../../server/core/errors.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { backupOptions } from '../common-options.ts';
import { createFileVolumes, fileCapabilities, fileContentKinds } from '../file-volumes.ts';
import { createQemuImg, type StreamingRun } from '../files/qemu-img.ts';
import type { Capability, OptionDeclaration, PluginDeclaration, Storage } from '../plugin.ts';
import { openRootFolder, rootFolderOptions } from '../root-folder.ts';
import type { MountParts } from './mount-parts.ts';
import { readMountPlace } from './mount-place.ts';
import { createMountedFolder, type MountKind } from './mounted-folder.ts';
import { noTrees } from './no-trees.ts';

/** As those of files, without trees. */
const capabilities: readonly Capability[] = fileCapabilities.map((row) => ({
  ...row,
  formats: row.formats.filter((format) => format !== 'subvol'),
}));

/** What all types over a mount declare alike. */
export const mountedDeclaration = {
  contents: fileContentKinds,
  imageFormats: ['qcow2', 'raw'],
  shared: true,
  capabilities,
  rootFormats: ['raw'],
  isolated: true,
} as const satisfies Partial<PluginDeclaration>;

const folderOptions = ['create-base-path', 'create-subdirs', 'mkdir'];

/** Options that all types over a mount have, beside `commonOptions`. */
export const mountedOptions: readonly OptionDeclaration[] = [
  {
    name: 'path',
    type: 'path',
    required: false,
    fixed: true,
    description: 'Where it is mounted on the nodes; without it below /mnt/croft.',
  },
  ...backupOptions,
  ...rootFolderOptions.filter(({ name }) => folderOptions.includes(name)),
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
    choices: ['off', 'metadata', 'falloc', 'full'],
    required: false,
    fixed: false,
    description: 'How much of a new disk image is written at once (default off).',
  },
];

/** Calls that write; on a mount that is read-only by its options they say so instead of failing half-way. */
const writing: ReadonlySet<string> = new Set<keyof Storage>([
  ...(['createDisk', 'annotate', 'remove', 'resize', 'copyDisk', 'snapshot', 'rollback'] as const),
  ...(['removeSnapshot', 'clone', 'makeBase', 'reassign', 'beginImport', 'writeImport'] as const),
  ...(['commitImport', 'importPath', 'putBeside'] as const),
]);
/** Calls that clean up: nothing of ours can be there on such a mount. */
const cleaning: ReadonlySet<string> = new Set<keyof Storage>(['discardImport']);
/** Calls that need no files: a guest can be taken off a storage that is gone. */
const free: ReadonlySet<string> = new Set<keyof Storage>(['detach', 'limitsTrees']);

/** `kind`: all but the place, which all types have in their options alike. `run` streams a program's output, for tests to replace. */
export function createMountedStorage(
  { id, options }: { readonly id: string; readonly options: Readonly<Record<string, unknown>> },
  kind: Omit<MountKind, 'place' | 'mayCreatePlace'>,
  parts: MountParts,
  run?: StreamingRun,
): Storage {
  const place = readMountPlace(id, options['path'], parts.base);
  const mayCreatePlace = (options['create-base-path'] ?? options['mkdir'] ?? true) === true;
  const mount = createMountedFolder({ ...kind, place, mayCreatePlace }, parts);
  const root = place.path;
  const folder = openRootFolder({
    ...{ path: root, 'create-base-path': false, content: kind.readOnly ? 'none' : options['content'] },
    'create-subdirs': options['create-subdirs'] ?? options['mkdir'] ?? true,
  });
  const volumes = createFileVolumes({
    root,
    exec: parts.exec,
    qemuImg: createQemuImg(parts.exec, run),
    preallocation: String(options['preallocation'] ?? 'off'),
    folders: noTrees,
  });
  const guarded = Object.entries(volumes).map(([name, call]) => {
    const work = call as (...args: unknown[]) => Promise<unknown>;
    const whileMounted = async (...args: unknown[]) => {
      if (free.has(name)) return await work(...args);
      await mount.requireMounted();
      // Asked every now and then: so a server that went away is noticed before a call hangs in its mount.
      if (name === 'usage') await mount.requireServer(args[0] as WorkContext);
      if (kind.readOnly && writing.has(name)) throw new AppError('unsupported', `${kind.name} is read-only`);
      if (kind.readOnly && name === 'sweep') return [];
      if (kind.readOnly && cleaning.has(name)) return undefined;
      return await work(...args);
    };
    return [name, whileMounted] as const;
  });
  return {
    ...(Object.fromEntries(guarded) as unknown as typeof volumes),
    check: async (context) => {
      await mount.check(context);
      await folder.check();
    },
    activate: async (context) => {
      await mount.activate(context);
      if (kind.readOnly) await folder.check();
      else await folder.activate();
    },
    deactivate: async (context) => await mount.deactivate(context),
  };
}
