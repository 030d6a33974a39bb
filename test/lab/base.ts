// The base installation: the ISO installed unattended once, booted, and its running state saved, for nodes that are up in seconds.
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { gibibyte } from '../../server/core/units.ts';
import { labAnswers, makeAnswerMedium } from './answer-medium.ts';
import { isoMachine } from './boot-kinds.ts';
import { collectEvidence } from './evidence.ts';
import { type IsoImage, kernelWords } from './iso-image.ts';
import { baseFolder, madeOnce, makeDisk, makeOverlay } from './lab-cache.ts';
import { Machine } from './machine.ts';
import { defaultMac, type MachineSpec } from './machine-spec.ts';
import { type BaseInstallation, makeSpares, nodeOf, nodeSpec } from './node.ts';

/** Raised when what this file makes changes: older bases are then made anew. */
const version = 1;
const systemBytes = 32 * gibibyte;
const installWithinMs = 15 * 60_000;
const bootWithinMs = 8 * 60_000;
/** Nothing else is on it while the base is made. */
const baseSegment = 23_099;

export interface BaseOptions {
  /** `grub` (default): nodes boot as installed machines do, also into the other slot. `direct`: slot A's kernel, faster. */
  readonly boot?: 'grub' | 'direct';
  /** Told of each phase and how long it took. */
  readonly say?: (line: string) => void;
}

/** The base of this ISO, from the cache or made now, which takes some minutes. A failure keeps what was made before it. */
export async function prepareBase(iso: IsoImage, options: BaseOptions = {}): Promise<BaseInstallation> {
  const boot = options.boot ?? 'grub';
  const template = nodeSpec('base', ['system', 'spare1', 'spare2'], baseSegment);
  const key = createHash('sha256')
    .update(JSON.stringify([version, iso.sha256, template]))
    .digest('hex')
    .slice(0, 16);
  const installed = join(baseFolder(key), 'installed');
  const folder = join(baseFolder(key), boot);
  const base: BaseInstallation = {
    disk: join(folder, 'system.qcow2'),
    state: join(folder, 'state'),
    kernel: boot === 'direct' ? directKernel(iso) : undefined,
  };
  const phase = phases(options.say ?? (() => {}));
  await madeOnce(installed, async (work) => {
    await phase('installed', () => installForBase(iso, join(work, 'system.qcow2'), work));
  });
  await madeOnce(folder, async (work) => {
    const disk = await makeOverlay(join(work, 'system.qcow2'), join(installed, 'system.qcow2'), 'qcow2');
    await bootAndSave(disk, work, base.kernel, phase);
  });
  return base;
}

