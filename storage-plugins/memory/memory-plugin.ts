// A storage type that keeps everything in memory: for tests and the demonstration daemon. It can be told to hang or to fail.
import { AppError, invalidInput, notFound } from '../../server/core/errors.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { backupOptions, commonOptions } from '../common-options.ts';
import { fileCapabilities, fileContentKinds } from '../file-volumes.ts';
import { protectedVolume, requireShortNotes } from '../files/annotations.ts';
import { checkTreeSize } from '../folders/folder-volumes.ts';
import { contractVersion, type Storage, type StoragePlugin } from '../plugin.ts';
import { checkSnapshotName, isBaseName, readMemberName, readVolumeName } from '../volume-names.ts';
import { backupFile, memoryBackups } from './memory-backups.ts';
import { addDisk, memoryClones, requireNoClones } from './memory-clones.ts';
import { memoryImports } from './memory-imports.ts';
import { MemoryVolumes } from './memory-volumes.ts';

export interface MemoryPluginOptions {
  /** The type word; another type's word makes it stand in for that type. */
  readonly type?: string;
  /** Size of each storage; default 1 TiB. */
  readonly capacityBytes?: number;
}

/** What a test does to one storage. */
export interface MemoryFaults {
  /** Calls begun while true do not end before it is false again, whatever their context says: a dead server. */
  hang: boolean;
  /** Calls begun while set reject with it. */
  error: AppError | undefined;
}

export interface MemoryPlugin extends StoragePlugin {
  faults(id: string): MemoryFaults;
  /** How many calls a storage has got. */
  calls(id: string): number;
}

/** Volumes live as long as the plugin: opening a storage again shows the same ones. */
export function createMemoryPlugin(options: MemoryPluginOptions = {}): MemoryPlugin {
  const states = new Map<string, { volumes: MemoryVolumes; faults: MemoryFaults; calls: number }>();
  const stateOf = (id: string) => {
    let state = states.get(id);
    if (!state) {
      state = {
        volumes: new MemoryVolumes(id, options.capacityBytes ?? 1024 ** 4),
        faults: { hang: false, error: undefined },
        calls: 0,
      };
      states.set(id, state);
    }
    return state;
  };
  /** Size of a volume of any storage of this plugin; a file of the host, such as a firmware's, counts as 1 MiB. */
  const sizeOf = (path: string): number => {
    for (const { volumes } of states.values()) {
      const volume = volumes.byPath(path);
      if (volume) return volume.info.sizeBytes;
    }
    return 1024 ** 2;
  };
  return {
    declaration: {
      type: options.type ?? 'memory',
      contractVersion,
      options: [
        { name: 'path', type: 'path', required: false, fixed: true, description: 'Not used: a name only.' },
        ...commonOptions,
        ...backupOptions,
        { name: 'shared', type: 'boolean', required: false, fixed: false, description: 'Not used.' },
      ],
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
      ],
      rootFormats: ['subvol', 'raw'],
      isolated: false,
      programs: [],
    },
    faults: (id) => stateOf(id).faults,
    calls: (id) => stateOf(id).calls,
    open(id, settings) {
      const path = settings['path'];
      if (path !== undefined && !String(path).startsWith('/'))
        throw invalidInput({ path: 'write an absolute path' });
      const state = stateOf(id);
      return withFaults(openMemoryStorage(state.volumes, sizeOf), async () => {
        state.calls += 1;
        while (state.faults.hang) await new Promise((resolve) => setTimeout(resolve, 2).unref());
        if (state.faults.error) throw state.faults.error;
      });
    },
  };
}

function withFaults(storage: Storage, before: () => Promise<void>): Storage {
  return new Proxy(storage, {
    get(target, key, receiver) {
      const member: unknown = Reflect.get(target, key, receiver);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        await before();
        return await Reflect.apply(member, target, args);
      };
    },
  });
}

