// The daemon put together from its parts: services, tasks, routes, listeners.
import { join } from 'node:path';
import { createAccess } from './access/access-service.ts';
import { auditedRoutes } from './access/audited-routes.ts';
import { type AppliancePart, assembleAppliance } from './assemble-appliance.ts';
import { assembleBackup } from './assemble-backup.ts';
import { assembleBulk } from './assemble-bulk.ts';
import { assembleContainers } from './assemble-containers.ts';
import { assembleDisks } from './assemble-disks.ts';
import { assembleNode } from './assemble-node.ts';
import { assembleNotifications } from './assemble-notifications.ts';
import { assembleRestores } from './assemble-restores.ts';
import { assembleStorages } from './assemble-storages.ts';
import { assembleVms } from './assemble-vms.ts';
import { createResourceIndex } from './cluster/resource-index.ts';
import type { CroftEventBody } from './contract/events.ts';
import { asAppError } from './core/errors.ts';
import { type UndoStack, withUndo } from './core/undo.ts';
import type { DaemonParts } from './daemon-parts.ts';
import { watchAgents } from './guests/agent-watch.ts';
import { watchBalloons } from './guests/balloon-watch.ts';
import { createGuestAgent } from './guests/guest-agent.ts';
import { createGuestBoard } from './guests/guest-board.ts';
import { findGuest } from './guests/guest-documents.ts';
import { createGuestStates } from './guests/guest-states.ts';
import { watchGuests } from './guests/guest-watcher.ts';
import { createHookScripts } from './guests/hook-scripts.ts';
import { mergeGuestStates } from './guests/merged-states.ts';
import { SerialHub } from './guests/serial-hub.ts';
import { createVmService } from './guests/vm-service.ts';
import { createVmidReservations } from './guests/vmid-reservations.ts';
import { createApp } from './http/app.ts';
import { EventHub } from './http/events.ts';
import { listenHttps, listenLocal } from './http/listen.ts';
import { createConsoleOpening } from './http/routes/console-opening.ts';
import { allRoutes } from './http/routes/index.ts';
import { createOverruling } from './http/routes/task-ending.ts';
import { startMetrics } from './metrics/metrics.ts';
import { createAcceleratorChoice } from './node/accelerator-choice.ts';
import { createNodeConfig } from './node/node-config.ts';
import { createNodeService } from './node/node-service.ts';
import { croftVersion } from './node/versions.ts';
import { publishChanges } from './publish-changes.ts';
import { storageTaskKinds } from './tasks/kinds/storage-kinds.ts';
import { vmTaskKinds } from './tasks/kinds/vm-kinds.ts';
import { taskEnded } from './tasks/task-ended.ts';
import { taskItem } from './tasks/task-item.ts';
import { keepPruningTasks } from './tasks/task-retention.ts';
import { createTaskRunner } from './tasks/task-runner.ts';
import { createTaskStore } from './tasks/task-store.ts';
import { fingerprintOf, serverCertificate } from './tls/self-signed.ts';

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
  let onResource: ((event: CroftEventBody) => void) | undefined;
  const index = createResourceIndex((event) => {
    hub.publish(event);
    onResource?.(event);
  });
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
  const notifications = assembleNotifications({
    ...{ node, store, exec, clock, log, directory: access.directory },
    zone: () => parts.host.timeZone.read(),
    onChange: () => hub.publish({ type: 'config', path: '/mapping/notifications' }),
  });
  opened.push('notifications', () => notifications.close());
  for (const resource of index.all()) notifications.alerts.see({ type: 'resource', resource });
  onResource = notifications.alerts.see;
  const backups = assembleBackup({
    ...{ config, exec, clock, log, store, index, storages: storage, vmParts, runner, taskStore, startTask },
    ...{ ctParts: containers.parts, runOrder: parts.runBackupOrder, archives: parts.archives },
    trees: parts.backupTrees,
    ...{ db: parts.db, host: parts.host, plugins: parts.plugins, users },
    zone: () => parts.host.timeZone.read(),
    pools: () => [...access.directory.pools.values()],
    onJobChange: () => hub.publish({ type: 'config', path: '/cluster/backup' }),
    notify: notifications.backups,
  });
  opened.push('backup jobs', () => backups.jobs.close());
  await appliance.open();

  const vms = createVmService({ ...vmParts, reservations, startTask, taskEnd });
  const restores = assembleRestores({
    ...{ runner, vmParts, containers, archives: parts.archives, live: parts.liveRestores },
    ...{ service: { reservations, startTask }, onRestored: backups.proofs.restored.note, log },
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
    ...{ backups: backups.service, proofs: backups.proofs.service },
    notifications: notifications.routes,
    backupJobs: backups.jobs.routes,
    configBackups: backups.configBackups,
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
    storage: {
      ...{ storages: storage, tasks: runner, series: metrics.read, proofs: backups.proofs.proofs },
      orphans: storages.orphans(taskStore),
    },
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
    await restores.finishLeft(taskStore.list({ source: 'active' }).tasks);
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
