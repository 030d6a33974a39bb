// The fake driver: the contract, and what only a fake can do.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeBackupSource } from '../../../test/contracts/backup-source.ts';
import { describeGuestDriver } from '../../../test/contracts/guest-driver.ts';
import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { GuestObservation } from '../guest-driver.ts';
import { createFakeDriver, type FakeDriver } from './fake-driver.ts';

describeGuestDriver('the fake driver', async () => {
  const driver = createFakeDriver();
  return {
    driver,
    spec: (vmid) => ({ vmid }),
    brokenSpec: (vmid) => {
      driver.failNext('start', new AppError('command-failed', 'told to fail'));
      return { vmid };
    },
    leftovers: async (vmid) => (driver.specOf(vmid) ? ['the guest'] : []),
    consoles: ['graphic', 'serial'],
    restartBackend: async () => {
      driver.disconnect();
      driver.reconnect();
    },
    close: async () => {},
  };
});

describeBackupSource('the fake driver', async () => {
  const driver = createFakeDriver();
  return {
    driver,
    start: async (vmid) => driver.populate([{ vmid }]),
    wish: async () => ({
      disks: ['scsi0', 'virtio1'],
      copies: [{ key: 'efidisk0', from: { kind: 'file', path: '/efi.raw', format: 'raw' } }],
      scratch: { folder: '/nowhere' },
      freeze: true,
    }),
    leftovers: async (vmid) => (driver.backupOf(vmid) ? ['the backup'] : []),
    close: async () => {},
  };
});

describe('the fake driver', () => {
  const context = quietContext();
  let now = 0;
  let driver: FakeDriver;
  beforeEach(async () => {
    driver = createFakeDriver({ clock: { now: () => now, sleep: async () => {} } });
    await driver.open();
  });
  afterEach(() => driver.close());

  it('holds 5,000 guests', async () => {
    driver.populate(Array.from({ length: 5000 }, (_, i) => ({ vmid: 100 + i })));
    expect(await driver.observe()).toHaveLength(5000);
    expect(new Set((await driver.stats()).map((stats) => stats.vmid)).size).toBe(5000);
  });

  it('gives the same counters for the same time, and growing ones', async () => {
    driver.populate([{ vmid: 100 }, { vmid: 101 }]);
    now = 60_000;
    const first = await driver.stats();
    expect(await driver.stats()).toEqual(first);
    expect(first[0]?.netInBytes).not.toBe(first[1]?.netInBytes);
    let last = 0;
    for (now = 61_000; now < 400_000; now += 1000) {
      const cpu = (await driver.stats())[0]?.cpuTimeNs ?? 0;
      expect(cpu).toBeGreaterThan(last);
      last = cpu;
    }
    now = 0;
  });

  it('fails once on demand', async () => {
    driver.failNext('observe', new AppError('timeout', 'told to fail'));
    await expect(driver.observe()).rejects.toMatchObject({ code: 'timeout' });
    expect(await driver.observe()).toEqual([]);
  });

  it('is unavailable while disconnected, and its guests run on', async () => {
    driver.populate([{ vmid: 100 }]);
    driver.disconnect();
    await expect(driver.start(context, { vmid: 101 })).rejects.toMatchObject({ code: 'unavailable' });
    driver.reconnect();
    expect(await driver.observe()).toHaveLength(1);
  });

  it('obeys a request to shut down a moment later', async () => {
    const told: GuestObservation[] = [];
    driver.watch((observation) => told.push(observation));
    await driver.start(context, { vmid: 100 });
    await driver.requestShutdown(100);
    expect(await driver.observe()).toHaveLength(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(told.at(-1)).toEqual({ vmid: 100, state: 'stopped', reason: 'shutdown' });
  });

  it('echoes on the serial console and greets as VNC on the graphic one', async () => {
    driver.populate([{ vmid: 100 }]);
    const serial = connect((await driver.console(100, 'serial')).unixPath);
    serial.write('hello');
    expect(String((await once(serial, 'data'))[0])).toBe('hello');
    const screen = connect((await driver.console(100, 'graphic')).unixPath);
    expect(String((await once(screen, 'data'))[0])).toMatch(/^RFB /);
    serial.destroy();
    screen.destroy();
  });

  it('tells what needs a restart', async () => {
    const picky = createFakeDriver({ needsRestart: (change) => change.key === 'cpu' });
    await picky.open();
    picky.populate([{ vmid: 100 }]);
    expect(await picky.hotPlug(context, 100, [{ key: 'cpu' }, { key: 'net0' }])).toEqual(['cpu']);
  });

  it('lets a test show the disks of a backup, hide them, and end it', async () => {
    driver.populate([{ vmid: 100 }]);
    const wish = { disks: ['scsi0'], scratch: { folder: '/nowhere' }, freeze: false };
    const hidden: number[] = [];
    driver.showBackup = async () => Promise.reject(new AppError('no-capacity', 'told to fail'));
    driver.hideBackup = async (vmid) => void hidden.push(vmid);
    await expect(driver.beginBackup(context, 100, wish)).rejects.toMatchObject({ code: 'no-capacity' });
    expect(driver.backupOf(100)).toBeUndefined();
    driver.showBackup = async () => ({
      socket: '/shown',
      disks: [{ key: 'scsi0', exportName: 'x', sizeBytes: 7 }],
      copies: [],
    });
    expect(await driver.beginBackup(context, 100, wish)).toMatchObject({ socket: '/shown' });
    expect(driver.backupOf(100)).toBe(wish);
    const told: string[] = [];
    driver.watchBackup(100, ({ message }) => told.push(message));
    for (const text of ['first', 'second']) driver.failBackup(100, new AppError('no-capacity', text));
    expect(told).toEqual(['first']);
    await driver.endBackup(context, 100);
    await driver.endBackup(context, 100);
    expect(hidden).toEqual([100]);
  });
});