/** How an installation ended whose machine was reset from inside: by a panic of its kernel, say. The installer never does that. */
const resetFromInside = 'guest-reset';
/** What an emulator says that found itself in a state that cannot be, and ended. It happens in the first seconds of a machine. */
const emulatorFailed = /^qemu-system-x86_64: .*: Assertion `.*' failed\.$/m;

/**
 * A machine whose processors are emulated loses its way once in hundreds of boots (for one, threads of the emulator race with
 * code that the kernel patches: "int3" where there is none), or QEMU ends itself (`iotlb_to_section: Assertion`). A base gets
 * a second installation then, and what the first one said is in the output. The tests of the installer itself have no second try.
 */
async function installForBase(iso: IsoImage, path: string, work: string): Promise<void> {
  try {
    await installOnto(iso, await makeDisk(path, systemBytes), work);
  } catch (error) {
    if (!(error instanceof InstallationEnded)) throw error;
    if (error.how !== resetFromInside && !emulatorFailed.test(error.emulator)) throw error;
    process.stderr.write(`lab base: ${error.message}; once more\n`);
    rmSync(path);
    await installOnto(iso, await makeDisk(path, systemBytes), work);
  }
}

/** An installation whose machine did not power itself off; `how` in QEMU's word, or the installer's last line. */
class InstallationEnded extends Error {
  readonly how: string;
  /** What QEMU itself said. */
  readonly emulator: string;

  constructor(how: string, emulator: string) {
    super(`the installation did not end by powering off but by ${how}${emulator && ` (${emulator})`}`);
    this.how = how;
    this.emulator = emulator;
  }
}

/** Installs unattended onto the first disk, and waits until the machine powered itself off. Evidence is kept of a failure. */
export async function installOnto(iso: IsoImage, disk: string, work: string): Promise<void> {
  // The first card is the one with a way out; both have a link.
  const nic = defaultMac(0);
  const answers = await makeAnswerMedium(join(work, 'answers.img'), await labAnswers({ nic }));
  const spec = await isoMachine(
    'direct',
    iso,
    {
      name: 'install',
      words: 'croft.answer=auto',
      disks: [
        { path: disk, format: 'qcow2', cache: 'unsafe' },
        // A stick: the installer believes no fixed disk.
        { path: answers, format: 'raw', readonly: true, bus: 'usb', serial: 'lab-answers' },
      ],
      more: { exitOnReboot: true },
    },
    work,
  );
  const machine = await Machine.create(spec);
  try {
    await machine.start();
    // A failed installation says so, and leaves the machine up to be looked at. No waiting for its limit then.
    const failed = machine.serial.waitFor(/autoinstall: FAILED: .*/, installWithinMs).then(
      ([line]) => line,
      // Whether it ended well, or not in time, is the other one's to say.
      () => new Promise<never>(() => {}),
    );
    const ended = await Promise.race([machine.waitExit(installWithinMs), failed]);
    if (ended !== 'guest-shutdown') throw new InstallationEnded(ended, machine.qemuLog.trim());
  } catch (error) {
    await collectEvidence('base-install', [{ machine }]);
    throw error;
  } finally {
    await machine.dispose();
  }
}

type Phase = <T>(what: string, work: () => Promise<T>) => Promise<T>;

async function bootAndSave(
  disk: string,
  work: string,
  kernel: MachineSpec['kernel'],
  phase: Phase,
): Promise<void> {
  const spares = await makeSpares(work);
  const machine = await Machine.create(nodeSpec('base', [disk, ...spares], baseSegment, undefined, kernel));
  const node = nodeOf(machine, 0);
  const alive = () => machine.running;
  try {
    await machine.start();
    await phase('booted to ssh', () => node.ssh.waitUntilUp(bootWithinMs, alive));
    await phase('daemon answers', () => node.api.waitUntilUp(bootWithinMs, alive));
    await phase('quiet', async () => {
      await node.ssh.run(['systemctl', 'is-system-running', '--wait'], {
        timeoutMs: bootWithinMs,
        okExitCodes: [0, 1],
      });
      await node.ssh.script(forgetScript, { timeoutMs: 120_000 });
      await node.ssh.close();
    });
    await phase('state saved', () => machine.saveState(join(work, 'state')));
  } catch (error) {
    await collectEvidence('base-boot', [{ machine, ssh: node.ssh }]);
    throw error;
  } finally {
    await node.ssh.close();
    await machine.dispose();
  }
  for (const spare of spares) rmSync(spare);
}

/** The daemon's identity goes: database, certificates, keys. The local volume below it is another file system and stays. */
const forgetScript = `
systemctl stop croft.service
systemctl stop 'libvirtd*.socket' libvirtd.service
find /var/lib/croft -xdev -mindepth 1 -maxdepth 1 ! -name local -exec rm -rf {} +
systemctl start libvirtd.socket
sync
`;

function directKernel(iso: IsoImage): NonNullable<MachineSpec['kernel']> {
  const words = 'croft.slot=A croft.system=LABEL=croft-system croft.state=LABEL=croft-state';
  return { file: iso.kernel, initrd: iso.initrd, append: `${words} ${kernelWords(iso)}` };
}

function phases(say: (line: string) => void): Phase {
  return async (what, work) => {
    const started = Date.now();
    const result = await work();
    say(`${what}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return result;
  };
}
