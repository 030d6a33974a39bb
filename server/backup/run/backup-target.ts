// Where archives go: a storage of content `backup`. (A plain folder: `folder-target.ts`.)
import { join } from 'node:path';
import type { Storage } from '../../../storage-plugins/plugin.ts';
import { quietContext, type WorkContext } from '../../core/work-context.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import {
  pruneStoredBackups,
  requireRoomForProtected,
  type WhileUnused,
} from '../../storage/stored-backups.ts';
import { parseKeepOptions } from '../retention/keep-options.ts';

/** An archive in the making. Plain JSON. */
export interface PendingArchive {
  readonly id: string;
  readonly path: string;
}

/** An archive in its place. */
export interface MadeArchive {
  /** `local:backup/vzdump-…`, or a path. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** What lies beside an archive. */
export interface ArchiveExtras {
  readonly log?: string | undefined;
  readonly notes?: string | undefined;
  readonly protect?: boolean | undefined;
}

/** All calls are repeatable. */
export interface BackupTarget {
  /** As people know it: `local`, `/mnt/usb`. */
  readonly label: string;
  /** Where the archives lie, when that is a folder of this node. */
  readonly folder: string | undefined;
  /** Throws what keeps archives from being put there. Changes nothing. */
  check(): Promise<void>;
  /** `wrong-state` when as many backups of the guest are protected there as may be. Changes nothing. */
  requireRoomForProtected(guest: PrunedGuest): Promise<void>;
  /** An empty file for the archive, invisible until it is committed; with the same `key` the same one again. */
  begin(context: WorkContext, fileName: string, key: string): Promise<PendingArchive>;
  commit(context: WorkContext, fileName: string, pending: PendingArchive): Promise<MadeArchive>;
  /** Takes away what was begun under the key and not committed. */
  discard(context: WorkContext, fileName: string, key: string): Promise<void>;
  /** Takes away what was committed. */
  takeBack(context: WorkContext, fileName: string, pending: PendingArchive): Promise<void>;
  /** `unsupported` for what the place cannot keep. */
  addBeside(context: WorkContext, fileName: string, extras: ArchiveExtras): Promise<void>;
  /** Removes archives of the guest by `prune-backups` that nobody uses, and logs each; answers how many. `zone`: the node's. */
  prune(
    context: WorkContext,
    guest: PrunedGuest,
    keep: string,
    zone: string,
    whileUnused: WhileUnused,
  ): Promise<number>;
  /** Path of the committed archive on this node; undefined where there is none. For hook scripts. */
  pathOf(context: WorkContext, fileName: string): Promise<string | undefined>;
}

export interface PrunedGuest {
  readonly kind: 'qemu' | 'lxc';
  readonly vmid: number;
}

type TargetStorages = Pick<StorageService, 'storage' | 'requireContent' | 'config' | 'requireUnused'>;

export function storageTarget(storages: TargetStorages, id: string): BackupTarget {
  const storage = (): Storage => storages.storage(id);
  const path = storages.config(id).options['path'];
  const volume = (fileName: string) => `backup/${fileName}`;
  return {
    label: id,
    folder: typeof path === 'string' ? join(path, 'dump') : undefined,

    check: async () => storages.requireContent(id, 'backup'),

    // Who asked administers the storage: only what is configured limits that.
    requireRoomForProtected: (guest) => requireRoomForProtected(storages, quietContext(), id, guest, true),

    async begin(context, fileName, key) {
      await storage().activate(context);
      const begun = await storage().beginImport(context, 'backup', fileName, { key });
      return { id: begun.id, path: await storage().importPath(context, begun.id) };
    },

    async commit(context, _fileName, pending) {
      const { name, sizeBytes } = await storage().commitImport(context, pending.id, false);
      return { name: `${id}:${name}`, sizeBytes };
    },

    async discard(context, fileName, key) {
      const begun = await storage().beginImport(context, 'backup', fileName, { key });
      await storage().discardImport(context, begun.id);
    },

    async takeBack(context, _fileName, pending) {
      await storage().discardImport(context, pending.id, { published: true });
    },

    async addBeside(context, fileName, { log, notes, protect }) {
      if (log !== undefined) await storage().putBeside(context, volume(fileName), 'log', Buffer.from(log));
      if (notes === undefined && protect === undefined) return;
      await storage().annotate(context, volume(fileName), { notes, protected: protect });
    },

    async prune(context, { kind, vmid }, keep, _zone, whileUnused) {
      const options = parseKeepOptions(keep);
      const filter = { vmid, type: kind };
      const { removed, failed } = await pruneStoredBackups(
        ...([storages, context, id, options, filter, whileUnused] as const),
      );
      for (const { volid, problem } of failed) context.log(`kept '${volid}': ${problem}`);
      return removed.length;
    },

    async pathOf(context, fileName) {
      const attachment = await storage().attach(context, volume(fileName));
      await storage().detach(context, volume(fileName));
      return attachment.kind === 'file' ? attachment.path : undefined;
    },
  };
}
