// The storage service: configuration, state and volumes of all storages, for routes, tasks and guests to use.
import { availableFormats } from '../../storage-plugins/available-formats.ts';
import type {
  Attachment,
  Capability,
  ContentKind,
  PluginDeclaration,
  Storage,
  VolumeFormat,
  VolumeInfo,
} from '../../storage-plugins/plugin.ts';
import type { PluginRegistry } from '../../storage-plugins/registry.ts';
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { readDatacenterOptions } from '../cluster/datacenter-options.ts';
import type { ResourceItem } from '../contract/resources.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { AppError, asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { quietContext, type WorkContext } from '../core/work-context.ts';
import { configuredLimitKib, type Operation } from './bandwidth-limits.ts';
import { baseVolume, onItsBase, storagesOn } from './base-volume.ts';
import { defaultKinds, inDefaultOrder } from './default-storage.ts';
import { OpenStorages } from './open-storages.ts';
import { requireOwnPlace } from './same-place.ts';
import { contentsOf, isDisabled, isForNode, type StorageConfig } from './storage-config.ts';
import { type StorageChange, StorageConfigs } from './storage-configs.ts';
import { followChanges } from './storage-life.ts';
import { renderResource, renderStatus, type StorageStatus } from './storage-status.ts';
import { StorageStatuses } from './storage-statuses.ts';
import { sweepStorage } from './storage-sweep.ts';
import { type WatchOptions, watchStorages } from './storage-watch.ts';
import { sweepTemplateBases } from './template-sweep.ts';
import type { LayGroupOnLun } from './volume-group-on-lun.ts';
import { type Allocation, type ContentItem, type ResolvedVolume, Volumes } from './volumes.ts';

export interface StorageServiceParts {
  readonly store: ClusterStore;
  readonly plugins: PluginRegistry;
  /** This node's name. */
  readonly node: string;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Who uses a volume, in words: `VM 100`. Empty when nobody does. */
  readonly referencedBy: (volid: string) => string[];
  /** Who runs with a volume open, in words; without it nobody does. */
  readonly runningWith?: (volid: string) => string[];
  /** Is the guest a container? Its images are content `rootdir` then. Without it no guest is. */
  readonly isContainer?: (vmid: number) => boolean;
  /** Who uses any volume of a storage; removing the storage is refused while somebody does. */
  readonly storageReferencedBy?: (id: string) => string[];
  /** Lays the volume group of a new storage on the LUN that it names as its base; without it the group must be there. */
  readonly layGroup?: LayGroupOnLun;
  /** Milliseconds: age of a usage that is measured again when asked for (10,000), how long a failed storage is left alone (15,000), how long a list waits for a storage never seen (2,000); the last shortens every call's limit, for tests. */
  readonly times?: { freshMs?: number; openCircuitMs?: number; firstWaitMs?: number; callLimitMs?: number };
}

/** All calls reject with an AppError. A storage that hangs or fails delays nobody but its own callers, and those not long. */
export interface StorageService {
  /**
   * Creates the storage of the appliance when no storage is configured at all, also while it cannot be used. Repeatable; returns
   * whether it did.
   */
  ensureDefault(
    path: string,
    options?: { readonly isMountPoint?: boolean; readonly id?: string },
  ): Promise<boolean>;

  configs(type?: string): StorageConfig[];
  /** `not-found`. */
  config(id: string): StorageConfig;
  /** Checks, tries the storage on this node when it is for this node, and stores it. */
  create(id: string, type: string, options: Readonly<Record<string, unknown>>): Promise<StorageConfig>;
  update(id: string, change: StorageChange): Promise<StorageConfig>;
  /** Takes it out of the configuration; its data stays. `busy` while guests use it. */
  remove(id: string): Promise<void>;
  /** What its plugin declares; undefined when no plugin of its type is here. */
  declaration(config: StorageConfig): PluginDeclaration | undefined;

