// The storage service: configuration, state and volumes of all storages, for routes, tasks and guests to use.
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
import type { ResourceItem } from '../contract/resources.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { AppError, asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { quietContext, type WorkContext } from '../core/work-context.ts';
import { OpenStorages } from './open-storages.ts';
import { contentsOf, isDisabled, isForNode, isShared, type StorageConfig } from './storage-config.ts';
import { type StorageChange, StorageConfigs } from './storage-configs.ts';
import { type Measured, StorageStatuses } from './storage-statuses.ts';
import { dayMs, sweepTemplateBases } from './template-sweep.ts';
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
  /** Who uses any volume of a storage; removing the storage is refused while somebody does. */
  /** Is the guest a container? Its images are content `rootdir` then. Without it no guest is. */
  readonly isContainer?: (vmid: number) => boolean;
  readonly storageReferencedBy?: (id: string) => string[];
  /** Milliseconds: age of a usage that is measured again when asked for (10,000), how long a failed storage is left alone (15,000), how long a list waits for a storage never seen (2,000); the last shortens every call's limit, for tests. */
  readonly times?: { freshMs?: number; openCircuitMs?: number; firstWaitMs?: number; callLimitMs?: number };
}

/** State of a storage on this node, as the API's lists have it. Sizes in bytes. */
export interface StorageStatus {
  readonly storage: string;
  readonly type: string;
  readonly content: string;
  readonly enabled: 0 | 1;
  readonly active: 0 | 1;
  readonly shared: 0 | 1;
  readonly total: number;
  readonly used: number;
  readonly avail: number;
  readonly used_fraction: number;
  /** Why it cannot be used. */
  readonly problem?: string;
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
  /** Ids of the storages that hold disk images and can be used now, as far as is known. */
  imageStorages(): string[];
  /** Formats of new volumes of containers, the default first; empty where the type has none. */
  rootFormats(id: string): readonly VolumeFormat[];
  /** As `imageFormat`, of a new volume of a container; also `invalid-input` when the storage does not hold content `rootdir`. */
  rootFormat(id: string, wish: VolumeFormat | undefined): VolumeFormat;
  /** Ids of the storages that hold volumes of containers and can be used now, as far as is known. */
  rootStorages(): string[];
  /** What its plugin declares; empty when no plugin of its type is here. */
  capabilities(id: string): readonly Capability[];
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
  attach(context: WorkContext, volid: string, snapshot?: string): Promise<Attachment>;
  detach(context: WorkContext, volid: string): Promise<void>;
  /** Makes an empty disk; answers its volume id. */
  allocate(context: WorkContext, id: string, wanted: Allocation): Promise<string>;
  /** `busy` when somebody uses it. */
  requireUnused(volid: string): void;
  deleteVolume(context: WorkContext, volid: string): Promise<void>;

  /**
   * Removes what a crash left behind on every storage, except the imports that `keep` mentions (parameters of tasks not ended yet); for the
   * daemon's start, after tasks were recovered. Never rejects.
   */
  sweep(keep?: readonly string[]): Promise<void>;
  /**
   * Removes unpacked templates (volumes of guest 0) that nothing was made from for 30 days and that have no clones, and unfinished
   * ones after a day; `watchUsage` does so daily. Answers their volume ids. Never rejects.
   */
  sweepTemplates(): Promise<string[]>;
  /** Measures all storages every `everyMs` milliseconds until `close`. */
  watchUsage(everyMs?: number): void;
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
  const preferred = (config: StorageConfig, formats: readonly VolumeFormat[] = []) => {
    const wish = formats.find((format) => format === config.options['format']);
    return wish === undefined ? formats : [wish, ...formats.filter((format) => format !== wish)];
  };
  const imageFormats = (config: StorageConfig) => preferred(config, declaration(config)?.imageFormats);
  const rootFormats = (config: StorageConfig) => preferred(config, declaration(config)?.rootFormats);
  const storage = (id: string) => opened.get(configs.get(id));
  const usableFor = (kind: ContentKind) =>
    configs
      .all()
      .filter((config) => contentsOf(config).includes(kind))
      .filter((config) => opened.refusal(config) === undefined && opened.problem(config) === undefined);
  const sweepTemplates = async () =>
    await sweepTemplateBases(
      usableFor('rootdir').map((config) => ({ id: config.id, storage: opened.get(config) })),
      clock.now(),
      log,
    );
  const volumes = new Volumes({
    config: (id) => configs.get(id),
    storage,
    imageFormats,
    rootFormats,
    isContainer: parts.isContainer ?? (() => false),
    referencedBy: parts.referencedBy,
  });
  const stopWatching = configs.watch((id) => {
    opened.forget(id);
    statuses.forget(id);
    changed(id);
    const config = configs.find(id);
    if (config) void statuses.refresh(config);
  });
  const closing = new AbortController();

