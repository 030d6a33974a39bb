// The containers' part of the daemon put together: service, task kinds, routes, and what follows the end of a run.
import { join } from 'node:path';
import type { ClusterStore } from './cluster/cluster-store.ts';
import type { Config } from './config.ts';
import type { CatalogueEntry } from './contract/aplinfo.ts';
import type { Clock } from './core/clock.ts';
import type { Logger } from './core/log.ts';
import type { WorkContext } from './core/work-context.ts';
import type { BindMountRules } from './guests/ct/config/bind-mounts.ts';
import type { CtDriver } from './guests/ct/ct-driver.ts';
import { giveRootFolder } from './guests/ct/ct-mounts.ts';
import { createCtSecrets } from './guests/ct/ct-secrets.ts';
import { createCtService } from './guests/ct/ct-service.ts';
import type { CtTaskParts } from './guests/ct/ct-task-parts.ts';
import { createCtRunEnds } from './guests/ct/ct-watch.ts';
import { createTemplateBases } from './guests/ct/template-bases.ts';
import type { CtParts } from './guests/ct-parts.ts';
import type { GuestPools } from './guests/guest-pools.ts';
import { createGuestStates, type GuestStates } from './guests/guest-states.ts';
import { watchGuests } from './guests/guest-watcher.ts';
import type { HookScripts } from './guests/hook-scripts.ts';
import type { VmidReservations } from './guests/vmid-reservations.ts';
import type { StorageService } from './storage/storage-service.ts';
import { ctTaskKinds, guestResizeKind } from './tasks/kinds/ct-kinds.ts';
import { templateBuildKind } from './tasks/kinds/template-build.ts';
import type { TaskKind } from './tasks/task.ts';
import { catalogueEntries, findTemplate } from './templates/catalogue.ts';

/** What `main.ts` (real) or `dev.ts` (fakes) hands in. */
export interface ContainerNeeds extends Pick<CtParts, 'setup' | 'fileSystems' | 'facts'> {
  readonly driver: CtDriver;
  /** Default: the real one, which needs a real root. */
  readonly giveRoot?: CtTaskParts['giveRoot'];
  /** Makes what the driver is given; `bindMounts` is asked at each start. */
  renderer(bindMounts: () => BindMountRules): Pick<CtParts, 'renderStart' | 'renderChange'>;
  readonly templates: {
    /** Debian's word: `amd64`. */
    readonly architecture: string;
    /** Why none can be built here; undefined when they can. */
    problem(): Promise<string | undefined>;
    build(context: WorkContext, template: string, outputPath: string): Promise<unknown>;
  };
}

export interface ContainerPart {
  readonly driver: CtDriver;
  readonly states: GuestStates;
  readonly service: ReturnType<typeof createCtService>;
  readonly parts: CtTaskParts;
  /** Which folders of the host may be bound into containers now. */
  readonly bindMounts: () => BindMountRules;
  /** All kinds of task; VMs' `resize` becomes that of both. */
  kinds(ofVms: readonly TaskKind[]): TaskKind[];
  /** The catalogue. */
  readonly templates: {
    entries(): Promise<readonly CatalogueEntry[]>;
    /** The name of the file that a name of the catalogue stands for today; undefined when it has none. */
    fileNameOf(template: string): string | undefined;
  };
  /** Knows what runs, and clears up after what ended meanwhile. */
  open(): Promise<void>;
  close(): void;
}

export function assembleContainers(needs: {
  readonly containers: ContainerNeeds;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: ClusterStore;
  readonly storages: StorageService;
  readonly reservations: VmidReservations;
  readonly hooks: HookScripts;
  readonly pools: GuestPools;
  startTask(type: string, params: object, requester: string): Promise<string>;
}): ContainerPart {
  const { containers, config, clock, log, store, storages, reservations, hooks, pools, startTask } = needs;
  const { driver, setup, fileSystems, facts, templates } = containers;
  const states = createGuestStates(driver, log);
  const bindMounts = (): BindMountRules => ({
    allowed: config.bindMountFolders,
    own: [
      ...[config.dataDir, config.runtimeDir, config.localStorage],
      ...storages.configs().flatMap(({ options }) => String(options['path'] ?? '') || []),
    ],
  });
  const parts: CtTaskParts = {
    ...{ node: config.node, store, states, driver, storages, setup, fileSystems, facts, clock, hooks, pools },
    ...containers.renderer(bindMounts),
    secrets: createCtSecrets(clock),
    bases: createTemplateBases(storages),
    ends: createCtRunEnds({ store, states, driver, storages, hooks }, log),
    giveRoot: containers.giveRoot ?? giveRootFolder,
  };
  const now = () => new Date(clock.now());
  let stopWatching = () => {};
  return {
    ...{ driver, states, parts, bindMounts },
    service: createCtService({ ...parts, reservations, startTask, bindMounts }),
    kinds: (ofVms) => [
      ...ofVms.map((kind) => (kind.type === 'resize' ? guestResizeKind(kind, parts) : kind)),
      ...ctTaskKinds(parts),
      templateBuildKind({
        storages,
        build: templates.build,
        workFolder: join(config.dataDir, 'templates'),
      }) as TaskKind,
    ],
    templates: {
      entries: async () => catalogueEntries(now(), templates.architecture, await templates.problem()),
      fileNameOf: (template) => findTemplate(template, now(), templates.architecture)?.fileName,
    },
    async open() {
      await driver.open();
      await states.open();
      stopWatching = await watchGuests(parts, 'lxc', parts.ends, log);
    },
    close() {
      stopWatching();
      states.close();
    },
  };
}
