// A small configuration on fakes, with everything that is backed up of it. For tests only.
import { Readable } from 'node:stream';
import { makeConfigArchiveName } from '../../../storage-plugins/backup-names/config-name.ts';
import { createMemoryPlugin } from '../../../storage-plugins/memory/memory-plugin.ts';
import type { OptionDeclaration } from '../../../storage-plugins/plugin.ts';
import { createPluginRegistry } from '../../../storage-plugins/registry.ts';
import type { Faults } from '../../../test/contracts/faults.ts';
import type { ClusterStore, Json } from '../../cluster/cluster-store.ts';
import { createMemoryStore } from '../../cluster/memory/memory-store.ts';
import type { Clock } from '../../core/clock.ts';
import { quietContext } from '../../core/work-context.ts';
import { volumeUsers } from '../../guests/volume-users.ts';
import { createStorageService, type StorageService } from '../../storage/storage-service.ts';
import type { ConfigFile } from './config-content.ts';
import { HostConfig } from './host-config.ts';
import { restoreWorld, secretOptionsOf } from './restore-world.ts';

/** Monday, noon. */
export const noon = Date.parse('2026-11-23T12:00:00Z');
/** What nobody may ever read in a backup that was made without a passphrase. */
export const secretWords = [
  'tiger-of-guest',
  'tiger-of-storage',
  'tiger-of-user',
  'tiger-of-factor',
  'tiger-of-hook',
];

export interface ConfigWorld {
  readonly store: ClusterStore;
  readonly storages: StorageService;
  readonly config: HostConfig;
  /** The node's files, by name. */
  readonly files: Map<string, string>;
  readonly clock: { nowMs: number };
  /** Makes a backup without a task; answers its volume id. */
  backUp(): Promise<string>;
  /** All bytes of a volume. */
  bytesOf(volid: string): Promise<Buffer>;
  put(key: string, value: Json): Promise<void>;
  value(key: string): Json | undefined;
  close(): void;
}

const password: OptionDeclaration = {
  ...{ name: 'password', type: 'secret', fixed: false, required: false, description: 'of the server' },
};
const broken = {
  store: ['write', 'delete', 'batch'],
  storage: ['beginImport', 'writeImport', 'commitImport', 'discardImport', 'list', 'remove', 'exportStream'],
} as const;

/** `faults`: may hit what `config` calls of store and storages. */
export async function configWorld(faults?: Faults): Promise<ConfigWorld> {
  const store = createMemoryStore({ node: 'pve1' });
  const nowMs = { nowMs: noon };
  const clock = { now: () => nowMs.nowMs, sleep: async () => {} } as Clock;
  const memory = createMemoryPlugin();
  const { declaration } = memory;
  const plugins = createPluginRegistry([
    { ...memory, declaration: { ...declaration, options: [...declaration.options, password] } },
  ]);
  const users = volumeUsers(store);
  const log = { info() {}, warn() {}, error() {}, debug() {} };
  const storages = createStorageService({
    ...{ store, plugins, node: 'pve1', log: log as never },
    referencedBy: users.ofVolume,
  });
  await storages.create('nas', 'memory', { content: 'backup' });
  await storages.create('vault', 'memory', { content: 'iso', password: 'tiger-of-storage' });
  await storages.create('disks', 'memory', { content: 'images' });
  const disk = { vmid: 100, format: 'raw', sizeBytes: 1024 ** 2, name: 'vm-100-disk-0' } as const;
  const { name } = await storages.storage('disks').createDisk(quietContext(), disk);
  const files = new Map([
    ['/etc/hosts', '127.0.0.1 localhost\n'],
    ['/etc/network/interfaces', 'iface vmbr0 inet static\n'],
  ]);
  const world: Omit<ConfigWorld, 'config' | 'backUp' | 'bytesOf' | 'close'> = {
    ...{ store, storages, files, clock: nowMs },
    async put(key, value) {
      await store.write(key, value);
    },
    value: (key) => store.read(key)?.value,
  };
  await seed(world.put, `disks:${name}`);
  const configFiles: ConfigFile[] = [
    {
      name: '/etc/hosts',
      read: async () => files.get('/etc/hosts') ?? '',
      write: async (text) => void files.set('/etc/hosts', text),
    },
    {
      name: '/etc/network/interfaces',
      read: async () => files.get('/etc/network/interfaces') ?? '',
      refused: 'only on the console',
    },
  ];
  const wrapped: StorageService = {
    ...storages,
    storage: (id) => {
      const real = storages.storage(id);
      return faults ? faults.wrap(real, [...broken.storage]) : real;
    },
  };
  const config = new HostConfig({
    ...{
      node: 'pve1',
      store: faults ? faults.wrap(store, [...broken.store]) : store,
      storages: wrapped,
      clock,
      log,
      version: '1.0',
      files: configFiles,
    },
    secretOptions: secretOptionsOf(plugins),
    world: restoreWorld({ store, storages, plugins, users, files: configFiles }),
  });
  const bytesOf = async (volid: string) => {
    const at = volid.indexOf(':');
    const source: Readable = await storages
      .storage(volid.slice(0, at))
      .exportStream(quietContext(), volid.slice(at + 1));
    return Buffer.concat((await source.toArray()) as Buffer[]);
  };
  return {
    ...world,
    ...{ config, bytesOf },
    async backUp() {
      const { bytes, digest } = await config.archive(quietContext());
      const volid = await putOnNas(storages, bytes, nowMs.nowMs);
      await config.setTarget('nas', { volid, digest });
      return volid;
    },
    close: () => storages.close(),
  };
}

