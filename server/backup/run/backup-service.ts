// What routes and jobs call to back guests up: who may, which guests are meant, how; then one task.
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { listOwnGuests } from '../../guests/guest-documents.ts';
import type { Asker } from '../../guests/guest-requests.ts';
import { isRoot, requireAll } from '../../guests/needed-privileges.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import type { BackupRunParams } from '../../tasks/kinds/vzdump-run.ts';
import type { PoolGuests } from '../jobs/selection.ts';
import { requireArchive, withArchive } from '../restore/archive-access.ts';
import { checkExcludes } from '../trees/exclude-patterns.ts';
import { type BackupOptions, type BackupWishes, resolveOptions } from './backup-options.ts';
import { selectGuests } from './guest-selection.ts';
import { readDefaults } from './vzdump-conf.ts';

export interface BackupServiceParts {
  readonly node: string;
  readonly store: ClusterStore;
  readonly storages: StorageService;
  /** Processors of this node. */
  readonly cpus: number;
  pools(): PoolGuests;
  /** The text of the node's `vzdump.conf`; undefined when there is none. */
  defaultsText(): Promise<string | undefined>;
  /** The texts in an archive, by reading as little of it as possible. */
  readTexts(
    context: WorkContext,
    archive: { readonly path: string; readonly name: string },
  ): Promise<readonly { readonly name: string; readonly text: string }[]>;
  startTask(type: string, params: object, requester: string): Promise<string>;
  /** Ends the task if it still waits for its turn after so many minutes. */
  limitWait(upid: string, minutes: number): void;
  /** Ends the backups that run or wait. */
  stopRunning(): Promise<void>;
}

export interface BackupRequestOptions {
  readonly jobId?: string | undefined;
  /** Guests that are named and are not there (any more) are told in the log instead of being refused. */
  readonly passMissing?: boolean;
}

export type BackupService = ReturnType<typeof createBackupService>;

const usualLockWait = 180;
/** What only root@pam may say: paths of the node, and programs that run as root. */
const rootOnly = ['dumpdir', 'script', 'tmpdir'] as const;
/** What makes the node's other work slower. */
const needsSysModify = ['bwlimit', 'ionice'] as const;

