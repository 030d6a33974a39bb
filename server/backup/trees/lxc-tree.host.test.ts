// Real containers: their files made to stand still in each way, packed and unpacked by a real worker, compared; what a kill leaves is taken away.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createBtrfsPlugin } from '../../../storage-plugins/btrfs/btrfs-plugin.ts';
import { createDirPlugin } from '../../../storage-plugins/dir/dir-plugin.ts';
import type { Storage } from '../../../storage-plugins/plugin.ts';
import { createMemoryStore } from '../../cluster/memory/memory-store.ts';
import { systemClock } from '../../core/clock.ts';
import { exec } from '../../core/exec.ts';
import { createLogger } from '../../core/log.ts';
import { quietContext, type WorkContext } from '../../core/work-context.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { type GuestDocument, guestKey } from '../../guests/config/guest-document.ts';
import type { CtStorages } from '../../guests/ct/ct-storages.ts';
import {
  type LxcWorld,
  makeLxcWorld,
  plan as mountPlan,
  whyNoLxc,
} from '../../guests/ct/driver/lxc-driver-fixture.ts';
import { createGuestStates } from '../../guests/guest-states.ts';
import { startBackupWorker } from '../worker/backup-worker.ts';
import type { WorkerOrder } from '../worker/worker-orders.ts';
import { copyFolder } from './copy-tree.ts';
import type { TarSource } from './tar-orders.ts';
import { beginTree, endTree, type TreeWorkParts } from './tree.ts';
import { planTree, type TreeMode, type TreePlan, treeTexts } from './tree-plan.ts';
import { beginTarget, endTarget } from './tree-target.ts';
import { type Found, readTree, whyNoTrees } from './trees-fixture.ts';

const obstacle =
  whyNoLxc() ??
  whyNoTrees() ??
  (existsSync('/usr/bin/btrfs') || existsSync('/bin/btrfs') ? undefined : 'btrfs is missing');
if (obstacle) console.warn(`trees of real containers: skipped, ${obstacle}`);
const vmid = 7741;
const copyId = 7742;
const context = quietContext();