async function putOnNas(storages: StorageService, bytes: Buffer, atMs: number): Promise<string> {
  const nas = storages.storage('nas');
  const { id } = await nas.beginImport(quietContext(), 'backup', makeConfigArchiveName('pve1', atMs), {});
  await nas.writeImport(quietContext(), id, Readable.from([bytes]), {});
  return `nas:${(await nas.commitImport(quietContext(), id, true)).name}`;
}

async function seed(put: ConfigWorld['put'], disk: string): Promise<void> {
  await put('guests/100', {
    ...{ kind: 'qemu', vmid: 100, node: 'pve1', createdAt: 1 },
    config: { name: 'web', memory: '2048', scsi0: `${disk},size=1M`, cipassword: 'tiger-of-guest' },
    running: { name: 'web', memory: '2048', scsi0: `${disk},size=1M` },
  });
  await put('guests/101', {
    ...{ kind: 'lxc', vmid: 101, node: 'pve1', createdAt: 1 },
    config: { hostname: 'mail', memory: 512, rootfs: 'disks:101/vm-101-disk-0.raw,size=1G' },
  });
  await put('backup-jobs/nightly', {
    options: { schedule: '02:00', enabled: true, all: true, storage: 'nas' },
    since: 5,
  });
  await put('users/anna@pve', { enable: true, expire: 0, groups: ['admins'], comment: 'Anna' });
  await put('passwords/anna@pve', { hash: 'tiger-of-user' });
  await put('two-factor/anna@pve', {
    totp: [
      { id: 'a', description: '', created: 1, enable: true, key: { secret: 'tiger-of-factor' }, lastStep: 7 },
    ],
    ...{ totpFailures: 0, totpLocked: false, failures: 0, lockedUntil: 0 },
  });
  await put('tokens/anna@pve!ci', { expire: 0, privsep: true, hash: 'a'.repeat(64) });
  await put('groups/admins', { comment: 'who may' });
  await put('roles/Starter', { privs: ['VM.PowerMgmt'] });
  await put('access/acl', {
    entries: [{ path: '/vms/100', type: 'group', ugid: 'admins', roleid: 'Starter', propagate: true }],
  });
  await put('access/pools', { pools: [{ id: 'office', vms: [100, 101], storage: [] }] });
  await put('options/datacenter', { keyboard: 'de', http_proxy: 'http://me:tiger-of-hook@proxy:3128' });
  await put('nodes/pve1', { description: 'the node' });
  await put('backup-runs/pve1:nightly', { handledUntil: 1 });
}
