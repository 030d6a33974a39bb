// What the host gives to a VM's domain: everything that is not in the VM's own configuration.
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { AppError } from '../../core/errors.ts';
import type { VmModel } from '../config/vm-model.ts';

/** UEFI firmware files of the host. `enrolled` variables hold the vendors' Secure Boot keys; `secure` code needs SMM. */
export interface FirmwarePaths {
  readonly code4m: string;
  readonly code4mSecure: string;
  readonly vars4m: string;
  readonly vars4mEnrolled: string;
  readonly code2m: string;
  readonly vars2m: string;
}

/** Where Debian's package ovmf has them. */
export const debianFirmware: FirmwarePaths = {
  code4m: '/usr/share/OVMF/OVMF_CODE_4M.fd',
  code4mSecure: '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd',
  vars4m: '/usr/share/OVMF/OVMF_VARS_4M.fd',
  vars4mEnrolled: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd',
  code2m: '/usr/share/OVMF/OVMF_CODE.fd',
  vars2m: '/usr/share/OVMF/OVMF_VARS.fd',
};

export interface DomainHost {
  /** What works on this host. A VM with `kvm=0` is emulated all the same. */
  readonly accelerator: 'kvm' | 'tcg';
  readonly domainName: string;
  /** Of the domain, unless the VM's `smbios1` has one: libvirt wants both to be the same. */
  readonly uuid: string;
  /** The guest's own directory for sockets, writable for QEMU; short, as a socket's path has at most 107 bytes. */
  readonly runtimeDir: string;
  /** What to open for each drive that holds a volume (`scsi0`, `efidisk0`). */
  readonly attachments: ReadonlyMap<string, Attachment>;
  /** The bridge of each network card that has one (`net0`). */
  readonly bridges: ReadonlyMap<string, string>;
  readonly firmware: FirmwarePaths;
  /** Version of the control groups; default 1. */
  readonly cgroup?: 1 | 2 | undefined;
  /** Machine types that QEMU has; undefined: not asked. */
  readonly machines?: ReadonlySet<string> | undefined;
}

/** Where a share of processor time ends, and what a guest has that says nothing (cgroups(7); libvirt's limits are these). */
export function shareScale(cgroup: 1 | 2 = 1): { readonly max: number; readonly usual: number } {
  return cgroup === 2 ? { max: 10_000, usual: 100 } : { max: 262_144, usual: 1024 };
}

/** There with version 2 of the control groups only. */
export const unifiedCgroups = '/sys/fs/cgroup/cgroup.controllers';

export type Accelerator = 'kvm' | 'tcg';

/** How the VM will run. */
export function acceleratorOf(model: VmModel, host: Pick<DomainHost, 'accelerator'>): Accelerator {
  return model.kvm ? host.accelerator : 'tcg';
}

/** The libvirt identity of the VM. */
export function domainUuid(model: VmModel, host: Pick<DomainHost, 'uuid'>): string {
  return model.smbios.uuid ?? host.uuid;
}

/** The socket of the VM's screen. */
export function vncSocket(runtimeDir: string): string {
  return `${runtimeDir}/vnc.sock`;
}

/** The socket of a serial port. */
export function serialSocket(runtimeDir: string, index: number): string {
  return `${runtimeDir}/serial${index}.sock`;
}

/** The socket of the emulated TPM. */
export function tpmSocket(runtimeDir: string): string {
  return `${runtimeDir}/swtpm.sock`;
}

/** Firmware variables of a VM without a volume for them. */
export function volatileVariables(runtimeDir: string): string {
  return `${runtimeDir}/efivars.fd`;
}

/** The alias of a device in libvirt and, so, its id in QEMU: `ua-scsi0`. */
export function deviceAlias(key: string): string {
  return `ua-${key}`;
}

/** What to open for a drive. */
export function attachmentOf(host: Pick<DomainHost, 'attachments'>, key: string): Attachment {
  const attachment = host.attachments.get(key);
  if (!attachment) throw new AppError('internal', `${key}: its volume is not attached`);
  return attachment;
}