  /** Storages that this node may use, with their state. `content`: only those that hold one of the kinds. */
  statuses(filter?: {
    content?: readonly string[] | undefined;
    enabledOnly?: boolean | undefined;
    id?: string | undefined;
  }): Promise<StorageStatus[]>;
  status(id: string): Promise<StorageStatus>;
  /** Formats of new disks, the default first. */
  imageFormats(id: string): readonly VolumeFormat[];
  /** The format of a new disk: the wished one when the storage has it, else its default. `invalid-input` for a wish it cannot fulfil. */
  imageFormat(id: string, wish: VolumeFormat | undefined): VolumeFormat;
  /** Ids of the storages that hold disk images and can be used now, as far as is known; the default first (`default-storage.ts`). */
  imageStorages(): string[];
  /** Formats of new volumes of containers, the default first; empty where the type has none. */
  rootFormats(id: string): readonly VolumeFormat[];
  /** As `imageFormat`, of a new volume of a container; also `invalid-input` when the storage does not hold content `rootdir`. */
  rootFormat(id: string, wish: VolumeFormat | undefined): VolumeFormat;
  /** Ids of the storages that hold volumes of containers and can be used now, as far as is known; the default first. */
  rootStorages(): string[];
  /** What its plugin declares; empty when no plugin of its type is here. */
  capabilities(id: string): readonly Capability[];
  /** Ids of the storages that lie on a volume: a volume group on a LUN. */
  storagesOn(volid: string): string[];
  /** How fast the storages and the datacenter let copies between these go, in KiB per second; 0: no limit. */
  limitKib(operation: Operation, ids: readonly string[]): number;
  /** For the cluster's list of resources: from memory, at once. */
  resources(): ResourceItem[];
  resource(id: string): ResourceItem | undefined;
  /** Calls back with the id when a storage's state or configuration changed or it is gone. Returns how to stop. */
  onChange(listener: (id: string) => void): () => void;

  /** The guarded storage; `not-found`, or `unavailable` when configuration keeps this node from it. */
  storage(id: string): Storage;
  resolve(volid: string): ResolvedVolume;
  requireContent(id: string, kind: ContentKind): void;
  content(
    context: WorkContext,
    id: string,
    filter?: { content?: string | undefined; vmid?: number | undefined },
  ): Promise<ContentItem[]>;
  volume(context: WorkContext, volid: string): Promise<VolumeInfo>;
  /** Notes and protection of a volume; `unsupported` where they cannot be kept. */
  annotate(
    context: WorkContext,
    volid: string,
    change: { readonly notes?: string | undefined; readonly protected?: boolean | undefined },
  ): Promise<void>;
  attach(context: WorkContext, volid: string, snapshot?: string): Promise<Attachment>;
  detach(context: WorkContext, volid: string): Promise<void>;
  /** Makes an empty disk; answers its volume id. */
  allocate(context: WorkContext, id: string, wanted: Allocation): Promise<string>;
  /** `busy` when somebody uses it. */
  requireUnused(volid: string): void;
  /** `busy` while a guest runs with it: what it writes would be torn in a copy. */
  requireClosed(volid: string): void;
  deleteVolume(context: WorkContext, volid: string): Promise<void>;

  /**
   * Removes what a crash left behind on every storage, except the imports that `keep` mentions (texts of tasks not ended yet); for the
   * daemon's start, after tasks were recovered. Never rejects.
   */
  sweep(keep?: readonly string[]): Promise<void>;
  /**
   * Removes unpacked templates (volumes of guest 0) that nothing was made from for 30 days and that have no clones, and unfinished
   * ones after a day; `watch` does so daily. Answers their volume ids. Never rejects.
   */
  sweepTemplates(): Promise<string[]>;
  /**
   * Until `close`: measures all storages again and again, and removes what processes of theirs that were lost had left behind; once a
   * day unused templates go.
   */
  watch(options?: WatchOptions): void;
  close(): void;
}