describe.skipIf(obstacle !== undefined)('real containers', () => {
  let world: LxcWorld;
  let folder: string;
  const storages = new Map<string, { storage: Storage; capabilities: readonly never[] }>();
  let parts: TreeWorkParts;
  let root = '';
  let data = '';
  let log: string[] = [];
  const logged: WorkContext = { ...context, log: (line) => log.push(line) };

  beforeAll(async () => {
    world = await makeLxcWorld('trees');
    await world.driver.open();
    folder = mkdtempSync(join(tmpdir(), 'croft-ct-trees-'));
    mkdirSync(join(folder, 'btrfs'));
    execFileSync('truncate', ['-s', '600M', join(folder, 'btrfs.img')]);
    execFileSync('mkfs.btrfs', ['-q', join(folder, 'btrfs.img')]);
    execFileSync('mount', ['-o', 'loop', join(folder, 'btrfs.img'), join(folder, 'btrfs')]);
    for (const [id, plugin] of [
      ['local', createDirPlugin(exec)],
      ['pool', createBtrfsPlugin(exec)],
    ] as const) {
      const storage = plugin.open(id, { path: join(folder, id === 'pool' ? 'btrfs' : 'local') });
      await storage.activate(context);
      storages.set(id, { storage, capabilities: plugin.declaration.capabilities as readonly never[] });
    }
    const states = createGuestStates(world.driver, createLogger('silent'));
    await states.open();
    parts = {
      ...{
        exec,
        clock: systemClock,
        store: createMemoryStore({ node: 'pve1' }),
        states,
        driver: world.driver,
      },
      storages: {
        storage: (id: string) => storages.get(id)?.storage,
        capabilities: (id: string) => storages.get(id)?.capabilities,
      } as unknown as CtStorages,
    };
  }, 120_000);
  afterAll(async () => {
    await world.close();
    execFileSync('umount', [join(folder, 'btrfs')]);
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    await world.driver.stop(context, vmid);
    expect(leftovers()).toEqual([]);
    for (const { storage } of storages.values())
      for (const { name } of await storage.list(context, { contents: ['rootdir', 'images'] })) {
        if (name.endsWith('.subvol')) expect(await storage.listSnapshots(context, name)).toEqual([]);
        await storage.detach(context, name);
        await storage.remove(context, name);
      }
    log = [];
  });

  /** Mounts at the places of a backup, its copies, processes. */
  const leftovers = () => [
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter((point) => point.startsWith(`${world.base}/`) && /\/\d{10,}\//.test(point)),
    ...readdirSync(folder).filter((name) => name.startsWith('croft-backup-ct-')),
    ...execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => !line.startsWith('Z') && /croft-unpack|\.\/etc\/vzdump|\/from\/ \/to\//.test(line)),
  ];
  const storageOf = (volume: string) => {
    const [id = '', name = ''] = volume.split(':');
    return { storage: storages.get(id)?.storage as Storage, name };
  };
  const attached = (volume: string) => {
    const { storage, name } = storageOf(volume);
    return storage.attach(context, name);
  };

  /** A container with a root and a mount point, some files in both, its document in the store. */
  async function make(id: string, format: 'subvol' | 'raw', running: boolean): Promise<VmConfig> {
    const storage = storages.get(id)?.storage as Storage;
    const disk = async (size: number) => {
      const { name } = await storage.createDisk(context, { vmid, format, sizeBytes: size * 1024 ** 2 });
      const volume = `${id}:${name}`;
      const at = await attached(volume);
      if (format === 'raw' && 'path' in at)
        execFileSync('mkfs.ext4', ['-q', '-F', '-E', 'root_owner=100000:100000', at.path]);
      return volume;
    };
    root = await disk(100);
    data = await disk(50);
    await withWritable(root, (path) => {
      execFileSync('sh', ['-c', `cp -a ${world.folder}/template/. ${path}/`]);
      execFileSync('mkdir', ['-p', join(path, 'srv/data'), join(path, 'var/tmp')]);
      // Never over what is there: busybox' names are links, and to absolute paths.
      const fresh = (name: string, text: string) => writeFileSync(join(path, name), text, { flag: 'wx' });
      fresh('bin/becomes-root', 'x');
      fresh('etc/marker', 'before');
      fresh('var/tmp/gone', 'gone');
      execFileSync('sh', ['-c', 'seq 300 | split -l 1 -a 3 - etc/f; ln etc/faaa etc/hard; mkfifo etc/pipe'], {
        cwd: path,
      });
      fresh('etc/holes', 'x');
      truncateSync(join(path, 'etc/holes'), 50e6);
      execFileSync('chown', ['-R', '-h', '100000:100000', path]);
      execFileSync('setfacl', ['-m', 'u:100007:rw', join(path, 'etc/marker')]);
      chmodSync(join(path, 'bin/becomes-root'), 0o4755);
    });
    await withWritable(data, (path) => {
      writeFileSync(join(path, 'row'), 'row 0');
      execFileSync('chown', ['-R', '100000:100000', path]);
      execFileSync('chown', ['101000:101000', join(path, 'row')]);
    });
    const config: VmConfig = {
      ...{ hostname: 'ct', ostype: 'unmanaged', arch: 'amd64', memory: 64, swap: 0, unprivileged: 1 },
      rootfs: `${root},size=100M`,
      mp0: `${data},mp=/srv/data,size=50M,backup=1`,
      mp1: '/srv/host,mp=/mnt/host',
    };
    const document: GuestDocument = {
      kind: 'lxc',
      vmid,
      node: 'pve1',
      config,
      createdAt: 1,
      ...(running ? { running: config } : {}),
    };
    await parts.store.write(guestKey(vmid), document);
    if (running)
      await world.run(vmid, {
        root: await attached(root),
        mounts: [mountPlan('mp0', '/srv/data', await attached(data))],
      });
    await parts.states.refresh();
    return config;
  }

  async function withWritable(volume: string, work: (path: string) => void): Promise<void> {
    const place = 1_000_000_000 + vmid;
    const path = await world.driver.mount(
      context,
      place,
      [mountPlan('rootfs', '/', await attached(volume))],
      true,
    );
    work(path);
    await world.driver.unmount(place);
    await world.driver.undefine(place);
  }

  const planned = async (mode: TreeMode) =>
    (await planTree(parts, logged, vmid, { mode, scratch: folder, exclude: [], standardExcludes: true }))
      .plan;
  const host = { entry: fileURLToPath(new URL('../worker/worker-main.ts', import.meta.url)), runtimeDir: '' };
  const work = <Order extends WorkerOrder>(order: Order) =>
    startBackupWorker(order, { host: { ...host, runtimeDir: folder }, onLog: (line) => log.push(line) }).done;

  /** Packs by a worker, looks at the list, unpacks into new volumes, and answers what is in those. */
  async function roundTrip(source: TarSource, format: 'subvol' | 'raw'): Promise<Found> {
    const archive = { path: join(folder, 'pending'), name: `vzdump-lxc-${vmid}-2026_06_01-02_30_00.tar.zst` };
    writeFileSync(archive.path, '');
    const written = await work({ kind: 'write-tar', archive, tree: source });
    const list = execFileSync('sh', ['-c', `zstd -dc < ${archive.path} | tar -tf -`], {
      encoding: 'utf8',
    }).split('\n');
    expect(list.slice(0, 2)).toEqual(['./etc/vzdump/pct.conf', './']);
    expect(list).toEqual(expect.arrayContaining(['./etc/marker', './srv/data/', './srv/data/row']));
    expect(list).not.toContain('./var/tmp/gone');
    expect(await work({ kind: 'check', archive, ours: true })).toMatchObject({
      trailer: 'whole',
      processedBytes: expect.any(Number),
    });
    expect(await work({ kind: 'describe-tar', archive })).toMatchObject({
      texts: treeTexts('arch: amd64\n'),
    });
    expect(written.archiveBytes).toBeGreaterThan(1000);
    const storage = storages.get('local')?.storage as Storage;
    const volumes: { key: string; volume: string; target: string }[] = [];
    for (const [key, target] of [
      ['rootfs', '/'],
      ['mp0', '/srv/data'],
    ] as const) {
      const { name } = await storage.createDisk(context, {
        vmid: copyId,
        format,
        sizeBytes: 100 * 1024 ** 2,
      });
      const at = await attached(`local:${name}`);
      if (format === 'raw' && 'path' in at) execFileSync('mkfs.ext4', ['-q', '-F', at.path]);
      volumes.push({ key, target, volume: `local:${name}` });
    }
    const target = { vmid: copyId, unprivileged: true, volumes, mostBytes: 200 * 1024 ** 2 };
    try {
      const into = await beginTarget(parts, logged, target);
      await work({ kind: 'restore-tar', archive, into });
      return treesOf(into.parts.map(({ path }) => path));
    } finally {
      await endTarget(parts, logged, target);
      await endTarget(parts, logged, target);
    }
  }

  function treesOf(paths: readonly string[]): Found {
    const found: Found = {};
    for (const [index, path] of paths.entries())
      for (const [name, facts] of Object.entries(readTree(path, 100_000)))
        if (
          !/^(lost\+found|var\/tmp\/gone)|attributes of (lost|\.$)/.test(name) &&
          !['', 'var/tmp', 'srv/data'].includes(name)
        )
          found[`${index}/${name}`] = facts;
    return found;
  }

  const ways: [string, 'local' | 'pool', 'subvol' | 'raw', boolean, TreeMode, TreePlan['way']][] = [
    ['stopped, layers', 'local', 'subvol', false, 'snapshot', 'stopped'],
    ['stopped, an image', 'local', 'raw', false, 'stop', 'stopped'],
    ['running, layers', 'local', 'subvol', true, 'snapshot', 'copy'],
    ['running, an image', 'local', 'raw', true, 'suspend', 'copy'],
    ['running, btrfs', 'pool', 'subvol', true, 'snapshot', 'snapshot'],
    ['running, btrfs, to be stopped', 'pool', 'subvol', true, 'stop', 'snapshot'],
  ];
  test.each(ways)(
    '%s: everything comes back as of one moment',
    { timeout: 600_000 },
    async (_what, id, format, running, mode, way) => {
      await make(id, format, running);
      const plan = await planned(mode);
      expect(plan.way).toBe(way);
      if (running && mode === 'stop') {
        await world.driver.stop(context, vmid);
        await parts.states.refresh();
      } else if (running) {
        await world.sh(
          vmid,
          'echo running > /etc/marker; chmod 640 /etc/fbbb; mkdir /tmp/x; echo t > /tmp/x/y',
        );
      }
      const source = await beginTree(parts, logged, plan, treeTexts('arch: amd64\n'));
      try {
        // It runs again, or still, and what it does now is not in the backup.
        if (running && mode !== 'stop') {
          expect(
            await world.sh(
              vmid,
              'echo after > /etc/marker; echo after > /srv/data/row; rm /etc/faaa; cat /etc/marker',
            ),
          ).toBe('after');
          expect(log.join('\n')).toMatch(/frozen for \d/);
        }
        const before = treesOf(source.parts.map(({ path }) => path));
        const back = await roundTrip(source, format);
        for (const name of ['0/tmp/x', '0/tmp/x/y', '0/tmp']) {
          delete before[name];
          delete back[name];
        }
        expect(back).toEqual(before);
        expect(Object.keys(back).length).toBeGreaterThan(300);
        expect(back['0/etc/hard']).toMatch(/ 2 /);
      } finally {
        await endTree(parts, logged, plan);
      }
      await endTree(parts, logged, plan);
      expect(leftovers()).toEqual([]);
    },
  );

  test('a copy holds what the container was doing up to the moment when it was frozen', async () => {
    await make('local', 'subvol', true);
    await world.sh(
      vmid,
      '(i=0; while :; do i=$((i+1)); for f in /etc/marker /srv/data/row; do echo $i > $f.new; mv $f.new $f; done; done) >/dev/null 2>&1 &',
    );
    const plan = await planned('suspend');
    const source = await beginTree(parts, logged, plan, []);
    const [rootPart, dataPart] = source.parts;
    const marker = Number(readFileSync(join(rootPart?.path ?? '', 'etc/marker'), 'utf8'));
    const row = Number(readFileSync(join(dataPart?.path ?? '', 'row'), 'utf8'));
    expect([0, 1]).toContain(marker - row);
    expect(marker).toBeGreaterThan(1);
    await endTree(parts, logged, plan);
    expect(existsSync(copyFolder(plan))).toBe(false);
  });

  test('what a killed process left is taken away by the plan alone, from any moment', async () => {
    await make('pool', 'subvol', true);
    for (const mode of ['snapshot', 'suspend'] as const) {
      const plan = JSON.parse(JSON.stringify(await planned(mode))) as TreePlan;
      await beginTree(parts, logged, plan, []);
      // As if it had been killed while the container was frozen, and all was there already.
      await world.driver.pause(vmid);
      await endTree(parts, logged, plan);
      expect(leftovers()).toEqual([]);
      await parts.states.refresh();
      expect(parts.states.stateOf(vmid)).toBe('running');
      // One that never began, and one that begins over the remains of another.
      await endTree(parts, logged, plan);
      await beginTree(parts, logged, plan, []);
      await beginTree(parts, logged, plan, []);
      await endTree(parts, logged, plan);
    }
  });

  test('a full scratch folder: no space, the container goes on, nothing is left', async () => {
    await make('pool', 'subvol', true);
    const small = join(folder, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'croft-small', small]);
    try {
      const { plan } = await planTree(parts, logged, vmid, {
        mode: 'suspend',
        scratch: small,
        exclude: [],
        standardExcludes: true,
      });
      await expect(beginTree(parts, logged, plan, [])).rejects.toMatchObject({ code: 'no-capacity' });
      expect(readdirSync(small)).toEqual([]);
      expect(await world.sh(vmid, 'echo alive')).toBe('alive');
    } finally {
      execFileSync('umount', [small]);
    }
  });

  test('a plan for a stopped one is refused when it runs again', async () => {
    await make('local', 'subvol', false);
    const plan = await planned('stop');
    await world.run(vmid, {
      root: await attached(root),
      mounts: [mountPlan('mp0', '/srv/data', await attached(data))],
    });
    await expect(beginTree(parts, logged, plan, [])).rejects.toMatchObject({ code: 'wrong-state' });
    expect(await world.sh(vmid, 'echo alive')).toBe('alive');
  });
});
