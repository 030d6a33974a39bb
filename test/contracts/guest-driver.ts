// What every guest driver must do, whatever it runs guests with: called by the tests of each, the fake's included.
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import type {
  ConsoleKind,
  GuestDriver,
  GuestObservation,
  ObservedGuest,
} from '../../server/guests/guest-driver.ts';

export interface GuestDriverSubject<Spec, Change> {
  /** Not opened yet. */
  readonly driver: GuestDriver<Spec, Change>;
  spec(vmid: number): Spec;
  /** A spec whose start fails. For drivers that fail on demand this may arrange it. */
  brokenSpec(vmid: number): Spec;
  /** What is left of a guest on the host, in words; empty when nothing is. */
  leftovers(vmid: number): Promise<string[]>;
  readonly consoles: readonly ConsoleKind[];
  /** False: guests of this kind cannot be reset, and the driver says so. */
  readonly resets?: boolean;
  /** Ends the service below the driver the hard way, and starts it again. */
  restartBackend?(): Promise<void>;
  /** After the driver is closed. */
  close(): Promise<void>;
}

const context = quietContext();

/** Declares the suite; `make` is called once, guests from `firstVmid` on are used. */
export function describeGuestDriver<Spec, Change>(
  name: string,
  make: () => Promise<GuestDriverSubject<Spec, Change>>,
  firstVmid = 100,
): void {
  describe(`${name} keeps the guest driver contract`, () => {
    let subject: GuestDriverSubject<Spec, Change>;
    let driver: GuestDriver<Spec, Change>;
    let nextVmid = firstVmid;
    const seen: GuestObservation[] = [];

    beforeAll(async () => {
      subject = await make();
      driver = subject.driver;
      await driver.open();
      driver.watch((observation) => seen.push(observation));
    }, 60_000);

    afterAll(async () => {
      for (const { vmid } of await driver.observe().catch(() => [])) await driver.stop(context, vmid);
      await driver.close();
      await subject.close();
    }, 60_000);

    const find = async (vmid: number): Promise<ObservedGuest | undefined> =>
      (await driver.observe()).find((guest) => guest.vmid === vmid);

    /** Waits for an event; the time it takes is not the contract's matter. */
    const eventually = async (vmid: number, wanted: Partial<GuestObservation>): Promise<void> => {
      const fits = (o: GuestObservation) =>
        o.vmid === vmid && Object.entries(wanted).every(([k, v]) => o[k as keyof GuestObservation] === v);
      for (let i = 0; i < 200 && !seen.some(fits); i++) await delay(25);
      const told = seen.filter((o) => o.vmid === vmid);
      expect(told).toContainEqual(expect.objectContaining(wanted));
    };

    const started = async (): Promise<number> => {
      nextVmid += 1;
      await driver.start(context, subject.spec(nextVmid));
      return nextVmid;
    };

    it('starts a guest, tells it, and shows it running', async () => {
      const before = Date.now();
      const vmid = await started();
      await eventually(vmid, { state: 'running', reason: 'started' });
      const guest = await find(vmid);
      expect(guest).toMatchObject({
        state: 'running',
        pid: expect.any(Number),
        accelerated: expect.any(Boolean),
      });
      // The kernel counts process starts in hundredths from a boot time in whole seconds.
      expect(guest?.startedAt).toBeGreaterThan(before - 3000);
      expect(guest?.startedAt).toBeLessThan(Date.now() + 3000);
      await driver.stop(context, vmid);
    });

    it('leaves a running guest alone when it is started again', async () => {
      const vmid = await started();
      const first = await find(vmid);
      await driver.start(context, subject.spec(vmid));
      expect(await find(vmid)).toEqual(first);
      await driver.stop(context, vmid);
    });

    it('starts once when asked twice at the same time', async () => {
      nextVmid += 1;
      const vmid = nextVmid;
      await Promise.all([
        driver.start(context, subject.spec(vmid)),
        driver.start(context, subject.spec(vmid)),
      ]);
      expect((await driver.observe()).filter((guest) => guest.vmid === vmid)).toHaveLength(1);
      await driver.stop(context, vmid);
    });

    it('leaves nothing of a guest whose start failed', async () => {
      nextVmid += 1;
      const vmid = nextVmid;
      await expect(driver.start(context, subject.brokenSpec(vmid))).rejects.toMatchObject({
        name: 'AppError',
      });
      expect(await find(vmid)).toBeUndefined();
      expect(await subject.leftovers(vmid)).toEqual([]);
      await driver.start(context, subject.spec(vmid));
      expect((await find(vmid))?.state).toBe('running');
      await driver.stop(context, vmid);
    });

    it('starts nothing when the work is cancelled already', async () => {
      nextVmid += 1;
      const cancelled = quietContext(AbortSignal.abort());
      await expect(driver.start(cancelled, subject.spec(nextVmid))).rejects.toMatchObject({
        code: 'cancelled',
      });
      expect(await find(nextVmid)).toBeUndefined();
      expect(await subject.leftovers(nextVmid)).toEqual([]);
    });

    it('stops a guest, tells it, and stopping again is no error', async () => {
      const vmid = await started();
      await driver.stop(context, vmid);
      await eventually(vmid, { state: 'stopped', reason: 'destroyed' });
      expect(await find(vmid)).toBeUndefined();
      await driver.stop(context, vmid);
      await driver.stop(context, nextVmid + 500);
    });

    it('pauses and resumes', async () => {
      const vmid = await started();
      await driver.pause(vmid);
      await eventually(vmid, { state: 'paused', reason: 'paused' });
      expect((await find(vmid))?.state).toBe('paused');
      await driver.resume(vmid);
      await eventually(vmid, { state: 'running', reason: 'resumed' });
      expect((await find(vmid))?.state).toBe('running');
      await expect(driver.resume(vmid)).rejects.toMatchObject({ code: 'wrong-state' });
      await driver.stop(context, vmid);
    });

    it('resets without a new process, where guests of its kind can be reset', async () => {
      const vmid = await started();
      const first = await find(vmid);
      if (subject.resets === false) {
        await expect(driver.reset(vmid)).rejects.toMatchObject({ code: 'unsupported' });
        expect((await find(vmid))?.pid).toBe(first?.pid);
        return driver.stop(context, vmid);
      }
      await driver.reset(vmid);
      await eventually(vmid, { state: 'running', reason: 'reset' });
      expect((await find(vmid))?.pid).toBe(first?.pid);
      await driver.stop(context, vmid);
    });

    it('asks a guest to shut down and to reboot', async () => {
      const vmid = await started();
      await driver.requestReboot(vmid);
      await driver.requestShutdown(vmid);
      await driver.stop(context, vmid);
    });

    it('tells no more to a listener that was taken away', async () => {
      const told: GuestObservation[] = [];
      const end = driver.watch((observation) => told.push(observation));
      end();
      const vmid = await started();
      await eventually(vmid, { reason: 'started' });
      expect(told).toEqual([]);
      await driver.stop(context, vmid);
    });

    it('counts for every running guest, and the counters never fall', async () => {
      const vmids = [await started(), await started()];
      const first = (await driver.stats()).filter((stats) => vmids.includes(stats.vmid));
      expect(first.map((stats) => stats.vmid).sort()).toEqual([...vmids].sort());
      await delay(100);
      const second = await driver.stats();
      for (const before of first) {
        const after = second.find((stats) => stats.vmid === before.vmid);
        expect(after?.cpuTimeNs).toBeGreaterThanOrEqual(before.cpuTimeNs);
        expect(after?.cpus).toBeGreaterThan(0);
      }
      for (const vmid of vmids) await driver.stop(context, vmid);
    });

    it('shows consoles as local sockets of running guests only', async () => {
      const vmid = await started();
      for (const kind of subject.consoles) {
        const { unixPath } = await driver.console(vmid, kind);
        expect(existsSync(unixPath)).toBe(true);
      }
      await driver.stop(context, vmid);
      for (const kind of subject.consoles) {
        await expect(driver.console(vmid, kind)).rejects.toMatchObject({ code: 'not-found' });
      }
    });

    it('does not find a guest that is not there', async () => {
      const absent = nextVmid + 700;
      const calls = [
        () => driver.pause(absent),
        () => driver.resume(absent),
        () => driver.reset(absent),
        () => driver.requestShutdown(absent),
        () => driver.requestReboot(absent),
        () => driver.hotPlug(context, absent, []),
        () => driver.console(absent, 'serial'),
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'not-found' });
    });

    it('removes what it keeps of a stopped guest, repeatably, and of no running one', async () => {
      const vmid = await started();
      await expect(driver.undefine(vmid)).rejects.toMatchObject({ code: 'wrong-state' });
      await driver.stop(context, vmid);
      await driver.undefine(vmid);
      await driver.undefine(vmid);
      expect(await subject.leftovers(vmid)).toEqual([]);
    });

    it('finds its guests again when the service below it was killed', async ({ skip }) => {
      if (!subject.restartBackend) skip('this driver has no service below it');
      const vmid = await started();
      const first = await find(vmid);
      await subject.restartBackend?.();
      await eventually(vmid, { state: 'running', reason: 'reconnected' });
      expect((await find(vmid))?.pid).toBe(first?.pid);
      await driver.pause(vmid);
      await eventually(vmid, { state: 'paused', reason: 'paused' });
      await driver.stop(context, vmid);
    });
  });
}
