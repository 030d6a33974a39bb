// The daemon with its real parts: libvirt, storage plugins, this machine's network, its image.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAnswers } from '../iso-builder/installer/answers.ts';
import { createInstaller } from '../iso-builder/installer/create-installer.ts';
import { listChoices } from '../iso-builder/installer/image-choices.ts';
import { readImageSource } from '../iso-builder/installer/image-source.ts';
import { observeMachine } from '../iso-builder/installer/observe-machine.ts';
import { planInstall } from '../iso-builder/installer/plan.ts';
import { renderHostNetwork } from '../network/host-config/host-config.ts';
import { listInterfaces } from '../network/list-interfaces.ts';
import { bringUpPrivateNet } from '../network/private-net/bring-up.ts';
import { createPluginRegistry } from '../storage-plugins/registry.ts';
import { readBootFacts } from './appliance/boot-facts.ts';
import { hasFallenBack } from './appliance/fall-back.ts';
import { createPower, refusePower } from './appliance/power.ts';
import type { ContainerNeeds } from './assemble-containers.ts';
import { createWorkerArchives } from './backup/restore/worker-archives.ts';
import { createOrderRunner } from './backup/run/run-worker.ts';
import { prepareWorkers } from './backup/worker/worker-host.ts';
import { openSingleNodeStore } from './cluster/single-node/single-node-store.ts';
import { type Config, readConfig } from './config.ts';
import type { MachineFactsReply } from './contract/appliance.ts';
import type { Installer } from './contract/installer.ts';
import { appliancePaths, stateSchema } from './core/appliance-layout.ts';
import { systemClock } from './core/clock.ts';
import { type AppError, asAppError } from './core/errors.ts';
import { type Exec, exec } from './core/exec.ts';
import { createLogger, type Logger } from './core/log.ts';
import { openTerminal } from './core/pty-terminal.ts';
import { reachableAddresses } from './core/reachable-addresses.ts';
import { keepSystemdNotified } from './core/sd-notify.ts';
import { startDaemon } from './daemon.ts';
import { keepConfigBackups } from './db/config-backups.ts';
import { openDatabase } from './db/database.ts';
import { metricsSchema } from './db/schemas.ts';
import { createCloudInitWriter } from './guests/cloud-init/image.ts';
import { createCtRenderer } from './guests/ct/config/ct-renderer.ts';
import { readCtHost, readSetupFacts } from './guests/ct/ct-host.ts';
import type { PrivateNetFacts } from './guests/ct/ct-setup.ts';
import { createLxcDriver, installedHooks } from './guests/ct/driver/lxc-driver.ts';
import { filtersVlans } from './guests/ct/driver/nic-host.ts';
import { createCtFileSystems } from './guests/ct/setup/file-systems.ts';
import { createCtSetup } from './guests/ct/setup/setup.ts';
import { acceleratorCacheKey, detectAccelerator } from './guests/vm/accelerator.ts';
import { createLibvirtDriver } from './guests/vm/libvirt-driver.ts';
import { createLiveRestoreHost } from './guests/vm/live-restore-host.ts';
import { keepConsoleHead } from './node/console-head.ts';
import { createNodeHost } from './node/node-host.ts';
import { croftVersion } from './node/versions.ts';
import { openMainDatabase } from './open-main-database.ts';
import { startRescue } from './rescue.ts';
import { builtInScans } from './storage/built-in-scans.ts';
import { foreignPlugins, isolatePlugins } from './storage/isolation/isolated-plugins.ts';
import { builtInPlugins } from './storage/storage-types.ts';
import { crashAt } from './tasks/crash-point.ts';
import { buildProblem, buildTemplate } from './templates/build-template.ts';
import { debianMirrors, readAptSources } from './templates/debian-mirrors.ts';
import { runProgram } from './templates/run-program.ts';

try {
  await run(readConfig(process.env));
} catch (error) {
  const { message, detail } = asAppError(error);
  process.stderr.write(`croft: ${message}\n${detail === undefined ? '' : `${detail}\n`}`);
  process.exit(1);
}

