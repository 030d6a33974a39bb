// Power cuts at random moments of an installation and of updates: what is left boots whole, or does not pretend to.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { ApplianceStatus } from '../../server/contract/appliance.ts';
import { imageFiles } from '../../server/core/appliance-layout.ts';
import { gibibyte } from '../../server/core/units.ts';
import { labAnswers, makeAnswerMedium } from './answer-medium.ts';
import {
  applianceOf,
  bootWithinMs,
  sendUpdate,
  switchSlot,
  untilAppliance,
  waitUntilBack,
} from './appliance-steps.ts';
import { installOnto } from './base.ts';
import { isoMachine } from './boot-kinds.ts';
import { useMachine, withLab } from './fixture.ts';
import { findIso, type IsoImage } from './iso-image.ts';
import { makeDisk, makeOverlay, workFolder } from './lab-cache.ts';
import { Machine } from './machine.ts';
import { defaultMac, type MachineSpec } from './machine-spec.ts';
import { builtUpdate, type LabUpdate, originalUpdate } from './make-update.ts';
import { type LabNode, nodeOf } from './node.ts';
import { labSeed, seededRandom, spreadMoments } from './seeded-random.ts';

const minute = 60_000;
/** Of installations and of updates together. */
const cuts = Number(process.env['CROFT_LAB_CUTS'] ?? 10);
const installCuts = Math.ceil(cuts / 2);
const seed = labSeed();
/** A firmware gives up on a disk, or GRUB shows its menu, within seconds. */
const firmwareWithinMs = minute;

it('leaves no half installed system that boots', { timeout: (20 + 4 * installCuts) * minute }, async () => {
  say(`seed ${seed}`);
  const iso = await findIso();
  const work = workFolder('power-cut');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    const begun = await begunInstallation(iso, work);
    const lengthMs = await useMachine(begun.restore('whole'), async (machine) => {
      const started = Date.now();
      await machine.serial.waitFor(/autoinstall: done/, 15 * minute);
      return Date.now() - started;
    });
    say(`an installation takes ${(lengthMs / 1000).toFixed(1)} s`);
    let last = '';
    for (const [index, at] of spreadMoments(seededRandom(seed), installCuts, lengthMs).entries()) {
      const name = `cut${index + 1}`;
      await useMachine(begun.restore(name), async (machine) => {
        await delay(at);
        const lines = machine.serial.transcript().match(/autoinstall: .*/g);
        await machine.cut();
        say(`cut ${(at / 1000).toFixed(1)} s after its begin: ${lines?.at(-1) ?? 'autoinstall: installing'}`);
      });
      last = begun.diskOf(name);
      say(`  ${await whatBoots(last, work)}`);
    }
    await installOnto(iso, last, work);
    expect(await whatBoots(last, work)).toBe('Croft');
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
});

interface BegunInstallation {
  /** Starts one more machine that is just about to install, on a disk of this name. */
  restore(name: string): () => Promise<Machine>;
  diskOf(name: string): string;
}

/** A live system at the moment when it begins to install, saved: each cut then takes seconds, not a boot. */
async function begunInstallation(iso: IsoImage, work: string): Promise<BegunInstallation> {
  const state = join(work, 'begun.state');
  const empty = await makeDisk(join(work, 'begun.qcow2'), 32 * gibibyte);
  const answers = await makeAnswerMedium(
    join(work, 'answers.img'),
    await labAnswers({ nic: defaultMac(0), after: 'none' }),
  );
  const specOn = (disk: string): Promise<MachineSpec> =>
    isoMachine(
      'direct',
      iso,
      {
        name: 'install',
        words: 'croft.answer=auto',
        disks: [
          { path: disk, format: 'qcow2' },
          { path: answers, format: 'raw', readonly: true, bus: 'usb', serial: 'lab-answers' },
        ],
      },
      work,
    );
  await useMachine(
    async () => (await Machine.create(await specOn(empty))).start(),
    async (machine) => {
      await machine.serial.waitFor(/autoinstall: installing/, 8 * minute);
      await machine.saveState(state);
      await machine.cut();
    },
  );
  const diskOf = (name: string) => join(work, `${name}.qcow2`);
  return {
    diskOf,
    restore: (name) => async () => {
      const disk = await makeOverlay(diskOf(name), empty, 'qcow2');
      const machine = await Machine.create(await specOn(disk));
      try {
        return await machine.start({ restoreFrom: state });
      } catch (error) {
        await machine.dispose();
        throw error;
      }
    },
  };
}

/**
 * Boots the disk alone. Once our menu shows up, nothing less than a daemon that answers will do; without it there must be
 * no trace of Croft. The firmware tells what it found on its debug port (SeaBIOS, Debugging).
 */
