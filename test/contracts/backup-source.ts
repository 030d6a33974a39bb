// What every VM driver must do when a running guest is backed up: called by the tests of each, the fake's included.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AppError } from '../../server/core/errors.ts';
import { quietContext } from '../../server/core/work-context.ts';
import type { BackupWish } from '../../server/guests/vm/backup-types.ts';
import type { VmDriver } from '../../server/guests/vm/vm-driver.ts';

export type BackupDriver = Pick<
  VmDriver,
  'open' | 'close' | 'stop' | 'observe' | 'pause' | 'resume' | 'beginBackup' | 'endBackup' | 'watchBackup'
>;

export interface BackupSourceSubject {
  /** Not opened yet. */
  readonly driver: BackupDriver;
  /** Starts a guest that has the wish's disks, unless it runs. */
  start(vmid: number): Promise<void>;
  wish(vmid: number): Promise<BackupWish>;
  /** What is left of a backup on the host, in words; empty when nothing is. */
  leftovers(vmid: number): Promise<string[]>;
  /** After the driver is closed. */
  close(): Promise<void>;
}

const context = quietContext();

/** Declares the suite; `make` is called once. */
export function describeBackupSource(
  name: string,
  make: () => Promise<BackupSourceSubject>,
  vmid = 700,
): void {
  describe(`${name} shows running guests to backups`, () => {
    let subject: BackupSourceSubject;
    let driver: BackupDriver;
    let wish: BackupWish;

    beforeAll(async () => {
      subject = await make();
      driver = subject.driver;
      await driver.open();
    }, 60_000);
    afterAll(async () => {
      await driver.endBackup(context, vmid);
      await driver.stop(context, vmid);
      await driver.close();
      await subject.close();
    }, 60_000);
    beforeEach(async () => {
      await driver.endBackup(context, vmid);
      await subject.start(vmid);
      wish = await subject.wish(vmid);
    }, 60_000);

    const stateNow = async () => (await driver.observe()).find((guest) => guest.vmid === vmid)?.state;

    it('names an export for each disk, and a file for each copy', async () => {
      const view = await driver.beginBackup(context, vmid, wish);
      expect(view.socket).toMatch(/^\//);
      expect(view.disks.map(({ key }) => key)).toEqual(wish.disks);
      expect(new Set(view.disks.map(({ exportName }) => exportName)).size).toBe(wish.disks.length);
      for (const { sizeBytes } of view.disks) expect(sizeBytes).toBeGreaterThan(0);
      expect(view.copies.map(({ key }) => key)).toEqual((wish.copies ?? []).map(({ key }) => key));
      expect(await stateNow()).toBe('running');
    });

    it('copies what is no drive also of a guest without drives', async () => {
      const view = await driver.beginBackup(context, vmid, { ...wish, disks: [] });
      expect(view.disks).toEqual([]);
      expect(view.copies.map(({ key }) => key)).toEqual((wish.copies ?? []).map(({ key }) => key));
      await expect(driver.beginBackup(context, vmid, wish)).rejects.toMatchObject({ code: 'busy' });
      await driver.endBackup(context, vmid);
      expect(await subject.leftovers(vmid)).toEqual([]);
      const nothing = { ...wish, disks: [], copies: [] };
      await expect(driver.beginBackup(context, vmid, nothing)).rejects.toMatchObject({ code: 'internal' });
    });

    it('ends it as often as one likes, without a trace, and begins anew', async () => {
      for (let round = 0; round < 2; round += 1) {
        await driver.beginBackup(context, vmid, wish);
        await driver.endBackup(context, vmid);
        await driver.endBackup(context, vmid);
        expect(await subject.leftovers(vmid)).toEqual([]);
        expect(await stateNow()).toBe('running');
      }
      await driver.endBackup(context, vmid + 1);
    });

    it('has one backup of a guest at a time, and the second does no harm to the first', async () => {
      await driver.beginBackup(context, vmid, wish);
      await expect(driver.beginBackup(context, vmid, wish)).rejects.toMatchObject({ code: 'busy' });
      const problems: AppError[] = [];
      driver.watchBackup(vmid, (problem) => problems.push(problem));
      await driver.endBackup(context, vmid);
      expect(problems).toEqual([]);
    });

    it('is of a guest that stands, too, which stands on', async () => {
      await driver.pause(vmid);
      await driver.beginBackup(context, vmid, wish);
      await driver.endBackup(context, vmid);
      expect(await stateNow()).toBe('paused');
      await driver.resume(vmid);
    });

    it('does not find a guest that does not run, and leaves nothing', async () => {
      await expect(driver.beginBackup(context, vmid + 1, wish)).rejects.toMatchObject({ code: 'not-found' });
      expect(await subject.leftovers(vmid + 1)).toEqual([]);
    });

    it('does nothing for one who cancelled before', async () => {
      const cancelled = quietContext(AbortSignal.abort());
      await expect(driver.beginBackup(cancelled, vmid, wish)).rejects.toMatchObject({ code: 'cancelled' });
      expect(await subject.leftovers(vmid)).toEqual([]);
    });

    it('tells once when the guest ends, also to those who listen later, and to nobody who left', async () => {
      await driver.beginBackup(context, vmid, wish);
      const told: [who: string, problem: AppError][] = [];
      const listen = (who: string) => driver.watchBackup(vmid, (problem) => told.push([who, problem]));
      listen('early');
      listen('left')();
      await driver.stop(context, vmid);
      await expect.poll(() => told.length).toBe(1);
      expect(told[0]).toEqual(['early', expect.objectContaining({ code: 'wrong-state' })]);
      listen('late');
      await expect.poll(() => told.length).toBe(2);
      expect(told[1]![0]).toBe('late');
      await driver.endBackup(context, vmid);
      expect(await subject.leftovers(vmid)).toEqual([]);
    });
  });
}
