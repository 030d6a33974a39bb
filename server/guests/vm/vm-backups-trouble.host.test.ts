// Backups of running VMs on a real libvirtd and QEMU (emulated), when something ends that should not: libvirtd, the daemon, the
// guest, or its reader.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { whyNoLibvirtd } from '../../../test/host/libvirtd.ts';
import { quietContext } from '../../core/work-context.ts';
import type { BackupWish } from './backup-types.ts';
import {
  type BackupWorld,
  backupPrefix,
  countsOn,
  openBackupWorld,
  openExport,
  readExport,
  startWritingGuest,
  type WritingGuest,
} from './backups-fixture.ts';
import { domainName } from './domain-name.ts';

const obstacle = await whyNoLibvirtd();
if (obstacle) console.warn(`backups of VMs in trouble: skipped, ${obstacle}`);
/** As a guest powers itself off: the PM1a control register, where SeaBIOS puts it (i440FX). */
const powerOff = 'o /h 0x604 0x2000';

describe.skipIf(obstacle !== undefined)('a backup of a guest that writes', () => {
  const vmid = 810;
  let world: BackupWorld;
  let guest: WritingGuest;
  let wish: BackupWish;
  const begin = () => guest.driver.beginBackup(world.context, vmid, wish);
  const end = () => guest.driver.endBackup(world.context, vmid);
  const assertClean = async () => expect(await world.leftovers(vmid)).toEqual([]);
  const eventuallyClean = () => expect.poll(() => world.leftovers(vmid), { timeout: 45_000 }).toEqual([]);
  const told = async (withinMs: number) => {
    await expect.poll(() => guest.problems.length, { timeout: withinMs }).toBe(1);
    return guest.problems[0];
  };

  beforeAll(async () => {
    world = await openBackupWorld();
  }, 60_000);
  afterAll(async () => {
    await world?.close();
  }, 60_000);
  beforeEach(async () => {
    guest = await startWritingGuest(world, vmid);
    wish = await world.wishFor(vmid);
  }, 60_000);
  afterEach(() => guest.close(), 60_000);

  it('is read on while libvirtd is dead, and ended when it is back', async () => {
    const view = await begin();
    const first = await readExport(view);
    await world.libvirtd.kill();
    try {
      await guest.counted(guest.last() + 5);
      expect((await readExport(view)).equals(first)).toBe(true);
    } finally {
      await world.libvirtd.restart();
    }
    await delay(1000);
    expect((await readExport(view)).equals(first)).toBe(true);
    expect(guest.problems).toEqual([]);
    await end();
    await assertClean();
    await guest.counted(guest.last() + 3);
  });

  it('ends by itself when that was asked for while libvirtd was dead', async () => {
    await begin();
    await world.libvirtd.kill();
    try {
      await expect(end()).rejects.toMatchObject({ code: 'unavailable' });
    } finally {
      await world.libvirtd.restart();
    }
    await eventuallyClean();
    await guest.counted(guest.last() + 3);
    await begin();
  });

  it('is ended by the next life of the daemon, when the reader of the last has gone', async () => {
    const nbd = await openExport(await begin());
    await guest.driver.close();
    guest.driver = world.makeDriver();
    await guest.driver.open();
    await delay(300);
    expect(await world.leftovers(vmid)).not.toEqual([]);
    expect((await nbd.read(0, 512)).length).toBe(512);
    await nbd.close();
    await eventuallyClean();
    expect(countsOn(await readExport(await begin()))).toBeGreaterThan(0);
    await end();
  });

  it('that nobody ended is no obstacle to the first of the next life', async () => {
    await begin();
    await guest.driver.close();
    guest.driver = world.makeDriver();
    await guest.driver.open();
    expect(countsOn(await readExport(await begin()))).toBeGreaterThan(0);
    await end();
    await assertClean();
  });

  it('leaves nothing when the guest was killed while the daemon was away', async () => {
    await begin();
    await guest.driver.close();
    const pidFile = join(world.libvirtd.stateDir, 'qemu', `${domainName(backupPrefix, vmid)}.pid`);
    process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL');
    guest.driver = world.makeDriver();
    await guest.driver.open();
    await eventuallyClean();
  });

  it('tells that the guest was stopped with a reader connected, and leaves nothing', async () => {
    const nbd = await openExport(await begin());
    await guest.driver.stop(world.context, vmid);
    expect(await told(5000)).toMatchObject({ code: 'wrong-state' });
    expect(await nbd.closed).toMatchObject({ code: 'unavailable' });
    await end();
    await assertClean();
    await world.start(guest.driver, vmid);
    await begin();
  });

  it('tells that the guest powered itself off, so that a reader that hangs does not keep it from that', async () => {
    const reader = await guest.startHangingReader(await begin());
    // Not answered before QEMU goes on.
    const asked = guest.driver.monitorCommand(vmid, powerOff).catch(() => {});
    expect(await told(10_000)).toMatchObject({ code: 'wrong-state' });
    reader.kill('SIGKILL');
    await end();
    await assertClean();
    await asked;
    await expect.poll(() => guest.driver.observe(), { timeout: 10_000 }).toEqual([]);
  });

  it('outlives a reboot that libvirt makes of a power-off', async () => {
    const view = await begin();
    const first = await readExport(view);
    await guest.driver.requestReboot(vmid);
    const before = guest.last();
    await guest.driver.monitorCommand(vmid, powerOff);
    await expect.poll(guest.last, { timeout: 30_000 }).toBeLessThan(before);
    await delay(4000);
    expect(guest.problems).toEqual([]);
    expect((await readExport(view)).equals(first)).toBe(true);
    await end();
  });

  it('is not ended before those who read have gone', async () => {
    const nbd = await openExport(await begin());
    let ended = false;
    // Also for one who was cancelled: that is when it is ended.
    const ending = guest.driver.endBackup(quietContext(AbortSignal.abort()), vmid).then(() => {
      ended = true;
    });
    await delay(500);
    expect(ended).toBe(false);
    expect((await nbd.read(0, 512)).length).toBe(512);
    await nbd.close();
    await ending;
    await assertClean();
  });

  it('is no harm to the guest beside a reader that hangs, until that one is killed', async () => {
    const reader = await guest.startHangingReader(await begin());
    await guest.counted(guest.last() + 5);
    await expect(end()).rejects.toMatchObject({ code: 'busy' });
    await guest.counted(guest.last() + 5);
    reader.kill('SIGKILL');
    await end();
    await assertClean();
    await guest.assertNothingLost();
  });

  it('lets the guest be stopped by force beside a reader that hangs', async () => {
    const reader = await guest.startHangingReader(await begin());
    await guest.driver.stop(world.context, vmid);
    expect(await told(5000)).toMatchObject({ code: 'wrong-state' });
    reader.kill('SIGKILL');
    await end();
    await assertClean();
  });
});
