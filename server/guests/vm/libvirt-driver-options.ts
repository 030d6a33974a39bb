// How the VM driver is set up: where libvirt and its files are.
import type { Logger } from '../../core/log.ts';
import type { QemuUser } from './qemu-user.ts';

export interface LibvirtDriverOptions {
  /** libvirtd's socket, usually `/run/libvirt/libvirt-sock`. */
  socketPath: string;
  /** Only domains whose name is this and a number are ours: `croft-`. */
  guestPrefix: string;
  /** Each guest has a directory of its own below, with its sockets. */
  runtimeDir: string;
  log: Logger;
  /** Default: what qemu.conf says. */
  qemuUser?: QemuUser;
  /** libvirt's run-time state; default `/run/libvirt`. */
  libvirtStateDir?: string;
  /** QEMU's own logs; default `/var/log/libvirt/qemu`. */
  qemuLogDir?: string;
  /** Firmware variables; default `/var/lib/libvirt/qemu/nvram`. */
  nvramDir?: string;
  /** Where it is remembered which backups are under way; what must outlive the host. Default: below `runtimeDir`. */
  backupsDir?: string;
}
