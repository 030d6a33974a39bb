// The daemon put together from parts that `main.ts` (real) or `dev.ts` (fakes) hands in: services, tasks, routes, listeners.
import { join } from 'node:path';
import type { PluginRegistry } from '../storage-plugins/registry.ts';
import { createAccess } from './access/access-service.ts';
import { auditedRoutes } from './access/audited-routes.ts';
import type { Power } from './appliance/power.ts';
import { type AppliancePart, assembleAppliance } from './assemble-appliance.ts';
import { assembleBackup } from './assemble-backup.ts';
import { assembleBulk } from './assemble-bulk.ts';
import { assembleContainers, type ContainerNeeds } from './assemble-containers.ts';
import { assembleDisks } from './assemble-disks.ts';
import { assembleNode } from './assemble-node.ts';
import { assembleRestores } from './assemble-restores.ts';
import { assembleStorages } from './assemble-storages.ts';
import { assembleVms } from './assemble-vms.ts';
import type { ArchiveWorker } from './backup/restore/archive-worker.ts';
import type { RunOrder } from './backup/run/run-worker.ts';
import type { ClusterStore } from './cluster/cluster-store.ts';
import { createResourceIndex } from './cluster/resource-index.ts';
import type { Config } from './config.ts';
import type { MachineFactsReply } from './contract/appliance.ts';
import type { Installer } from './contract/installer.ts';
import type { Clock } from './core/clock.ts';
import { asAppError } from './core/errors.ts';
import type { Exec } from './core/exec.ts';
import type { Logger } from './core/log.ts';
import { type UndoStack, withUndo } from './core/undo.ts';
import type { Db } from './db/database.ts';
import { watchAgents } from './guests/agent-watch.ts';
import { watchBalloons } from './guests/balloon-watch.ts';
import type { WriteCloudInitImage } from './guests/cloud-init/image.ts';
import { createGuestAgent } from './guests/guest-agent.ts';
import { createGuestBoard } from './guests/guest-board.ts';
import { findGuest } from './guests/guest-documents.ts';
import { createGuestStates } from './guests/guest-states.ts';
import { watchGuests } from './guests/guest-watcher.ts';
import { createHookScripts } from './guests/hook-scripts.ts';
import { mergeGuestStates } from './guests/merged-states.ts';
import { SerialHub } from './guests/serial-hub.ts';
import type { LiveRestoreHost } from './guests/vm/live-restore-host.ts';
import type { VmDriver } from './guests/vm/vm-driver.ts';
import { createVmService } from './guests/vm-service.ts';
import { createVmidReservations } from './guests/vmid-reservations.ts';
import { createApp } from './http/app.ts';
import { EventHub } from './http/events.ts';
import { listenHttps, listenLocal } from './http/listen.ts';
import { createConsoleOpening } from './http/routes/console-opening.ts';
import { allRoutes } from './http/routes/index.ts';
import { createOverruling } from './http/routes/task-ending.ts';
import { startMetrics } from './metrics/metrics.ts';
import { type AcceleratorChoiceParts, createAcceleratorChoice } from './node/accelerator-choice.ts';
import { createNodeConfig } from './node/node-config.ts';
import type { NodeHost } from './node/node-host.ts';
import { createNodeService, type NodeServiceParts } from './node/node-service.ts';
import { croftVersion } from './node/versions.ts';
import { publishChanges } from './publish-changes.ts';
import type { StorageScans } from './storage/storage-scans.ts';
import type { OnBoundary } from './tasks/crash-point.ts';
import { storageTaskKinds } from './tasks/kinds/storage-kinds.ts';
import { vmTaskKinds } from './tasks/kinds/vm-kinds.ts';
import { taskEnded } from './tasks/task-ended.ts';
import { taskItem } from './tasks/task-item.ts';
import { keepPruningTasks } from './tasks/task-retention.ts';
import { createTaskRunner } from './tasks/task-runner.ts';
import { createTaskStore } from './tasks/task-store.ts';
import { fingerprintOf, serverCertificate } from './tls/self-signed.ts';

