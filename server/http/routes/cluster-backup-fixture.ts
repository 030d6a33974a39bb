// Routes of backup jobs over stores in memory: three guests, two storages, a pool; backups that only say that they began. For tests only.
import { type TestAccess, testAccess } from '../../access/access-fixture.ts';
import { assembleJobs } from '../../backup/jobs/assemble-jobs.ts';
import { type ManualClock, manualClock } from '../../backup/jobs/clock-fixture.ts';
import { createMemoryStore } from '../../cluster/memory/memory-store.ts';
import { AppError } from '../../core/errors.ts';
import { createLogger } from '../../core/log.ts';
import { accessRoutes } from './access.ts';
import { clusterBackupRoutes } from './cluster-backup.ts';
import { type Call, callRoutes } from './routes-fixture.ts';

/** Monday, noon. */
export const noon = Date.parse('2026-11-23T12:00:00Z');
/** A job that is made without complaint, and its path. */
export const base = { all: '1', storage: 'local', schedule: '02:00', id: 'nightly' };
export const path = '/cluster/backup/nightly';

export interface BackupWorld {
  readonly t: TestAccess;
  readonly call: Call;
  /** The answer's data; anything but 200 is an error. */
  ok(...args: Parameters<Call>): Promise<unknown>;
  readonly clock: ManualClock;
  readonly jobs: ReturnType<typeof assembleJobs>;
  /** Backups that were started; each ends at once, with a warning. */
  readonly started: { wishes: object; jobId: string }[];
  /** Restores that were tried: for which guests; each ends at once, failed. */
  readonly tested: (readonly number[])[];
  /** The stored jobs. */
  stored(): unknown[];
}

export async function backupWorld(): Promise<BackupWorld> {
  const t: TestAccess = testAccess(createMemoryStore());
  const { store } = t;
  const clock = manualClock(noon);
  const started: BackupWorld['started'] = [];
  const tested: (readonly number[])[] = [];
  const ends = new Map<string, object>();
  const guest = (vmid: number, kind: string, config: object, more = {}) =>
    store.write(`guests/${vmid}`, { kind, vmid, node: 'localhost', createdAt: 0, config, ...more } as never);
  await guest(100, 'qemu', {
    name: 'web',
    bios: 'ovmf',
    scsi0: 'local:100/vm-100-disk-0.qcow2,size=8G',
    scsi1: 'local:100/vm-100-disk-1.qcow2,backup=0,size=8G',
    ide2: 'local:iso/debian.iso,media=cdrom',
    ide3: 'local:100/vm-100-cloudinit.qcow2,media=cdrom',
    efidisk0: 'local:100/vm-100-disk-2.raw,size=528K',
    tpmstate0: 'local:100/vm-100-disk-3.raw,size=4M,version=v2.0',
    unused0: 'local:100/vm-100-disk-4.raw',
    tags: 'prod;web',
  });
  await guest(101, 'lxc', {
    hostname: 'mail',
    rootfs: 'local:101/vm-101-disk-0.subvol,size=4G',
    mp0: 'local:101/vm-101-disk-1.subvol,mp=/data,backup=1,size=4G',
    mp1: 'local:101/vm-101-disk-2.subvol,mp=/cache,size=4G',
    mp2: '/srv/share,mp=/share',
    tags: 'Prod',
  });
  await guest(102, 'qemu', { name: 'other' }, { node: 'pve2' });
  await store.write('storages/local', { type: 'dir', path: '/x', content: 'backup,images' });
  await store.write('storages/discs', { type: 'dir', path: '/y', content: 'iso' });
  await t.access.pools.create('office');
  const jobs = assembleJobs({
    ...{ store, clock, node: 'localhost', log: createLogger('silent'), zone: () => 'Europe/Athens' },
    storages: {
      configs: () =>
        store.list('storages').map(({ key, value, version }) => ({
          ...{ id: key.split('/')[1]!, type: 'dir', version, options: value as Record<string, never> },
        })),
    },
    pools: () => [...t.access.directory.pools.values()],
    runner: {
      wait: async (upid) => {
        const end = ends.get(upid);
        if (!end) throw new AppError('not-found', 'no such task');
        return end as never;
      },
    },
    async startTests(_options, guests) {
      if (guests.length === 0) return undefined;
      tested.push(guests.map(({ vmid }) => vmid));
      ends.set(`UPID:test-${tested.length}`, { state: 'failed', exitStatus: 'its screen stays empty' });
      return `UPID:test-${tested.length}`;
    },
    startBackup: async (wishes, jobId) => {
      started.push({ wishes, jobId });
      ends.set(`UPID:${started.length}`, { state: 'warnings', exitStatus: 'WARNINGS: 1' });
      return `UPID:${started.length}`;
    },
  });
  const call = callRoutes(t.access, [
    ...accessRoutes({ access: t.access }),
    ...clusterBackupRoutes(jobs.routes),
  ]);
  return {
    ...{ t, call, clock, jobs, started, tested },
    async ok(...args) {
      const answer = await call(...args);
      if (answer.status !== 200) throw new Error(JSON.stringify(answer));
      return answer.data;
    },
    stored: () => store.list('backup-jobs').map(({ value }) => value),
  };
}