export function createStorageService(parts: StorageServiceParts): StorageService {
  const { plugins, node, log } = parts;
  const clock = parts.clock ?? systemClock;
  const listeners = new Set<(id: string) => void>();
  const changed = (id: string) => {
    for (const listener of listeners) listener(id);
  };
  const configs = new StorageConfigs(parts.store, plugins);
  const opened = new OpenStorages({
    plugins,
    node,
    clock,
    openCircuitMs: parts.times?.openCircuitMs ?? 15_000,
    callLimitMs: parts.times?.callLimitMs,
    log,
    async activateBase(config) {
      const base = baseVolume(config);
      // Not `attach`: that refuses a LUN whose volume group is in use, and this is only about its being there.
      if (base) await opened.get(configs.get(base.storage)).info(quietContext(), base.name);
    },
  });
  const statuses = new StorageStatuses({
    opened,
    clock,
    log,
    freshMs: parts.times?.freshMs ?? 10_000,
    firstWaitMs: parts.times?.firstWaitMs ?? 2_000,
    changed,
  });
  const declaration = (config: StorageConfig) =>
    plugins.has(config.type) ? plugins.get(config.type).declaration : undefined;
  /** What the storage's own option prefers comes first. */
  const preferred = (config: StorageConfig, formats: readonly VolumeFormat[]) => {
    const wish = formats.find((format) => format === config.options['format']);
    return wish === undefined ? formats : [wish, ...formats.filter((format) => format !== wish)];
  };
  const formatsOf = (config: StorageConfig, kind: ContentKind) => {
    const plugin = declaration(config);
    if (!plugin) return [];
    const formats = kind === 'rootdir' ? plugin.rootFormats : plugin.imageFormats;
    return preferred(config, availableFormats(plugin, formats, config.options));
  };
  const storage = (id: string) => opened.get(configs.get(id));
  const usableFor = (kind: ContentKind): StorageConfig[] => {
    const usable = configs
      .all()
      .filter((config) => contentsOf(config).includes(kind))
      .filter((config) => opened.refusal(config) === undefined && opened.problem(config) === undefined);
    const candidates = usable.map((config) => {
      const measured = statuses.known(config);
      return {
        config,
        id: config.id,
        declaration: plugins.get(config.type).declaration,
        formats: formatsOf(config, kind),
        totalBytes: measured?.usage?.totalBytes,
        nearlyFull: measured?.space === 95,
      };
    });
    // One that only shows what others make (LUNs) has no formats for new volumes.
    const makes = candidates.filter((candidate) => kind !== 'images' || candidate.formats.length > 0);
    return inDefaultOrder(makes).map(({ config }) => config);
  };
  const sweepTemplates = async () =>
    await sweepTemplateBases(
      usableFor('rootdir').map((config) => ({ id: config.id, storage: opened.get(config) })),
      clock.now(),
      log,
    );
  const volumes = new Volumes({
    config: (id) => configs.get(id),
    storage,
    imageFormats: (config) => formatsOf(config, 'images'),
    rootFormats: (config) => formatsOf(config, 'rootdir'),
    isContainer: parts.isContainer ?? (() => false),
    referencedBy: parts.referencedBy,
    can: (id, feature, format) =>
      (declaration(configs.get(id))?.capabilities ?? []).some(
        (row) => row.feature === feature && row.formats.includes(format),
      ),
  });
  /** Guests, and storages that lie on it. */
  const usersOf = (id: string): string[] => {
    const onTop = configs.all().filter((config) => baseVolume(config)?.storage === id);
    return [...(parts.storageReferencedBy?.(id) ?? []), ...onTop.map((config) => `storage '${config.id}'`)];
  };
  const stopWatching = followChanges({
    ...{ configs, opened, plugins, log },
    isUsed: (id) => usersOf(id).length > 0,
    changed(id) {
      statuses.forget(id);
      changed(id);
      const config = configs.find(id);
      if (config) void statuses.refresh(config);
    },
  });
  const closing = new AbortController();

  const statusesOf = async (wanted: readonly StorageConfig[]): Promise<StorageStatus[]> => {
    const measures = await Promise.all(
      wanted.map(async (config) => ({ config, measured: await statuses.get(config) })),
    );
    const defaults = defaultKinds.map((kind) => {
      const [first] = usableFor(kind).filter((config) => formatsOf(config, kind).length > 0);
      return { kind, id: first?.id };
    });
    return measures.map(({ config, measured }) => {
      const defaultFor = defaults.filter(({ id }) => id === config.id).map(({ kind }) => kind);
      const circuit = opened.circuit(config);
      return renderStatus({ config, declaration: declaration(config), measured, circuit, defaultFor });
    });
  };
  const resource = (config: StorageConfig) =>
    renderResource(node, { config, declaration: declaration(config), measured: statuses.known(config) });
  const isDead = (config: StorageConfig) => opened.problem(config) !== undefined;
  const places = { plugins, all: () => configs.all(), isDead };
  const create = async (id: string, type: string, options: Readonly<Record<string, unknown>>) => {
    const planned = configs.plan(id, type, options);
    await requireOwnPlace(places, planned);
    const isHere = opened.refusal(planned) === undefined;
    const make = async () => {
      if (isHere) await opened.tryOut(planned);
      return await configs.store(planned);
    };
    return isHere
      ? await onItsBase(planned, { layGroup: parts.layGroup, luns: volumes, log }, make)
      : await make();
  };

  return {
    async ensureDefault(path, { isMountPoint = false, id = 'local' } = {}) {
      if (configs.all().length > 0) return false;
      const content = 'backup,images,import,iso,rootdir,snippets,vztmpl';
      const planned = configs.plan(id, 'dir', {
        ...{ path, content },
        ...(isMountPoint ? { is_mountpoint: 'yes' } : {}),
      });
      // A volume that is missing is shown as such, and does not keep the rest from working.
      await opened
        .tryOut(planned)
        .catch((error: unknown) => log.warn(`storage '${id}': ${asAppError(error).message}`));
      await configs.store(planned);
      return true;
    },
    configs: (type) => configs.all().filter((config) => type === undefined || config.type === type),
    config: (id) => configs.get(id),
    create,
    async update(id, change) {
      const planned = configs.planUpdate(id, change);
      await requireOwnPlace(places, planned, configs.get(id));
      return await configs.store(planned);
    },
    async remove(id) {
      configs.get(id);
      const holders = usersOf(id);
      if (holders.length > 0)
        throw new AppError('busy', `storage '${id}' is used by ${holders.join(', ')}`, { data: { holders } });
      await configs.remove(id);
    },
    declaration,

    async statuses({ content, enabledOnly, id } = {}) {
      const isWanted = (config: StorageConfig) => {
        if (id !== undefined && config.id !== id) return false;
        if (!isForNode(config, node) || (enabledOnly && isDisabled(config))) return false;
        const kinds: readonly string[] = contentsOf(config);
        return content === undefined || content.some((kind) => kinds.includes(kind));
      };
      return await statusesOf(configs.all().filter(isWanted));
    },
    status: async (id) => (await statusesOf([configs.get(id)]))[0]!,
    imageFormats: (id) => formatsOf(configs.get(id), 'images'),
    imageFormat(id, wish) {
      volumes.requireContent(id, 'images');
      return volumes.imageFormat(id, wish);
    },
    imageStorages: () => usableFor('images').map((config) => config.id),
    rootFormats: (id) => formatsOf(configs.get(id), 'rootdir'),
    rootFormat(id, wish) {
      volumes.requireContent(id, 'rootdir');
      return volumes.rootFormat(id, wish);
    },
    rootStorages: () => usableFor('rootdir').map((config) => config.id),
    capabilities: (id) => declaration(configs.get(id))?.capabilities ?? [],
    storagesOn: (volid) => storagesOn(configs.all(), volid),
    limitKib: (operation, ids) =>
      configuredLimitKib(operation, {
        datacenter: readDatacenterOptions(parts.store)['bwlimit'],
        storages: ids.map((id) => configs.find(id)?.options['bwlimit']),
      }),
    resources: () =>
      configs
        .all()
        .filter((config) => isForNode(config, node))
        .map(resource),
    resource(id) {
      const config = configs.find(id);
      return config && isForNode(config, node) ? resource(config) : undefined;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    storage,
    resolve: (volid) => volumes.resolve(volid),
    requireContent: (id, kind) => volumes.requireContent(id, kind),
    content: (context, id, filter) => volumes.content(context, id, filter),
    volume: (context, volid) => volumes.info(context, volid),
    annotate: (context, volid, change) => volumes.annotate(context, volid, change),
    attach: (context, volid, snapshot) => volumes.attach(context, volid, snapshot),
    detach: (context, volid) => volumes.detach(context, volid),
    allocate: (context, id, wanted) => volumes.allocate(context, id, wanted),
    requireUnused: (volid) => volumes.requireUnused(volid),
    requireClosed(volid) {
      const holders = parts.runningWith?.(volid) ?? [];
      if (holders.length > 0)
        throw new AppError(
          'busy',
          `volume '${volid}' is open in ${holders.join(', ')}: move it as a disk of the guest, or stop that first`,
          { data: { holders } },
        );
    },
    deleteVolume: (context, volid) => volumes.delete(context, volid),

    async sweep(keep = []) {
      await Promise.all(configs.all().map((config) => sweepStorage({ opened, log }, config, () => keep)));
    },
    sweepTemplates,
    watch(options = {}) {
      void watchStorages({ configs, opened, statuses, sweepTemplates, clock, log }, options, closing.signal);
    },
    close() {
      closing.abort();
      stopWatching();
      opened.close();
      listeners.clear();
    },
  };
}