export interface DaemonParts {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly exec: Exec;
  readonly db: Db;
  readonly metricsDb: Db;
  readonly store: ClusterStore;
  readonly driver: VmDriver;
  readonly containers: ContainerNeeds;
  readonly cloudInitImage: WriteCloudInitImage;
  /** Reads backups. */
  readonly archives: ArchiveWorker;
  readonly liveRestores: LiveRestoreHost;
  /** Writes them. */
  readonly runBackupOrder: RunOrder;
  readonly plugins: PluginRegistry;
  /** Looks for what a new storage could be made of. */
  readonly scans: StorageScans;
  readonly accelerator: Pick<AcceleratorChoiceParts, 'cacheKey' | 'detect'>;
  readonly interfaces: NodeServiceParts['interfaces'];
  /** The machine itself: services, logs, disks, settings, terminal. */
  readonly host: NodeHost;
  readonly bridgeExists: (name: string) => boolean;
  readonly fileExists: (path: string) => boolean;
  readonly filtersVlans: (bridge: string) => boolean;
  /** Makes the private network; its warnings are for the log. */
  readonly bringUpNetwork: () => Promise<readonly string[]>;
  /** Restarts the machine or switches it off. */
  readonly power: Power;
  /** In a live system only: an installed one never erases its disks. */
  readonly installer: Installer | undefined;
  /** Disks and network cards of this machine. */
  readonly machine: (signal: AbortSignal) => Promise<MachineFactsReply>;
  /** Folder of the built web UI; without it only the API is served. */
  readonly uiDir: string | undefined;
  readonly onBoundary: OnBoundary | undefined;
  /** Check replies against their declarations. */
  readonly checkReplies: boolean;
}

export interface Daemon {
  /** Port of the API and UI. */
  readonly port: number;
  /** SHA-256 of the certificate. */
  fingerprint(): string;
  readonly appliance: Pick<AppliancePart, 'mode' | 'warnings'>;
  /** Ends in order: no new requests, running tasks get a moment, then everything is closed. Guests go on running. */
  stop(): Promise<void>;
}

/** How long the start waits for the hypervisor before it answers without. */
const hypervisorWaitMs = 5_000;
const stopGraceMs = 5_000;
const listenerGraceMs = 1_000;

/** Starts everything, or nothing: when the start fails half-way, what was opened is closed again. */
export function startDaemon(parts: DaemonParts): Promise<Daemon> {
  return withUndo((opened) => assemble(parts, opened));
}

