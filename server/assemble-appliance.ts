// The appliance's part of the daemon put together: slots and updates, state, installer; its task kinds and routes.
import { join } from 'node:path';
import { createAppliance } from './appliance/appliance.ts';
import { takeBaseline } from './appliance/baseline.ts';
import type { Power } from './appliance/power.ts';
import { createRebootSoon } from './appliance/reboot-soon.ts';
import { createStateExport } from './appliance/state-export.ts';
import { createStateReset } from './appliance/state-reset.ts';
import type { ClusterStore } from './cluster/cluster-store.ts';
import type { Config } from './config.ts';
import type { Installer } from './contract/installer.ts';
import { appliancePaths } from './core/appliance-layout.ts';
import type { Clock } from './core/clock.ts';
import type { Exec } from './core/exec.ts';
import type { Logger } from './core/log.ts';
import type { Db } from './db/database.ts';
import { copyDatabase } from './db/online-copy.ts';
import type { GuestStates } from './guests/guest-states.ts';
import type { AllRouteParts } from './http/routes/index.ts';
import { croftVersion } from './node/versions.ts';
import type { StorageService } from './storage/storage-service.ts';
import { factoryResetKind } from './tasks/kinds/factory-reset.ts';
import { imageTaskKinds } from './tasks/kinds/image-kinds.ts';
import { installKind } from './tasks/kinds/install.ts';
import type { TaskRunner } from './tasks/task-runner.ts';

export interface AppliancePart {
  readonly routes: AllRouteParts['appliance'];
  /** What an admin should know now, for the console. */
  warnings(): Promise<readonly string[]>;
  readonly mode: 'none' | 'live' | 'installed';
  /** Sweeps what a cut-off update or installation left, and settles a trial that is over. Before tasks are taken up again. */
  open(): Promise<void>;
  close(): void;
}

export interface AppliancePartNeeds {
  readonly config: Config;
  readonly exec: Exec;
  readonly clock: Clock;
  readonly log: Logger;
  readonly db: Db;
  readonly store: ClusterStore;
  readonly states: GuestStates;
  readonly storages: StorageService;
  readonly runner: TaskRunner;
  readonly power: Power;
  readonly installer: Installer | undefined;
  readonly machine: AllRouteParts['appliance']['install']['machine'];
  /** After something that the status shows has changed. */
  readonly onChange: () => void;
  /** For the log: what failed behind an answer that was given. */
  readonly report: (what: string) => (error: unknown) => void;
}

/** Registers the task kinds; touches nothing else before `open`. */
export function assembleAppliance(needs: AppliancePartNeeds): AppliancePart {
  const { config, exec, clock, log, db, store, states, storages, runner, power, installer, report } = needs;
  const { node } = config;
  const exceptInterfaces = config.privateBridge === '' ? [] : [config.privateBridge];
  const appliance = createAppliance({
    ...{ exec, clock, log, power },
    version: croftVersion,
    baseline: () => takeBaseline({ node, store, states, storages, exceptInterfaces }),
    onChange: needs.onChange,
  });
  const { facts } = appliance.service;
  const reset = createStateReset({
    ...{ facts, paths: appliancePaths },
    runningGuests: () => states.all().map(({ vmid }) => String(vmid)),
  });
  const stateExport = createStateExport({
    ...{ facts, paths: appliancePaths, node, dataDir: config.dataDir, clock },
    workDir: join(config.runtimeDir, 'export'),
    copyDatabase: (target) => copyDatabase(db, target),
  });
  for (const kind of imageTaskKinds(appliance)) runner.register(kind);
  runner.register(factoryResetKind({ node, reset, reboot: appliance.reboot }));
  const poweroff = createRebootSoon(clock, () => power('shutdown'), report('switching off'));
  if (installer) {
    const afterwards = { reboot: appliance.reboot, poweroff };
    runner.register(installKind({ node, installer, afterwards }));
  }
  return {
    mode: facts.mode,
    routes: {
      slots: { appliance: appliance.service, uploads: appliance.uploads, tasks: runner },
      state: { node, stateExport, reset, tasks: runner },
      install: { installer, machine: needs.machine, tasks: runner, onError: report('the installation') },
    },
    warnings: async () => (await appliance.service.status()).warnings,
    async open() {
      await appliance.service.open();
      await installer?.sweep();
    },
    close() {
      poweroff.cancel();
      appliance.close();
    },
  };
}