export function createBackupService(parts: BackupServiceParts) {
  const { node, store, storages } = parts;

  async function defaultsOf(): Promise<BackupWishes> {
    return readDefaults((await parts.defaultsText()) ?? '').wishes;
  }

  const keepOfStorage = (id: string) => {
    const config = storages.configs().find((one) => one.id === id);
    const keep = config?.options['prune-backups'];
    return keep === undefined ? undefined : String(keep);
  };

  return {
    /**
     * Starts the run; answers its UPID, or `OK` when no guest of this node is meant. `invalid-input` for wishes that contradict each
     * other, `forbidden` without VM.Backup on a guest that is named or space on the storage. Of a pool, or of all, the guests that the asker may not
     * back up are left out.
     */
    async start(asker: Asker, wishes: BackupWishes, request: BackupRequestOptions = {}): Promise<string> {
      const { jobId, passMissing = false } = request;
      requireRights(asker, wishes);
      const guests = listOwnGuests(store).map(({ vmid, node: owner }) => ({ vmid, node: owner }));
      const selection = selectGuests(wishes, { guests, node, pools: parts.pools() });
      const { unknown, elsewhere } = selection;
      if (unknown.length > 0 && !passMissing)
        throw invalidInput({ vmid: `there is no guest ${unknown.join(', ')}` });
      const may = (vmid: number) => asker.may(`/vms/${vmid}`, 'VM.Backup');
      const forbidden = selection.vmids.filter((vmid) => !may(vmid));
      if (wishes.vmid !== undefined)
        requireAll(
          asker,
          forbidden.map((vmid) => ({ path: `/vms/${vmid}`, privilege: 'VM.Backup' as const })),
        );
      const defaults = await defaultsOf();
      const options = resolveOptions(wishes, { defaults, keepOfStorage, cpus: parts.cpus }, jobId);
      checkExcludes(options.excludePaths);
      requirePlace(asker, wishes, options);
      const vmids = selection.vmids.filter(may);
      if (vmids.length === 0 && unknown.length === 0) return 'OK';
      const params: BackupRunParams = { vmids, options, elsewhere, unknown, forbidden };
      const upid = await parts.startTask('vzdump', params, asker.requester);
      parts.limitWait(upid, wishes.lockwait ?? defaults.lockwait ?? usualLockWait);
      return upid;
    },

    /** As `start` would take them, with the storage's own word on what is kept. What only root may say is root's to see. */
    async defaults(asker: Asker, storage: string | undefined) {
      if (storage !== undefined)
        requireAll(asker, [{ path: `/storage/${storage}`, privilege: 'Datastore.Audit' }]);
      const conf = await defaultsOf();
      const keep = storage === undefined ? undefined : keepOfStorage(storage);
      const given = { ...builtIn, ...conf, ...(keep === undefined ? {} : { 'prune-backups': keep }) };
      const hidden: ReadonlySet<string> = new Set(isRoot(asker) ? [] : [...rootOnly, 'mailto']);
      return Object.fromEntries(
        Object.entries(given)
          .filter(([key, value]) => value !== undefined && !hidden.has(key))
          .map(([key, value]) => [key, typeof value === 'boolean' ? Number(value) : value]),
      ) as { mode: string; compress: string };
    },

    /** The text of the configuration inside. `forbidden` as for reading the backup itself. */
    async extractConfig(context: WorkContext, asker: Asker, volume: string): Promise<string> {
      const kind = /(^|[:/])vzdump-(lxc|openvz)-|\.(tar|tgz)(\.\w+)?$/.test(volume) ? 'lxc' : 'qemu';
      // A number that no guest has: nobody reads another's backup by its own right.
      await requireArchive({ storages }, context, asker, 0, volume, { kind, parameter: 'volume' });
      const texts = await withArchive({ storages }, context, volume, (file) =>
        parts.readTexts(context, file),
      );
      const wanted = kind === 'qemu' ? 'qemu-server.conf' : 'pct.conf';
      const found = texts.find(({ name }) => name === wanted);
      if (!found) throw new AppError('invalid-input', `'${volume}' holds no configuration of a guest`);
      return found.text;
    },

    /** `stop`: ends what runs on this node. */
    async stopAll(asker: Asker): Promise<string> {
      requireAll(asker, [{ path: `/nodes/${node}`, privilege: 'Sys.Modify' }]);
      await parts.stopRunning();
      return 'OK';
    },
  };

  /** Of a storage space; of a folder nothing more than root's word. */
  function requirePlace(
    asker: Asker,
    wishes: BackupWishes,
    { storage, scratchStorage }: BackupOptions,
  ): void {
    for (const id of [storage, scratchStorage])
      if (id !== null) requireAll(asker, [{ path: `/storage/${id}`, privilege: 'Datastore.AllocateSpace' }]);
    if (storage === null) return;
    const prunes = wishes['prune-backups'] !== undefined || wishes.maxfiles !== undefined;
    // Whoever may say what is kept may remove it all; a mark of protection is the administrator's, too.
    if (prunes || wishes.protected)
      requireAll(asker, [{ path: `/storage/${storage}`, privilege: 'Datastore.Allocate' }]);
    storages.requireContent(storage, 'backup');
  }
}

function requireRights(asker: Asker, wishes: BackupWishes): void {
  const path = rootOnly.find((key) => wishes[key] !== undefined);
  if (path !== undefined && !isRoot(asker))
    throw new AppError('forbidden', `only root@pam may set '${path}'`, { data: { key: path } });
  if (needsSysModify.some((key) => wishes[key] !== undefined))
    requireAll(asker, [{ path: '/', privilege: 'Sys.Modify' }]);
}

/** The API's own defaults, as it tells them. */
const builtIn = {
  ...{ all: false, bwlimit: 0, compress: '0', ionice: 7, lockwait: 180, mailnotification: 'always' },
  ...{ mode: 'snapshot', 'notification-mode': 'auto', pigz: 0, 'prune-backups': 'keep-all=1', quiet: false },
  ...{ remove: true, stdexcludes: true, stopwait: 10, zstd: 1 },
} as const;