async function assemble(parts: DaemonParts, opened: UndoStack): Promise<Daemon> {
  const { config, log, clock, exec, store, driver } = parts;
  const { node } = config;
  const stopping = new AbortController();
  opened.push('store', () => store.close());
  const report = (what: string) => (error: unknown) => {
    const { message, detail } = asAppError(error);
    log.error({ detail }, `${what}: ${message}`);
  };

  const hub = new EventHub({ clock });
  const index = createResourceIndex((event) => hub.publish(event));
  const vmStates = createGuestStates(driver, log);
  const access = createAccess({
    store,
    dataDir: config.dataDir,
    exec,
    clock,
    onAuditError: report('audit log'),
    onPoolError: report('pools'),
  });
  opened.push('access', () => access.close());
  await access.pools.sweep().catch(report('pools'));
  access.pools.watch(({ pools }) => {
    for (const id of pools) hub.publish({ type: 'config', path: `/pool/${id}` });
  });
  const certificate = await serverCertificate({ dataDir: config.dataDir, clock });

  const storages = assembleStorages({ ...{ node, store, exec, log, clock }, plugins: parts.plugins });
  const { storage, users } = storages;
  opened.push('storage', () => storage.close());
  opened.push('driver', () => driver.close());
  opened.push('guest states', () => vmStates.close());
  // Begins when the hypervisor answers, which may be after the start is over: its end is known from here on.
  let stopWatchingGuests = () => {};
  opened.push('guest watcher', () => stopWatchingGuests());
  await storage.ensureDefault(config.localStorage, { isMountPoint: config.localIsMounted });
  storages.listIn(index);

  const taskStore = createTaskStore(parts.db);
  const runner = createTaskRunner({
    store: taskStore,
    clock,
    node,
    log,
    onChange: (record) => hub.publish({ type: 'task', task: taskItem(record) }),
    onLog: (upid, lines) =>
      hub.publish({
        type: 'task-log',
        upid,
        from: (lines[0]?.number ?? 1) - 1,
        lines: lines.map((line) => line.text),
      }),
    ...(parts.onBoundary ? { onBoundary: parts.onBoundary } : {}),
  });
  opened.push('tasks', async () => {
    const left = await runner.stop({ graceMs: stopGraceMs });
    if (left > 0) log.info({ left }, 'tasks left for the next start');
  });
  const taskEnd = (upid: string) => taskEnded(runner, upid);
  const startTask = (type: string, params: object, requester: string) =>
    runner.start(type, params, { requester });

  const disks = assembleDisks({
    ...{ node, store, runner, startTask, storages: storage, driver: parts.host.diskDriver, log, clock },
    storageUsers: users.ofStorage,
  });
  await disks.mountAll(stopping.signal);

  const acceleration = createAcceleratorChoice({ node, store, log, ...parts.accelerator });
  const guestRuntimeDir = join(config.runtimeDir, 'guests');
  const hooks = createHookScripts(storage);
  const vmParts = assembleVms(parts, {
    ...{ config, guestRuntimeDir, hooks, states: vmStates, storages: storage, pools: access.pools },
    accelerator: () => acceleration.current().accelerator,
  });
  const reservations = createVmidReservations(clock, (vmid) => findGuest(store, vmid) !== undefined);
  const containers = assembleContainers({
    ...{ containers: parts.containers, config, clock, log, store, storages: storage },
    ...{ reservations, startTask, hooks, pools: access.pools },
  });
  opened.push('containers', async () => {
    containers.close();
    await containers.driver.close();
  });
  const states = mergeGuestStates([vmStates, containers.states]);
  const appliance = assembleAppliance({
    ...{ config, exec, clock, log, store, states, runner, report },
    storages: storage,
    db: parts.db,
    power: parts.power,
    installer: parts.installer,
    machine: parts.machine,
    onChange: () => hub.publish({ type: 'config', path: `/nodes/${node}` }),
  });
  opened.push('appliance', () => appliance.close());
  for (const kind of [...containers.kinds(vmTaskKinds(vmParts)), ...storageTaskKinds(storage, store)])
    runner.register(kind);
  const bulk = assembleBulk({ node, store, states, clock, log, runner, startTask });
  const backups = assembleBackup({
    ...{ config, exec, clock, log, store, index, storages: storage, vmParts, runner, taskStore, startTask },
    ...{ ctParts: containers.parts, runOrder: parts.runBackupOrder },
    zone: () => parts.host.timeZone.read(),
    pools: () => [...access.directory.pools.values()],
    onJobChange: () => hub.publish({ type: 'config', path: '/cluster/backup' }),
  });
  opened.push('backup jobs', () => backups.jobs.close());
  await appliance.open();

  const vms = createVmService({ ...vmParts, reservations, startTask, taskEnd });
  const restores = assembleRestores({
    ...{ runner, vmParts, containers, archives: parts.archives, live: parts.liveRestores },
    service: { reservations, startTask },
  });
  const nodes = createNodeService({
    node,
    index,
    clock,
    accelerator: () => acceleration.current(),
    interfaces: parts.interfaces,
    fingerprint: () => fingerprintOf(certificate.cert),
    timeZone: () => parts.host.timeZone.read(),
  });
  const nodeConfig = createNodeConfig({ store, node });
  const nodePart = assembleNode({
    config: nodeConfig,
    ...{ node, nodes, clock, index, runner, taskStore, startTask, host: parts.host },
    containerStates: containers.states,
    accelerator: () => acceleration.current(),
    warnings: appliance.warnings,
    onChange: () => hub.publish({ type: 'config', path: `/nodes/${node}` }),
  });
  const board = createGuestBoard({ store, states, index, pools: access.pools });
  opened.push('guest board', () => board.close());
  const agent = createGuestAgent(vmParts);
  opened.push('agents', watchAgents({ vmParts, agent, index, log }).close);
  const targetPercent = () => nodeConfig.read()['ballooning-target'] ?? 80;
  const balloons = watchBalloons({ store, states: vmStates, driver, log, targetPercent });
  opened.push('balloons', () => balloons.close());
  let driverReady = false;
  let containersReady = false;
  const metrics = startMetrics({
    drivers: () => [...(driverReady ? [driver] : []), ...(containersReady ? [containers.driver] : [])],
    db: parts.metricsDb,
    clock,
    log,
    node,
    board,
    nodes,
    storage,
    balloons,
  });
  opened.push('metrics', () => metrics.stop());
  const serialHub = new SerialHub();
  opened.push('serial consoles', () => serialHub.close());
  publishChanges({ node, store, publish: (event) => hub.publish(event), forget: metrics.forget });

  const tcgReason = () => {
    const { accelerator, reason } = acceleration.current();
    return accelerator === 'tcg' ? reason : undefined;
  };
  const overrule = createOverruling(taskStore, runner);
  const opening = createConsoleOpening({ node, clock, tickets: access.consoleTickets });
  const routes = allRoutes({
    access: { access },
    pools: { access, index },
    cluster: { store, index, reservations },
    backups: backups.service,
    backupJobs: backups.jobs.routes,
    nodes: { index, nodes, series: metrics.read, power: parts.power },
    nodeHost: {
      ...nodePart,
      disks: { ...disks, system: parts.host.disks },
      shell: { node, opening, shell: parts.host.shell },
    },
    appliance: appliance.routes,
    bulk: bulk.routes,
    tasks: { node, store: taskStore, runner },
    qemu: { vms, vmParts, restores, index, series: metrics.read, taskEnd, tcgReason, overrule, balloons },
    agent,
    consoles: {
      vmParts,
      opening,
      serialHub,
      certificate: () => certificate.cert,
      guestRuntimeDir,
    },
    lxc: {
      cts: containers.service,
      ctParts: containers.parts,
      restores,
      index,
      series: metrics.read,
      taskEnd,
      overrule,
    },
    lxcConsoles: { ctParts: containers.parts, opening },
    aplinfo: {
      ...containers.templates,
      requireContent: (id, kind) => storage.requireContent(id, kind),
      startTask,
    },
    storage: { storages: storage, tasks: runner, series: metrics.read, orphans: storages.orphans(taskStore) },
    storageScan: { scans: parts.scans, types: () => parts.plugins.declarations() },
    events: hub,
  });
  const app = createApp({
    routes: auditedRoutes(routes, access.audit),
    authenticator: access.authenticator,
    log,
    nodes: { local: () => node, has: (name) => name === node },
    onDenied: (requester, address, what) => access.audit.record('denied', requester, address, what),
    version: croftVersion,
    uiDir: parts.uiDir,
    checkReplies: parts.checkReplies,
  });
  opened.push('app', () => app.close());

  /** Once the hypervisor answers: what runs is known, and tasks that were cut off can be taken care of. */
  const ready = (async () => {
    // Containers need no hypervisor.
    await containers.open();
    containersReady = true;
    await driver.open();
    driverReady = true;
    await vmStates.open();
    stopWatchingGuests = await watchGuests(vmParts, 'qemu', vmParts.ends, log);
    const { ended, unwound, resumed } = await runner.recover();
    if (ended.length + unwound.length + resumed.length > 0)
      log.info({ ended, unwound, resumed }, 'tasks of a former life');
    await backups.jobs.open();
    // A dead storage holds up no guest of another one.
    const swept = storage.sweep(taskStore.unendedTexts());
    await Promise.race([swept, clock.sleep(hypervisorWaitMs, stopping.signal).catch(() => {})]);
  })();
  ready.catch(report('the hypervisor'));
  await Promise.race([ready.catch(() => {}), clock.sleep(hypervisorWaitMs, stopping.signal).catch(() => {})]);

  const https = await listenHttps(app, { port: config.port, host: config.address, certificate });
  opened.push('network listener', () => https.close(listenerGraceMs));
  const local = await listenLocal(app, config.socket);
  opened.push('local listener', () => local.close(listenerGraceMs));
  opened.push('background work', () => stopping.abort());

  storage.watch({ keep: taskStore.unendedTexts });
  void keepPruningTasks({ store: taskStore, clock, log }, stopping.signal);
  const background = (async () => {
    const network = parts.bringUpNetwork().then((warnings) => {
      for (const warning of warnings) log.warn(warning);
    });
    await Promise.all([
      network.catch(report('the private network')),
      acceleration.settle().catch(report('acceleration')),
    ]);
    metrics.refreshNode();
    await ready;
    await bulk.startAtBoot(nodeConfig.read()['startall-onboot-delay'] ?? 0, stopping.signal);
  })();
  background.catch(report('starting guests'));

  // From here on it is the caller's to stop: the stack is emptied by whoever started, so it moves to one of ours.
  const running = opened.move();
  return {
    port: https.port,
    fingerprint: () => fingerprintOf(certificate.cert),
    appliance,
    async stop() {
      for (const { name, error } of await running.run()) report(`closing ${name}`)(error);
    },
  };
}