  const renderStatus = (config: StorageConfig, measured: Measured): StorageStatus => {
    const { totalBytes = 0, usedBytes = 0, availableBytes = 0 } = measured.usage ?? {};
    const plugin = declaration(config);
    return {
      storage: config.id,
      type: config.type,
      content: contentsOf(config).join(','),
      enabled: isDisabled(config) ? 0 : 1,
      active: measured.problem === undefined ? 1 : 0,
      shared: plugin && isShared(config, plugin) ? 1 : 0,
      total: totalBytes,
      used: usedBytes,
      avail: availableBytes,
      used_fraction: totalBytes === 0 ? 0 : usedBytes / totalBytes,
      ...(measured.problem === undefined ? {} : { problem: measured.problem }),
    };
  };
  const renderResource = (config: StorageConfig): ResourceItem => {
    const measured = statuses.known(config) ?? { usage: undefined, problem: undefined };
    const status = renderStatus(config, measured);
    const usable = measured.usage !== undefined && measured.problem === undefined;
    return {
      id: `storage/${node}/${config.id}`,
      type: 'storage',
      node,
      status: usable ? 'available' : 'unknown',
      storage: config.id,
      plugintype: config.type,
      content: status.content,
      shared: status.shared,
      disk: status.used,
      maxdisk: status.total,
      ...(measured.problem === undefined ? {} : { problem: measured.problem }),
    };
  };
  const create = async (id: string, type: string, options: Readonly<Record<string, unknown>>) => {
    const planned = configs.plan(id, type, options);
    if (opened.refusal(planned) === undefined) await opened.trial(planned).activate(quietContext());
    return await configs.store(planned);
  };

  return {
    async ensureDefault(path, { isMountPoint = false, id = 'local' } = {}) {
      if (configs.all().length > 0) return false;
      const content = 'images,import,iso,rootdir,snippets,vztmpl';
      const planned = configs.plan(id, 'dir', {
        ...{ path, content },
        ...(isMountPoint ? { is_mountpoint: 'yes' } : {}),
      });
      // A volume that is missing is shown as such, and does not keep the rest from working.
      await opened
        .trial(planned)
        .activate(quietContext())
        .catch((error: unknown) => log.warn(`storage '${id}': ${asAppError(error).message}`));
      await configs.store(planned);
      return true;
    },
    configs: (type) => configs.all().filter((config) => type === undefined || config.type === type),
    config: (id) => configs.get(id),
    create,
    update: (id, change) => configs.update(id, change),
    async remove(id) {
      configs.get(id);
      const holders = parts.storageReferencedBy?.(id) ?? [];
      if (holders.length > 0)
        throw new AppError('busy', `storage '${id}' is used by ${holders.join(', ')}`, { data: { holders } });
      await configs.remove(id);
    },
    declaration,

    async statuses({ content, enabledOnly, id } = {}) {
      const wanted = configs.all().filter((config) => {
        if (id !== undefined && config.id !== id) return false;
        if (!isForNode(config, node) || (enabledOnly && isDisabled(config))) return false;
        return (
          content === undefined || content.some((kind) => contentsOf(config).includes(kind as ContentKind))
        );
      });
      return await Promise.all(
        wanted.map(async (config) => renderStatus(config, await statuses.get(config))),
      );
    },
    async status(id) {
      const config = configs.get(id);
      return renderStatus(config, await statuses.get(config));
    },
    imageFormats: (id) => imageFormats(configs.get(id)),
    imageFormat(id, wish) {
      volumes.requireContent(id, 'images');
      return volumes.imageFormat(id, wish);
    },
    imageStorages: () => usableFor('images').map((config) => config.id),
    rootFormats: (id) => rootFormats(configs.get(id)),
    rootFormat(id, wish) {
      volumes.requireContent(id, 'rootdir');
      return volumes.rootFormat(id, wish);
    },
    rootStorages: () => usableFor('rootdir').map((config) => config.id),
    capabilities: (id) => declaration(configs.get(id))?.capabilities ?? [],
    resources: () =>
      configs
        .all()
        .filter((config) => isForNode(config, node))
        .map(renderResource),
    resource(id) {
      const config = configs.find(id);
      return config && isForNode(config, node) ? renderResource(config) : undefined;
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
    attach: (context, volid, snapshot) => volumes.attach(context, volid, snapshot),
    detach: (context, volid) => volumes.detach(context, volid),
    allocate: (context, id, wanted) => volumes.allocate(context, id, wanted),
    requireUnused: (volid) => volumes.requireUnused(volid),
    deleteVolume: (context, volid) => volumes.delete(context, volid),

    async sweep(keep = []) {
      await Promise.all(
        configs.all().map(async (config) => {
          if (opened.refusal(config) !== undefined) return;
          try {
            const removed = await opened.get(config).sweep(quietContext(), keep);
            if (removed.length > 0)
              log.info({ storage: config.id, removed }, 'removed what a crash had left');
          } catch (error) {
            log.warn({ storage: config.id, problem: asAppError(error).message }, 'storage was not cleaned');
          }
        }),
      );
    },
    sweepTemplates,
    watchUsage(everyMs = 10_000) {
      void (async () => {
        let sweptAt = clock.now();
        while (!closing.signal.aborted) {
          if (clock.now() - sweptAt >= dayMs) {
            sweptAt = clock.now();
            void sweepTemplates();
          }
          for (const config of configs.all()) {
            if (opened.refusal(config) === undefined) void statuses.refresh(config, true);
          }
          await clock.sleep(everyMs, closing.signal).catch(() => {});
        }
      })();
    },
    close() {
      closing.abort();
      stopWatching();
      listeners.clear();
    },
  };
}