async function run(config: Config): Promise<void> {
  const { dataDir, runtimeDir } = config;
  const log = createLogger(config.logLevel);
  const stopping = new AbortController();
  // QEMU's own user must get through these to the disks and sockets below; what is secret is guarded file by file.
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  mkdirSync(runtimeDir, { recursive: true, mode: 0o711 });
  const notified = () =>
    void keepSystemdNotified({
      ...{ exec, clock: systemClock, env: process.env, signal: stopping.signal },
      onError: ({ message }) => log.warn(message),
    });

  const allowReturn = hasFallenBack();
  const main = openMainDatabase({ dataDir, log, allowReturn });
  if ('problem' in main) {
    const rescue = await rescueFrom(main.problem, config, log);
    notified();
    return onStop(async () => {
      stopping.abort();
      await rescue.stop();
    });
  }
  const { db } = main;
  const metricsDb = openDatabase({
    path: join(dataDir, 'metrics.db'),
    schema: metricsSchema,
    durability: 'relaxed',
    unusable: 'set-aside',
    ...{ log, allowReturn },
  });
  const backups = keepConfigBackups({ db, dataDir, clock: systemClock, log });
  const probe = {
    timeoutMs: config.kvmProbeSeconds * 1000,
    ...(config.kvmProbeKernel === undefined ? {} : { kernel: config.kvmProbeKernel }),
  };
  let privateNets: readonly PrivateNetFacts[] = [];
  const isAppliance = readBootFacts().mode !== 'none';
  const workers = prepareWorkers(import.meta.url, runtimeDir);
  const daemon = await startDaemon({
    ...{ config, log, exec, db, metricsDb },
    clock: systemClock,
    store: openSingleNodeStore({ db, node: config.node, address: '127.0.0.1' }),
    driver: createLibvirtDriver({
      socketPath: config.libvirtSocket,
      guestPrefix: config.guestPrefix,
      runtimeDir: join(runtimeDir, 'guests'),
      backupsDir: join(dataDir, 'backups-under-way'),
      log,
    }),
    containers: realContainers(config, exec, log, () => readSetupFacts(privateNets)),
    archives: createWorkerArchives(workers),
    liveRestores: createLiveRestoreHost(exec, join(runtimeDir, 'guests')),
    runBackupOrder: createOrderRunner(workers),
    cloudInitImage: createCloudInitWriter({ exec, workDir: join(runtimeDir, 'cloud-init') }),
    plugins: createPluginRegistry(await storagePlugins(config, log)),
    scans: builtInScans(exec),
    accelerator: {
      cacheKey: () => acceleratorCacheKey(exec, probe),
      detect: () => detectAccelerator(exec, probe),
    },
    interfaces: async (type, signal) =>
      (await listInterfaces({ exec, type, signal })).map((item) => ({ ...item })),
    host: createNodeHost({ exec, openTerminal, diskMountsDir: join(dataDir, 'disk-mounts') }),
    bridgeExists: (name) => existsSync(`/sys/class/net/${name}/bridge`),
    fileExists: existsSync,
    filtersVlans: (name) => filtersVlans(name) === true,
    bringUpNetwork: async () => {
      if (config.privateBridge === '') return [];
      const { warnings, net } = await bringUpPrivateNet({
        exec,
        name: config.privateBridge,
        hostName: config.node,
        stateDir: join(dataDir, 'network'),
        runtimeDir: join(runtimeDir, 'network'),
        log: (line) => log.info(line),
      });
      privateNets = net === undefined ? [] : [{ bridge: net.name, address: net.address, domain: net.domain }];
      return warnings;
    },
    power: isAppliance ? createPower(exec) : refusePower,
    installer: liveInstaller(config),
    machine: async (signal) => {
      const abortable: Exec = (file, args, options) => exec(file, args, { ...options, signal });
      return structuredClone(
        await observeMachine({ exec: abortable, stateSchema, live: false }),
      ) as MachineFactsReply;
    },
    uiDir: existsSync(config.uiDir) ? config.uiDir : undefined,
    onBoundary: config.testCrashAt === undefined ? undefined : crashAt(config.testCrashAt),
    checkReplies: false,
  });
  log.info({ port: daemon.port, socket: config.socket, node: config.node }, 'ready');
  process.send?.({ ready: true, port: daemon.port });
  notified();
  if (isAppliance) {
    const hidden = config.privateBridge === '' ? [] : [config.privateBridge];
    void keepConsoleHead(
      {
        ...{ path: appliancePaths.consoleHead, clock: systemClock, node: config.node, version: croftVersion },
        port: daemon.port,
        mode: () => daemon.appliance.mode,
        state: () => 'ready',
        addresses: () => reachableAddresses(hidden),
        fingerprint: daemon.fingerprint,
        livePassword: readLivePassword,
        warnings: daemon.appliance.warnings,
        onError: ({ message }) => log.warn(`the console's head: ${message}`),
      },
      stopping.signal,
    );
  }
  onStop(async () => {
    stopping.abort();
    await daemon.stop();
    await backups.stop();
    db.close();
    metricsDb.close();
  });
}

