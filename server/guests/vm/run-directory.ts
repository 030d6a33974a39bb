// The directory of a running guest, where QEMU makes its console sockets.
import { chmod, chown, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { QemuUser } from './qemu-user.ts';

export function runDirectory(runtimeDir: string, vmid: number): string {
  return join(runtimeDir, String(vmid));
}

/** Where QEMU serves the screen (RFB). For the renderer of the domain XML. */
export function vncSocketPath(runtimeDir: string, vmid: number): string {
  return join(runDirectory(runtimeDir, vmid), 'vnc.sock');
}

/** Where QEMU serves serial port `index`. For the renderer of the domain XML. */
export function serialSocketPath(runtimeDir: string, vmid: number, index = 0): string {
  return join(runDirectory(runtimeDir, vmid), `serial${index}.sock`);
}

/** Where QEMU sends the guest's memory to while it is saved. The appliance's AppArmor rule for QEMU names it, too. */
export function memorySocketPath(runtimeDir: string, vmid: number): string {
  return join(runDirectory(runtimeDir, vmid), 'memory.sock');
}

/** Where QEMU shows the disks to a backup. The appliance's AppArmor rule for QEMU names it, too. */
export function backupSocketPath(runtimeDir: string, vmid: number): string {
  return join(runDirectory(runtimeDir, vmid), 'backup.sock');
}

/** Where a backup that the guest runs from is served to QEMU, from before its start on. The appliance's AppArmor rule for QEMU names it, too. */
export function restoreSocketPath(runtimeDir: string, vmid: number): string {
  return join(runDirectory(runtimeDir, vmid), 'restore.nbd');
}

/** Where the VM's emulated TPM serves QEMU. */
export function tpmSocketPath(runtimeDir: string, vmid: number): string {
  return join(runDirectory(runtimeDir, vmid), 'swtpm.sock');
}

/** Makes the directory, for QEMU to write and nobody but root to look into, without sockets of an earlier run. Repeatable. */
export async function prepareRunDirectory(runtimeDir: string, vmid: number, user: QemuUser): Promise<void> {
  // Others may pass, not list: QEMU's user has to reach its own part.
  await mkdir(runtimeDir, { recursive: true, mode: 0o711 });
  const directory = runDirectory(runtimeDir, vmid);
  await mkdir(directory, { recursive: true, mode: 0o750 });
  for (const name of await readdir(directory)) {
    if (name.endsWith('.sock')) await rm(join(directory, name), { force: true });
  }
  await chown(directory, user.uid, user.gid);
  await chmod(directory, 0o750);
}

/** Repeatable. */
export async function removeRunDirectory(runtimeDir: string, vmid: number): Promise<void> {
  await rm(runDirectory(runtimeDir, vmid), { recursive: true, force: true });
}

/** Is it a socket, and no link to somewhere else? QEMU owns the directory, so what lies there is not to be trusted. */
export async function isSocket(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSocket();
  } catch {
    return false;
  }
}
