// `npm run dev`: the daemon on fakes, in a temporary folder, for an ordinary user: nothing of this machine is changed.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createMemoryPlugin, type MemoryPlugin } from '../storage-plugins/memory/memory-plugin.ts';
import { createPluginRegistry } from '../storage-plugins/registry.ts';
import { aclKey, passwordKey, userKey } from './access/documents.ts';
import { hashPassword } from './access/password-hash.ts';
import { refusePower } from './appliance/power.ts';
import type { ContainerNeeds } from './assemble-containers.ts';
import { createFakeArchives, fakeLiveRestores } from './backup/restore/fake-archives.ts';
import { createFakeOrders } from './backup/run/fake-orders.ts';
import { fakeTrees } from './backup/run/fake-trees.ts';
import { ApiClient } from './cli/api-client.ts';
import type { ClusterStore } from './cluster/cluster-store.ts';
import { createMemoryStore } from './cluster/memory/memory-store.ts';
import { type Config, readConfig } from './config.ts';
import { systemClock } from './core/clock.ts';
import { AppError, asAppError } from './core/errors.ts';
import { exec } from './core/exec.ts';
import { splitVolumeId } from './core/ids.ts';
import { createLogger } from './core/log.ts';
import { quietContext } from './core/work-context.ts';
import { startDaemon } from './daemon.ts';
import { openDatabase } from './db/database.ts';
import { mainSchema, metricsSchema } from './db/schemas.ts';
import { startDevUi } from './dev-ui.ts';
import { guestKey } from './guests/config/guest-document.ts';
import { usedDisksOf } from './guests/config/vm-disks.ts';
import { demoContainers } from './guests/fake/demo-containers.ts';
import { type DemoGuest, demoGuests } from './guests/fake/demo-guests.ts';
import { demoSituations, offlineStorage, situationCount } from './guests/fake/demo-situations.ts';
import { troubleOf } from './guests/fake/demo-trouble.ts';
import { FakeCtDriver } from './guests/fake/fake-ct-driver.ts';
import { fakeCtFileSystems, fakeCtSetup } from './guests/fake/fake-ct-setup.ts';
import { createFakeDriver, type FakeDriver } from './guests/fake/fake-driver.ts';
import { openFakeTerminal } from './guests/fake/fake-terminal.ts';
import { findGuest } from './guests/guest-documents.ts';
import { createFakeNodeHost } from './node/fake/fake-node-host.ts';
import { fakeScans } from './storage/fake/fake-scans.ts';

export const devUser = 'admin@pve';
/** Only of this server, which holds nothing that is anybody's. */
export const devPassword = 'croft-dev';
/** On the storage `local`. */
export const devTemplate = 'demo_1.0_amd64.tar.zst';

export interface DevOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** Virtual machines. */
  readonly guests: number;
  /** Default none. Their numbers follow those of the virtual machines. */
  readonly containers?: number;
  /** Also one virtual machine in each rare situation, and a storage that does not answer; default false. */
  readonly situations?: boolean;
  /** Makes every virtual machine run, instead of seven of ten. */
  readonly allRunning?: boolean;
  readonly logLevel?: Config['logLevel'];
  /** Check replies against their declarations; default true. Benchmarks measure without. */
  readonly checkReplies?: boolean;
  /** Start and stop some guests, so that there are tasks to see; default true. */
  readonly tasks?: boolean;
}