/** Those that come with Croft, and this machine's own. */
async function storagePlugins({ storagePluginsDir }: Config, log: Logger) {
  // Beside the daemon's own file, where it is bundled.
  const child = import.meta.url.endsWith('.ts')
    ? './storage/isolation/storage-child.ts'
    : './storage-child.mjs';
  const parts = { entry: fileURLToPath(new URL(child, import.meta.url)), log };
  const ours = builtInPlugins(exec);
  const known = ours.map(({ declaration }) => declaration.type);
  return [...isolatePlugins(ours, parts), ...(await foreignPlugins(storagePluginsDir, known, parts))];
}

/** LXC on this host, and templates from its Debian mirror. */
function realContainers(
  { runtimeDir, dataDir, guestPrefix }: Config,
  exec: Exec,
  log: Logger,
  facts: ContainerNeeds['facts'],
): ContainerNeeds {
  const base = join(runtimeDir, 'lxc');
  // `croft-` of libvirt's domains; a dot, because control groups and interfaces have hyphens of their own.
  const prefix = guestPrefix.replace(/-$/, '.');
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const parts = () => ({
    ...{ run: runProgram, architecture, now: () => new Date() },
    mirrors: debianMirrors(readAptSources()),
    workFolder: join(dataDir, 'templates'),
  });
  return {
    driver: createLxcDriver({
      ...{ exec, base, prefix, log, clock: systemClock },
      hooksFolder: fileURLToPath(new URL('./guests/ct/driver/hooks', import.meta.url)),
      // Where systemd runs it collects what daemons leave behind at once.
      ...(existsSync('/run/systemd/system') ? {} : { reaper: ['tini', '-s', '--'] }),
    }),
    renderer: (bindMounts) =>
      createCtRenderer(
        readCtHost({
          ...{ base, prefix, bindMounts, hooksFolder: installedHooks(base) },
          filesFolder: fileURLToPath(new URL('./guests/ct/config/files', import.meta.url)),
        }),
      ),
    setup: createCtSetup(exec),
    fileSystems: createCtFileSystems(exec),
    facts,
    templates: {
      architecture,
      problem: () => buildProblem(exec),
      build: (context, template, outputPath) => buildTemplate(context, parts(), template, outputPath),
    },
  };
}

/** Only where Croft runs from its medium: nowhere else may it erase disks. */
function liveInstaller({ runtimeDir }: Config): Installer | undefined {
  if (readBootFacts().mode !== 'live') return undefined;
  const choices = listChoices();
  return createInstaller({
    ...{ exec, runtimeDir, renderHostNetwork },
    image: () => readImageSource(join(appliancePaths.medium, 'croft')),
    // What the live system itself took up (arrays, volume groups) is not in use by anybody.
    observe: (image) =>
      observeMachine({ exec, stateSchema: image?.stateSchema ?? stateSchema, live: true, idleIsFree: true }),
    readAnswers: (text) => readAnswers(text, choices),
    plan: (answers, facts, image) => planInstall(answers, facts, image, randomUUID),
  });
}

/** In the daemon's place: every page says what is wrong and what to do. */
function rescueFrom(problem: AppError, config: Config, log: Logger) {
  const consoleHead = existsSync(appliancePaths.boot) ? appliancePaths.consoleHead : undefined;
  return startRescue({ config, problem, clock: systemClock, log, consoleHead });
}

function readLivePassword(): string | undefined {
  try {
    return readFileSync(appliancePaths.livePassword, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function onStop(stop: () => Promise<unknown>): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      void stop().then(() => process.exit(0));
    });
}
