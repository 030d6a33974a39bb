// The daemon with its real parts: libvirt, storage plugins, this machine's network.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { listInterfaces } from '../network/list-interfaces.ts';
import { bringUpPrivateNet } from '../network/private-net/bring-up.ts';
import { createDirPlugin } from '../storage-plugins/dir/dir-plugin.ts';
import { createPluginRegistry } from '../storage-plugins/registry.ts';
import { createPower } from './appliance/power.ts';
import { openSingleNodeStore } from './cluster/single-node/single-node-store.ts';
import { type Config, readConfig } from './config.ts';
import { systemClock } from './core/clock.ts';
import { asAppError } from './core/errors.ts';
import { exec } from './core/exec.ts';
import { createLogger } from './core/log.ts';
import { startDaemon } from './daemon.ts';
import { openDatabase } from './db/database.ts';
import { mainSchema, metricsSchema } from './db/schemas.ts';
import { acceleratorCacheKey, detectAccelerator } from './guests/vm/accelerator.ts';
import { createLibvirtDriver } from './guests/vm/libvirt-driver.ts';
import { crashAt } from './tasks/crash-point.ts';

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
  // QEMU's own user must get through these to the disks and sockets below; what is secret is guarded file by file.
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  mkdirSync(runtimeDir, { recursive: true, mode: 0o711 });
  const db = openDatabase({ path: join(dataDir, 'croft.db'), schema: mainSchema, durability: 'full', log });
  const metricsDb = openDatabase({
    path: join(dataDir, 'metrics.db'),
    schema: metricsSchema,
    durability: 'relaxed',
    log,
  });
  const probe = config.kvmProbeKernel === undefined ? {} : { kernel: config.kvmProbeKernel };
  const daemon = await startDaemon({
    ...{ config, log, exec, db, metricsDb },
    clock: systemClock,
    store: openSingleNodeStore({ db, node: config.node, address: '127.0.0.1' }),
    driver: createLibvirtDriver({
      socketPath: config.libvirtSocket,
      guestPrefix: config.guestPrefix,
      runtimeDir: join(runtimeDir, 'guests'),
      log,
    }),
    plugins: createPluginRegistry([createDirPlugin(exec)]),
    accelerator: {
      cacheKey: () => acceleratorCacheKey(exec, probe),
      detect: () => detectAccelerator(exec, probe),
    },
    interfaces: async (type, signal) =>
      (await listInterfaces({ exec, type, signal })).map((item) => ({ ...item })),
    bridgeExists: (name) => existsSync(`/sys/class/net/${name}/bridge`),
    fileExists: existsSync,
    bringUpNetwork: async () => {
      if (config.privateBridge === '') return [];
      const { warnings } = await bringUpPrivateNet({
        exec,
        name: config.privateBridge,
        hostName: config.node,
        stateDir: join(dataDir, 'network'),
        runtimeDir: join(runtimeDir, 'network'),
        log: (line) => log.info(line),
      });
      return warnings;
    },
    power: createPower(exec),
    uiDir: existsSync(config.uiDir) ? config.uiDir : undefined,
    onBoundary: config.testCrashAt === undefined ? undefined : crashAt(config.testCrashAt),
    checkReplies: false,
  });
  log.info({ port: daemon.port, socket: config.socket, node: config.node }, 'ready');
  process.send?.({ ready: true, port: daemon.port });

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await daemon.stop();
    db.close();
    metricsDb.close();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
}