export interface DevServer {
  readonly port: number;
  /** The local socket, where the caller is root@pam. */
  readonly socket: string;
  readonly node: string;
  readonly driver: FakeDriver;
  /** The first container's number. */
  readonly firstContainer: number;
  /** Whether the web UI is served. */
  readonly ui: boolean;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

const node = 'dev';
/** `CROFT_UI_DIR` names another build of the web UI. */
const built = process.env['CROFT_UI_DIR'] ?? fileURLToPath(new URL('../dist/ui', import.meta.url));

/** The whole daemon on fakes. Everything of it is in memory or in a temporary folder. */
export async function startDev(options: DevOptions): Promise<DevServer> {
  const folder = mkdtempSync(join(tmpdir(), 'croft-dev-'));
  const config = readConfig(
    {
      CROFT_PORT: String(options.port),
      CROFT_ADDRESS: '127.0.0.1',
      CROFT_NODE: node,
      CROFT_DATA_DIR: join(folder, 'data'),
      CROFT_RUNTIME_DIR: join(folder, 'run'),
      CROFT_LOG_LEVEL: options.logLevel ?? 'warn',
    },
    join(folder, 'croft.toml'),
  );
  const log = createLogger(config.logLevel);
  mkdirSync(config.runtimeDir, { recursive: true });
  const file = (name: string) => ({ path: join(config.dataDir, name), durability: 'relaxed' as const, log });
  const db = openDatabase({ ...file('croft.db'), schema: mainSchema });
  const metricsDb = openDatabase({ ...file('metrics.db'), schema: metricsSchema });
  const store = createMemoryStore({ node });
  const driver = createFakeDriver();
  // It stands in for `dir`, so that the storage `local` made on first start is one in memory.
  const plugin = createMemoryPlugin({ type: 'dir', capacityBytes: 64 * 1024 ** 4 });
  const guests = demoGuests(options.guests, node, { allRunning: options.allRunning ?? false });
  const firstContainer = 100 + options.guests;
  const containers = demoContainers(options.containers ?? 0, node, firstContainer);
  keepDisksIn(plugin, store, driver);
  const ctDriver = new FakeCtDriver({ rootFolder: makeRootFolder(folder) });
  for (const each of [driver, ctDriver])
    each.disturb = (action, vmid) => troubleOf(nameOf(store, vmid), action);
  const situations = options.situations ? demoSituations(node, firstContainer + containers.length) : [];
  await seedGuests([...guests, ...situations], store, plugin, driver);
  await seedGuests(containers, store, plugin, ctDriver);
  await seedTemplate(plugin);
  await seedUser(store);
  const ui = existsSync(built);
  const daemon = await startDaemon({
    ...{ config, log, exec, db, metricsDb, store, driver },
    containers: fakeContainers(ctDriver),
    // Its storages are no files.
    cloudInitImage: async () => true,
    archives: createFakeArchives(),
    liveRestores: fakeLiveRestores,
    runBackupOrder: createFakeOrders(),
    backupTrees: fakeTrees,
    clock: systemClock,
    plugins: createPluginRegistry([plugin]),
    scans: fakeScans,
    accelerator: {
      cacheKey: async () => 'dev',
      detect: async () => ({ accelerator: 'kvm', reason: 'made up: nothing really runs here' }),
    },
    interfaces: async (type) =>
      [
        { iface: 'eno1', type: 'eth', active: 1, exists: 1, method: 'manual', method6: 'manual' },
        { iface: 'vmbr0', type: 'bridge', active: 1, method: 'static', cidr: '10.10.10.1/24' },
      ].filter((item) => type === undefined || item.type === type || type === `any_${item.type}`),
    host: createFakeNodeHost({ openTerminal: () => openFakeTerminal(`Node ${node}`) }),
    bridgeExists: () => true,
    fileExists: () => true,
    filtersVlans: () => true,
    bringUpNetwork: async () => [],
    power: refusePower,
    installer: undefined,
    machine: async () => ({ firmware: 'uefi', memoryBytes: 16 * 1024 ** 3, disks: [], nics: [] }),
    uiDir: ui ? built : undefined,
    onBoundary: undefined,
    checkReplies: options.checkReplies ?? true,
  });
  for (const { document, state } of [...guests, ...situations]) {
    if (state === 'paused') await driver.pause(document.vmid);
    if (state === 'suspended') driver.fallAsleep(document.vmid);
    if (state === 'crashed') driver.endGuest(document.vmid, 'crashed');
  }
  for (const { document, state } of containers) if (state === 'paused') await ctDriver.pause(document.vmid);
  // Behind the start: the daemon makes its own storage `local` only when there is none.
  if (options.situations) await seedOfflineStorage(store, plugin);
  if (options.tasks ?? true) {
    const client = new ApiClient(config.socket);
    await seedTasks(client, guests);
    await seedTasks(client, containers);
  }
  return {
    ...{ port: daemon.port, socket: config.socket, node, driver, firstContainer, ui },
    async stop() {
      await daemon.stop();
      db.close();
      metricsDb.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Containers that run nothing and contain nothing. */
function fakeContainers(driver: FakeCtDriver): ContainerNeeds {
  return {
    driver,
    giveRoot: async () => {},
    renderer: () => ({
      renderStart: (vmid, config) => ({
        ...{ vmid, name: String(config['hostname'] ?? vmid), lxcConfig: '', unprivileged: true },
        ...{ mounts: [], nics: [], devices: [], debug: false },
      }),
      renderChange: () => [],
    }),
    setup: fakeCtSetup,
    fileSystems: fakeCtFileSystems,
    facts: async () => ({
      nameservers: ['192.0.2.53'],
      searchDomain: undefined,
      privateNets: [],
      timezone: 'UTC',
    }),
    templates: {
      architecture: 'amd64',
      problem: async () => undefined,
      build: async (_context, _template, outputPath) => writeFileSync(outputPath, 'a template'),
    },
  };
}

/** One small root that all of them show, with a file or two to look at. */
function makeRootFolder(folder: string): string {
  const root = join(folder, 'root');
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(root, 'etc', 'hostname'), 'made-up\n');
  writeFileSync(join(root, 'etc', 'os-release'), 'PRETTY_NAME="Nothing runs here"\n');
  return root;
}

/** The name that a guest has at the moment: whoever is renamed behaves otherwise. */
function nameOf(store: ClusterStore, vmid: number): string {
  const { config } = (store.read(guestKey(vmid))?.value ?? {}) as Partial<DemoGuest['document']>;
  return String(config?.['name'] ?? config?.['hostname'] ?? '');
}

/** Snapshots of disks that a made-up VM has open are the storage's. */
function keepDisksIn(plugin: MemoryPlugin, store: ClusterStore, driver: FakeDriver): void {
  driver.onDiskSnapshots = async (vmid, action, keys, snapshot) => {
    for (const { key, volume } of usedDisksOf(findGuest(store, vmid)?.running ?? {})) {
      const at = splitVolumeId(volume);
      if (!at || !keys.includes(key)) continue;
      const storage = plugin.open(at.storage, {});
      if (action === 'take') await storage.snapshot(quietContext(), at.name, snapshot);
      else await storage.removeSnapshot(quietContext(), at.name, snapshot);
    }
  };
}

async function seedOfflineStorage(store: ClusterStore, plugin: MemoryPlugin): Promise<void> {
  await store.write(`storages/${offlineStorage}`, {
    ...{ type: 'dir', path: '/mnt/offline', content: 'images,iso' },
  });
  plugin.faults(offlineStorage).error = new AppError(
    'unavailable',
    'mount.nfs: Connection timed out (192.0.2.40:/export/vm)',
  );
}

/** A file that the fakes take for a container template. */
async function seedTemplate(plugin: MemoryPlugin): Promise<void> {
  const storage = plugin.open('local', {});
  const { id } = await storage.beginImport(quietContext(), 'vztmpl', devTemplate, {});
  await storage.writeImport(quietContext(), id, Readable.from(['a template']), {});
  await storage.commitImport(quietContext(), id, false);
}

async function seedGuests(
  guests: readonly DemoGuest[],
  store: ClusterStore,
  plugin: MemoryPlugin,
  driver: FakeDriver,
): Promise<void> {
  const storage = plugin.open('local', {});
  const context = quietContext();
  for (const { document, disks } of guests) {
    await store.write(guestKey(document.vmid), document);
    for (const disk of disks) {
      const { name } = await storage.createDisk(context, { vmid: document.vmid, ...disk });
      for (const snapshot of Object.keys(document.snapshots ?? {}))
        await storage.snapshot(context, name, snapshot);
    }
  }
  driver.populate(guests.filter(({ state }) => state !== 'stopped').map(({ document }) => document));
}

async function seedUser(store: ClusterStore): Promise<void> {
  const entry = { path: '/', type: 'user', ugid: devUser, roleid: 'Administrator', propagate: true };
  await store.batch([
    { key: userKey(devUser), value: { enable: true, expire: 0, groups: [], comment: 'Development' } },
    { key: passwordKey(devUser), value: { hash: await hashPassword(devPassword) } },
    { key: aclKey, value: { entries: [entry] } },
  ]);
}

/** Some tasks that ended well and one that did not. */
async function seedTasks(client: ApiClient, guests: readonly DemoGuest[]): Promise<void> {
  const ask = ({ kind, vmid }: DemoGuest['document'], action: string) =>
    client.call<string>('POST', `/nodes/${node}/${kind}/${vmid}/status/${action}`);
  const running = guests.find(({ state }) => state === 'running')?.document;
  const stopped = guests
    .filter(({ state, document }) => state === 'stopped' && document.config['template'] !== 1)
    .slice(0, 3);
  const begun: string[] = [];
  for (const { document } of stopped) begun.push(await ask(document, 'start'), await ask(document, 'stop'));
  if (running !== undefined) begun.push(await ask(running, 'start'));
  for (const upid of begun) {
    const status = () => client.call<{ status: string }>('GET', `/nodes/${node}/tasks/${upid}/status`);
    while ((await status()).status === 'running') await systemClock.sleep(5);
  }
}

async function main(): Promise<void> {
  const { env } = process;
  const server = await startDev({
    port: Number(env['CROFT_PORT'] ?? 8006),
    guests: Number(env['CROFT_DEV_GUESTS'] ?? 28 - situationCount),
    situations: env['CROFT_DEV_SITUATIONS'] !== '0',
    containers: Number(env['CROFT_DEV_CONTAINERS'] ?? 12),
    allRunning: env['CROFT_DEV_ALL_RUNNING'] === '1',
    checkReplies: env['CROFT_DEV_CHECK_REPLIES'] !== '0',
    tasks: env['CROFT_DEV_TASKS'] !== '0',
  });
  const { port, ui } = server;
  const withHotReload = env['CROFT_DEV_UI'] !== '0';
  const lines = [
    '',
    `  Croft on fakes:  https://localhost:${port}   user ${devUser}   password ${devPassword}`,
    ui ? '  The web UI there is the one in dist/ui.' : '  Only the API is there: nothing is in dist/ui.',
    ...(withHotReload ? ['  The web UI that follows its sources comes below.'] : []),
    '  Ctrl-C ends it, and everything in it is gone.',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  process.send?.({ ready: true, port, socket: server.socket });
  const devUi = withHotReload ? startDevUi(port) : undefined;

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    devUi?.stop();
    await server.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    const { message, detail } = asAppError(error);
    process.stderr.write(`croft: ${message}\n${detail === undefined ? '' : `${detail}\n`}`);
    process.exit(1);
  }
}