function openMemoryStorage(volumes: MemoryVolumes, sizeOf: (path: string) => number): Storage {
  const disk = (name: string) => {
    const volume = readVolumeName(name);
    if (volume.vmid === undefined || !['qcow2', 'subvol'].includes(volume.format))
      throw new AppError(
        'unsupported',
        `'${name}' cannot have snapshots: its format must be qcow2 or subvol`,
      );
    return volumes.get(name);
  };
  return {
    check: async () => {},
    activate: async () => {},
    deactivate: async () => {},
    usage: async () => volumes.usage(),
    list: async (_context, { contents, vmid }) =>
      volumes
        .all()
        .map((volume) => volume.info)
        .filter((info) => contents === undefined || contents.includes(info.content))
        .filter((info) => (vmid === undefined ? info.vmid !== 0 : info.vmid === vmid))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    info: async (_context, name) => {
      const inside = readMemberName(name);
      if (inside) return { ...volumes.get(inside.archive.name).info, name, format: inside.format };
      return volumes.get(readVolumeName(name).name).info;
    },
    createDisk: async (_context, wanted) => {
      if (wanted.format === 'subvol') {
        checkTreeSize(wanted.sizeBytes);
        return addDisk(volumes, wanted, wanted.sizeBytes);
      }
      if (!Number.isSafeInteger(wanted.sizeBytes) || wanted.sizeBytes <= 0 || wanted.sizeBytes % 512 !== 0)
        throw invalidInput({ size: 'a disk has a size of whole sectors of 512 bytes, more than none' });
      return addDisk(volumes, wanted, wanted.sizeBytes);
    },
    annotate: async (_context, name, { notes, protected: isProtected }) => {
      const volume = volumes.get(readVolumeName(name).name);
      requireShortNotes(notes);
      volume.info = {
        ...volume.info,
        ...(notes === undefined ? {} : { notes: notes === '' ? undefined : notes }),
        ...(isProtected === undefined ? {} : { protected: isProtected || undefined }),
      };
    },
    remove: async (_context, name) => {
      requireNoClones(volumes, readVolumeName(name).name);
      if (volumes.has(name) && volumes.get(name).info.protected) throw protectedVolume(name);
      volumes.delete(name);
    },
    resize: async (_context, name, sizeBytes) => {
      const volume = volumes.get(readVolumeName(name).name);
      if (volume.info.format === 'subvol') {
        checkTreeSize(sizeBytes);
        volume.info = { ...volume.info, sizeBytes };
        return;
      }
      if (volume.info.content !== 'images')
        throw new AppError('unsupported', 'only disk images can be resized');
      if (!Number.isSafeInteger(sizeBytes) || sizeBytes % 512 !== 0 || sizeBytes < volume.info.sizeBytes)
        throw invalidInput({ size: 'a disk can only grow: shrinking it would cut off data' });
      volume.info = { ...volume.info, sizeBytes };
    },
    copyDisk: async (context: WorkContext, source, wanted) => {
      const isTree = source.kind === 'directory' || source.kind === 'overlay';
      if (isTree !== (wanted.format === 'subvol') || (!isTree && source.kind !== 'file'))
        throw new AppError('unsupported', `a source of kind '${source.kind}' cannot be copied here`);
      if (context.signal.aborted) throw new AppError('cancelled', 'copy the disk: cancelled');
      const copy = addDisk(volumes, wanted, source.kind === 'file' ? sizeOf(source.path) : 0);
      context.progress(1);
      return copy;
    },
    snapshot: async (_context, name, snapshot) => {
      checkSnapshotName(snapshot);
      const volume = disk(name);
      if (volume.info.format === 'subvol' && isBaseName(readVolumeName(name)))
        throw new AppError('wrong-state', `volume '${name}' is a base: it does not change any more`);
      if (volume.snapshots.has(snapshot))
        throw new AppError('already-exists', `the disk has a snapshot '${snapshot}' already`);
      volume.snapshots.set(snapshot, volume.info);
    },
    rollback: async (_context, name, snapshot) => {
      checkSnapshotName(snapshot);
      const volume = disk(name);
      const saved = volume.snapshots.get(snapshot);
      if (!saved) throw notFound('snapshot', snapshot);
      volume.info = { ...volume.info, sizeBytes: saved.sizeBytes };
    },
    removeSnapshot: async (_context, name, snapshot) => {
      checkSnapshotName(snapshot);
      disk(name).snapshots.delete(snapshot);
    },
    listSnapshots: async (_context, name) => [...disk(name).snapshots.keys()],
    ...memoryImports(volumes),
    ...memoryBackups(volumes),
    ...memoryClones(volumes),
    attach: async (_context, name, snapshot) => {
      const inside = readMemberName(name);
      if (inside) {
        const path = volumes.pathOf(volumes.get(inside.archive.name).info.name);
        return { kind: 'file', path, format: inside.format, foreign: true };
      }
      const { info, snapshots } = volumes.get(readVolumeName(name).name);
      if (snapshot !== undefined) {
        checkSnapshotName(snapshot);
        disk(name);
        if (!snapshots.has(snapshot)) throw notFound('snapshot', snapshot);
        if (info.format !== 'subvol')
          return { kind: 'file', path: volumes.pathOf(name), format: info.format, snapshot };
        return { kind: 'directory', path: `${volumes.pathOf(name)}@${snapshot}` };
      }
      if (info.format === 'subvol') return { kind: 'directory', path: volumes.pathOf(name) };
      if (info.content === 'backup')
        return { kind: 'file', path: backupFile(volumes.get(name)), format: info.format };
      const isImage = info.content === 'images' || info.content === 'import';
      return { kind: 'file', path: volumes.pathOf(name), format: isImage ? info.format : 'raw' };
    },
    detach: async (_context, name) => {
      if (!readMemberName(name)) readVolumeName(name);
    },
  };
}
