// Backups of running VMs on a real libvirtd and QEMU (emulated): what is seen of guests that write, and the room it takes.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeBackupSource } from '../../../test/contracts/backup-source.ts';
import { whyNoLibvirtd } from '../../../test/host/libvirtd.ts';
import { randomBytes } from '../../backup/nbd/nbd-fixture.ts';
import { exec } from '../../core/exec.ts';
import type { BackupWish } from './backup-types.ts';
import {
  type BackupWorld,
  backupPrefix,
  countsOn,
  firmwareVariables,
  mebibyte,
  openBackupWorld,
  openExport,
  readExport,
  run,
  secondDisk,
  smallBytes,
  startWritingGuest,
  type WritingGuest,
} from './backups-fixture.ts';
import { domainName } from './domain-name.ts';
import { firmwareLink, letFirmwareDeviceGo, openFirmwareDevice } from './firmware-device.ts';

const obstacle = await whyNoLibvirtd();
if (obstacle) console.warn(`backups of VMs: skipped, ${obstacle}`);

describe.skipIf(obstacle !== undefined)('on a private libvirtd', () => {
  let world: BackupWorld;
  beforeAll(async () => {
    world = await openBackupWorld();
  }, 60_000);
  afterAll(async () => {
    await world?.close();
  }, 60_000);

  describeBackupSource('the libvirt driver', async () => {
    const driver = world.makeDriver();
    return {
      ...{ driver, wish: world.wishFor, leftovers: world.leftovers },
      start: (vmid) => world.start(driver, vmid),
      close: async () => {},
    };
  });

  describe('a guest that writes', () => {
    const vmid = 800;
    let guest: WritingGuest;
    let wish: BackupWish;
    const begin = (changes: Partial<BackupWish> = {}) =>
      guest.driver.beginBackup(world.context, vmid, { ...wish, ...changes });
    const end = () => guest.driver.endBackup(world.context, vmid);
    const assertClean = async () => expect(await world.leftovers(vmid)).toEqual([]);

    beforeEach(async () => {
      guest = await startWritingGuest(world, vmid);
      wish = await world.wishFor(vmid);
    }, 60_000);
    afterEach(() => guest.close(), 60_000);

    it('is seen as of one moment, however long it is read', async () => {
      const before = guest.last();
      const view = await begin();
      const after = guest.last();
      const first = await readExport(view);
      await guest.counted(after + 10);
      expect((await readExport(view)).equals(first)).toBe(true);
      const seen = countsOn(first);
      expect(seen).toBeGreaterThanOrEqual(before);
      // What is on the disk is told on the line a moment later.
      expect(seen).toBeLessThanOrEqual(after + 3);
      expect((await readExport(view, 'virtio1')).equals(secondDisk)).toBe(true);
      const [copy] = view.copies;
      expect(copy).toMatchObject({ key: 'efidisk0', sizeBytes: firmwareVariables.length });
      expect((await readFile(copy!.path)).equals(firmwareVariables)).toBe(true);
      expect(world.logged.at(-1)).toMatch(/^its file systems are not frozen: /);
      await end();
      expect(world.logged.at(-1)).toMatch(/^what the guest overwrote meanwhile took [1-9]/);
      await assertClean();
      await guest.counted(guest.last() + 3);
      await guest.assertNothingLost();
      expect(guest.problems).toEqual([]);
    });

    it('goes on when the room is full, as soon as the backup has ended', async () => {
      const view = await begin({ scratch: { folder: world.small, keepFreeBytes: 0 }, copies: [] });
      const nbd = await openExport(view);
      await expect.poll(() => guest.problems.length, { timeout: 30_000 }).toBe(1);
      expect(guest.problems[0]).toMatchObject({ code: 'no-capacity' });
      // Nobody heeds it: the guest runs into it.
      await expect.poll(guest.halted, { timeout: 30_000 }).toBe('io-error');
      const stood = guest.last();
      await delay(1000);
      expect(guest.last()).toBeLessThanOrEqual(stood + 1);
      await nbd.close();
      await end();
      expect(await guest.halted()).toBeUndefined();
      await assertClean();
      await guest.counted(stood + 10);
      await guest.assertNothingLost();
    });

    it.each([
      ['the file system', { keepFreeBytes: mebibyte }],
      ['one disk', { keepFreeBytes: 0, maxBytes: mebibyte }],
    ])('is not held up when the backup is given up in time, for want of room of %s', async (_of, limits) => {
      const states: unknown[] = [];
      const unwatch = guest.driver.watch(({ state }) => states.push(state));
      await begin({ copies: [], scratch: { folder: world.small, ...limits } });
      const ended = Promise.withResolvers<void>();
      guest.driver.watchBackup(vmid, () => end().then(ended.resolve, ended.reject));
      await ended.promise;
      expect(guest.problems[0]).toMatchObject({ code: 'no-capacity' });
      await assertClean();
      await guest.counted(guest.last() + 5);
      unwatch();
      expect(states).toEqual([]);
      await guest.assertNothingLost();
    });

    it('keeps a backup from beginning: no room, no such drive, a volume that cannot be copied', async () => {
      const tooSmall = { folder: world.small, keepFreeBytes: 2 * smallBytes };
      await expect(begin({ scratch: tooSmall })).rejects.toMatchObject({ code: 'no-capacity' });
      await expect(begin({ disks: ['virtio0', 'scsi7'] })).rejects.toMatchObject({ code: 'not-found' });
      const from = { kind: 'file', path: `${world.directory}/none.raw`, format: 'raw' } as const;
      // Found when the disks are shown already.
      const begun = begin({ copies: [{ key: 'tpmstate0', from }] });
      await expect(begun).rejects.toMatchObject({ code: 'unavailable' });
      await assertClean();
      await begin();
    });

    it('has no backup while a disk of it is being moved, nor is one moved during a backup', async () => {
      const path = world.imagePath(vmid, 'moved');
      await writeFile(path, Buffer.alloc(mebibyte));
      const mirror = { disk: 'vdb', to: { kind: 'file', path, format: 'raw' }, bytesPerSecond: 0 } as const;
      await guest.driver.mirrorDisk(world.context, vmid, mirror);
      await expect(begin()).rejects.toMatchObject({ code: 'wrong-state' });
      await guest.driver.endMirror(vmid, 'vdb');
      await begin();
      const moved = guest.driver.mirrorDisk(world.context, vmid, mirror);
      await expect(moved).rejects.toMatchObject({ name: 'AppError' });
      await end();
    });

    it('has its firmware variables in the backup also where they are the beginning of a device', async () => {
      const volume = world.imagePath(vmid, 'device');
      await writeFile(volume, randomBytes(4 * mebibyte, 11));
      const path = (await run('losetup', ['--find', '--show', volume])).stdout.trim();
      const sizeBytes = firmwareVariables.length;
      const link = firmwareLink(domainName(backupPrefix, vmid));
      try {
        await openFirmwareDevice(exec, { path, sizeBytes, link });
        const from = { kind: 'block', path } as const;
        const view = await begin({ copies: ['efidisk0', 'tpmstate0'].map((key) => ({ key, from })) });
        expect(view.copies.map((copy) => copy.sizeBytes)).toEqual([sizeBytes, 4 * mebibyte]);
        const [efi, tpm] = await Promise.all(view.copies.map((copy) => readFile(copy.path)));
        expect(tpm!.equals(randomBytes(4 * mebibyte, 11))).toBe(true);
        expect(efi!.equals(tpm!.subarray(0, sizeBytes))).toBe(true);
        await end();
      } finally {
        await letFirmwareDeviceGo(exec, path);
        await rm(link, { force: true });
        await run('losetup', ['--detach', path]);
      }
    });
  });
});
