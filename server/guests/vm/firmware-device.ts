// Firmware variables on a device that is larger than they are: a loop device shows QEMU just them, and goes with QEMU.
// Devices come in whole extents, the firmware's chip must have the very size that the firmware was built for, and libvirt cuts no
// variables out of a device itself ("slices are not supported with NVRAM").
import { rm, symlink } from 'node:fs/promises';
import type { Exec } from '../../core/exec.ts';

/** What of a device is the chip: its beginning. */
export interface FirmwareDevice {
  readonly path: string;
  readonly sizeBytes: number;
  /** The name below `/dev` that the domain has it by: libvirt gives QEMU nodes of there only. */
  readonly link: string;
}

/** Of a domain. */
export function firmwareLink(domainName: string): string {
  return `/dev/${domainName}-efivars`;
}

/** Makes it, in place of one that a start that was cut off left. Not to be called while the domain runs. */
export async function openFirmwareDevice(
  exec: Exec,
  { path, sizeBytes, link }: FirmwareDevice,
): Promise<void> {
  const intention = 'open the firmware variables';
  await letFirmwareDeviceGo(exec, path);
  const args = ['--find', '--show', '--sizelimit', String(sizeBytes), path];
  const device = (await exec('losetup', args, { intention })).stdout.trim();
  await rm(link, { force: true });
  await symlink(device, link);
}

/** It goes when nobody has it open any more: at once, or with QEMU (losetup(8), `--detach`). Repeatable. */
export async function letFirmwareDeviceGo(exec: Exec, path: string): Promise<void> {
  const intention = 'let the firmware variables go';
  const args = ['--noheadings', '--raw', '--output', 'NAME', '--associated', path];
  const { stdout } = await exec('losetup', args, { intention });
  for (const name of stdout.split('\n').filter((line) => line !== ''))
    await exec('losetup', ['--detach', name], { intention });
}
