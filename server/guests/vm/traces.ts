// What runs of a VM leave on the host.
import { rm } from 'node:fs/promises';
import { domainName } from './domain-name.ts';
import type { LibvirtDriverOptions } from './libvirt-driver-options.ts';
import { removeRunDirectory } from './run-directory.ts';
import { endTpm } from './tpm.ts';

/** Removes it. Not to be called while it runs; repeatable. */
export async function removeTraces(options: LibvirtDriverOptions, vmid: number): Promise<void> {
  const { qemuLogDir = '/var/log/libvirt/qemu', nvramDir = '/var/lib/libvirt/qemu/nvram' } = options;
  const name = domainName(options.guestPrefix, vmid);
  await endTpm(options.runtimeDir, vmid);
  await removeRunDirectory(options.runtimeDir, vmid);
  await rm(`${qemuLogDir}/${name}.log`, { force: true });
  await rm(`${nvramDir}/${name}_VARS.fd`, { force: true });
}
