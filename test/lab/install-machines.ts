// Parts of the installation tests: disks of theirs, a machine that is booted from them, and what an installed system says of itself.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApplianceStatus } from '../../server/contract/appliance.ts';
import { exec } from '../../server/core/exec.ts';
import { gibibyte } from '../../server/core/units.ts';
import { makeAnswerMedium } from './answer-medium.ts';
import type { LabApi } from './api.ts';
import { isoMachine } from './boot-kinds.ts';
import type { IsoImage } from './iso-image.ts';
import { Machine } from './machine.ts';
import { type DiskSpec, type MachineSpec, sshPort } from './machine-spec.ts';
import { Ssh } from './ssh.ts';

/** From the kernel to the API, and from there to an end of the installation: minutes, for a busy host. */
export const liveWithinMs = 5 * 60_000;
export const installWithinMs = 8 * 60_000;
export const bootWithinMs = 6 * 60_000;
export const diskBytes = 16 * gibibyte;

/** Runs `test` with a folder for disks, and takes it away. */
export async function inScratch<T>(test: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'croft-install-'));
  try {
    return await test(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A raw disk with somebody's ext4 file system on the whole of it. */
export async function makeForeignDisk(file: string, sizeBytes = diskBytes): Promise<string> {
  await exec('truncate', ['--size', String(sizeBytes), file]);
  await exec('mke2fs', ['-q', '-F', '-t', 'ext4', '-L', 'photos', file], { timeoutMs: 120_000 });
  return file;
}

/** A raw disk without anything. */
export async function makeEmptyDisk(file: string, sizeBytes = diskBytes): Promise<string> {
  await (await open(file, 'wx')).close();
  await truncate(file, sizeBytes);
  return file;
}

/** Fingerprint of a raw disk's first MiB: partition tables, boot code and an ext4 superblock are in it. */
export async function fingerprintOf(file: string): Promise<string> {
  const disk = await open(file);
  try {
    const { buffer } = await disk.read(Buffer.alloc(1024 ** 2), 0, 1024 ** 2, 0);
    return createHash('sha256').update(buffer).digest('hex');
  } finally {
    await disk.close();
  }
}

/** A live system with these answers on a stick, on its way; dispose of it in the end. Its kernel is booted directly. */
export async function bootUnattended(
  iso: IsoImage,
  folder: string,
  name: string,
  disks: readonly DiskSpec[],
  answers: string,
): Promise<Machine> {
  const medium = await makeAnswerMedium(join(folder, `${name}-answers.img`), answers);
  const stick: DiskSpec = {
    ...{ path: medium, format: 'raw', readonly: true, bus: 'usb', serial: 'lab-answers' },
  };
  const boot = { name, words: 'croft.answer=auto', disks: [...disks, stick], more: { exitOnReboot: true } };
  return started(await isoMachine('direct', iso, boot, folder));
}

/** A machine that boots from its first disk that can be booted from. */
export async function bootInstalled(
  name: string,
  disks: readonly DiskSpec[],
  firmware: NonNullable<MachineSpec['firmware']>,
): Promise<Machine> {
  return started({ name, firmware, disks: disks.map((disk, bootIndex) => ({ bootIndex, ...disk })) });
}

async function started(spec: MachineSpec): Promise<Machine> {
  const machine = await Machine.create(spec);
  try {
    return await machine.start();
  } catch (error) {
    await machine.dispose();
    throw error;
  }
}

/** Waits for the end of an unattended installation: powered off, or it failed with the lines that say why. */
export async function outcomeOf(
  machine: Machine,
): Promise<{ readonly failed: boolean; readonly said: string }> {
  const failed = machine.serial.waitFor(/autoinstall: FAILED: [^\n]*\n/, liveWithinMs + installWithinMs).then(
    () => true,
    // It ended without having failed, or not in time: the other one says which.
    () => new Promise<never>(() => {}),
  );
  const ended = machine.waitExit(liveWithinMs + installWithinMs).then((why) => {
    if (why !== 'guest-shutdown') throw new Error(`the machine ended by ${why}`);
    return false;
  });
  const result = await Promise.race([failed, ended]);
  const said = machine.serial
    .transcript()
    .split('\n')
    .filter((line) => line.startsWith('autoinstall: '));
  return { failed: result, said: said.join('\n') };
}

/** As `outcomeOf`, for what has to work. */
export async function mustInstall(machine: Machine): Promise<string> {
  const { failed, said } = await outcomeOf(machine);
  if (failed) throw new Error(`the installation failed:\n${said}`);
  return said;
}

/** root's shell on a machine that has the lab's key. */
export function sshOf(machine: Machine): Ssh {
  return new Ssh(machine.port(sshPort), machine.file('ssh.sock'));
}

export async function statusOf(api: LabApi): Promise<ApplianceStatus> {
  return api.call<ApplianceStatus>('GET', `/nodes/${await api.node()}/appliance`);
}

/** Waits until systemd has started everything; answers the units that failed, one a line. */
export async function failedUnits(ssh: Ssh): Promise<string> {
  await ssh.run(['systemctl', 'is-system-running', '--wait'], {
    timeoutMs: bootWithinMs,
    okExitCodes: [0, 1],
  });
  return ssh.output(['systemctl', '--failed', '--no-legend', '--plain']);
}