async function whatBoots(
  disk: string,
  work: string,
): Promise<'Croft' | 'nothing' | 'a boot sector and no menu'> {
  const log = join(work, 'firmware.log');
  rmSync(log, { force: true });
  const spec: MachineSpec = {
    name: 'cut',
    disks: [{ path: disk, format: 'qcow2', bootIndex: 0 }],
    extraArgs: [
      '-chardev',
      `file,id=firmware,path=${log}`,
      '-device',
      'isa-debugcon,iobase=0x402,chardev=firmware',
    ],
  };
  return await useMachine(
    async () => (await Machine.create(spec)).start(),
    async (machine) => {
      const until = Date.now() + firmwareWithinMs;
      const firmware = () => (existsSync(log) ? readFileSync(log, 'latin1') : '');
      const ours = () => /Starting Croft|Croft \d|No Croft image/.test(machine.serial.transcript());
      while (!ours()) {
        if (/No bootable device/.test(firmware())) return 'nothing';
        if (Date.now() > until) {
          if (machine.serial.transcript().trim() !== '') break;
          // Also what a partitioned disk without a loader looks like: its protective MBR is all zeros but signed.
          expect(firmware()).toMatch(/Booting from Hard Disk/);
          return 'a boot sector and no menu';
        }
        await delay(250);
      }
      const { api, ssh } = nodeOf(machine, 0);
      await api.waitUntilUp(bootWithinMs, () => machine.running);
      const name = await api.node();
      expect(await api.call('GET', `/nodes/${name}/appliance`)).toMatchObject({
        mode: 'installed',
        slot: 'A',
        warnings: [],
      });
      await ssh.close();
      return 'Croft';
    },
  );
}

const updateCuts = cuts - installCuts;

it('keeps a slot that boots, whenever an update is cut', {
  timeout: (20 + 6 * updateCuts) * minute,
}, async () => {
  say(`seed ${seed}`);
  const iso = await findIso();
  const updates = [await originalUpdate(iso), await builtUpdate(iso, 'next')];
  const other = (version: string) => updates.find((update) => update.version !== version)!;
  await withLab(1, async ([node]) => {
    const { machine, ssh } = node!;
    const lengthMs = await updateToReset(node!, other((await applianceOf(node!)).version));
    await settled(node!);
    say(`an update takes ${(lengthMs / 1000).toFixed(1)} s to the reset`);
    // And into the trial's boot.
    for (const at of spreadMoments(seededRandom(seed), updateCuts, lengthMs + minute / 4)) {
      const before = await applianceOf(node!);
      const update = other(before.version);
      await ssh.close();
      const ended = updateToReset(node!, update).catch(String);
      await delay(at);
      const seen = await limited(applianceOf(node!), 5_000);
      await machine.cut();
      await ended;
      await machine.start();
      await waitUntilBack(node!);
      const after = await settled(node!);
      const tried = after.last?.to === update.version ? after.last.outcome : 'not written';
      say(
        `cut after ${(at / 1000).toFixed(1)} s (${seen?.last?.outcome ?? 'no answer'}): ${tried}, slot ${after.slot}`,
      );
    }
    // It takes an update as ever, into whichever slot.
    await sendUpdate(node!, other((await applianceOf(node!)).version));
    await settled(node!);
  });
});

/** Sends, writes and tries an update; answers after how many milliseconds the machine reset into its trial. */
async function updateToReset(node: LabNode, update: LabUpdate): Promise<number> {
  const started = Date.now();
  await sendUpdate(node, update);
  await switchSlot(node);
  return Date.now() - started;
}

/**
 * Waits until what was cut has come to its end, a trial too, and looks for what must not be left: half a slot, a partition
 * that is open for writing, a task that runs or keeps its lock, a warning.
 */
async function settled(node: LabNode): Promise<ApplianceStatus> {
  await waitUntilBack(node);
  const decided = ({ trial, last, slots }: ApplianceStatus) =>
    trial === 0 &&
    // Written, and not tried yet: that is whole too.
    (last?.outcome !== 'pending' ||
      slots.some(({ running, version }) => running === 0 && version === last.to));
  const status = await untilAppliance(node, 'settled', decided, 10 * minute);
  expect(status.warnings).toEqual([]);
  expect(status.slots.find(({ name }) => name === status.slot)).toMatchObject({ running: 1, default: 1 });
  const { stdout } = await node.ssh.script(`
    cd /run/croft-boot/system
    findmnt --noheadings --output FS-OPTIONS --target . | cut -d , -f 1
    for slot in */; do
      [ "$slot" = lost+found/ ] || echo "$slot" $(ls "$slot")
    done`);
  const [mode, ...folders] = stdout.trim().split('\n');
  expect(mode).toBe('ro');
  const whole = [...imageFiles].sort().join(' ');
  expect(folders).toEqual(
    status.slots.flatMap(({ name, version }) => (version ? [`${name}/ ${whole}`] : [])),
  );
  const tasks = await node.api.call<{ type: string; status?: string }[]>('GET', `/nodes/${node.name}/tasks`, {
    source: 'active',
  });
  const running = tasks.filter(({ type, status: ended }) => type.startsWith('image') && ended === undefined);
  expect(running).toEqual([]);
  return status;
}

function limited<T>(promise: Promise<T>, withinMs: number): Promise<T | undefined> {
  const late = delay(withinMs, undefined, { ref: false });
  return Promise.race([promise.catch(() => undefined), late]);
}

function say(line: string): void {
  process.stderr.write(`lab power cut: ${line}\n`);
}
