// What a lab machine is made of. Plain JSON: it is stored beside the running machine.

export interface DiskSpec {
  /** File on the host. */
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
  /** `virtio` by default. `virtio` and `nvme` sit in hot-plug slots of their own, `usb` can be unplugged too, `sata` cannot. */
  readonly bus?: 'virtio' | 'sata' | 'usb' | 'nvme';
  /** Lowest first; without one the firmware does not boot from it. */
  readonly bootIndex?: number;
  readonly readonly?: boolean;
  /** What the guest sees, also in /dev/disk/by-id; `lab-disk0` by default. At most 20 characters. */
  readonly serial?: string;
  /**
   * `writeback` (default): flushes of the guest reach the host's disk. `unsafe`: they are ignored, which is faster.
   * A cut kills QEMU, not the host, so what the guest wrote is there afterwards in both modes: neither models a disk
   * that loses its cache.
   */
  readonly cache?: 'writeback' | 'unsafe';
}

export interface CdSpec {
  readonly path: string;
  readonly bootIndex?: number;
}

export type NicSpec =
  /** QEMU's own NAT with DHCP (10.0.2.0/24, the host is 10.0.2.2); guest ports are forwarded from free loopback ports. */
  | {
      readonly kind: 'user';
      readonly forward: readonly number[];
      readonly mac?: string;
      readonly model?: NicModel;
      /** Network boot: the folder served by TFTP, and the file in it. */
      readonly tftp?: { readonly folder: string; readonly file: string };
      readonly bootIndex?: number;
    }
  /** An Ethernet of all lab machines with the same `segment` (1024 to 65535) on this host; nothing leaves loopback. */
  | { readonly kind: 'private'; readonly segment: number; readonly mac?: string; readonly model?: NicModel };

/** `e1000e` needs a driver of its own in the guest, as many real machines do. */
export type NicModel = 'virtio-net-pci' | 'e1000e';

export interface MachineSpec {
  /** Lower case letters, digits and dashes. */
  readonly name: string;
  /** 3072 by default. */
  readonly memoryMiB?: number;
  /** 2 by default. */
  readonly cpus?: number;
  /**
   * Its processors can run guests by KVM. Off by default: the emulation of that loses its way at times, and then it is the machine's own
   * kernel that panics ("corrupted stack end detected inside scheduler", below KVM's run of a guest).
   */
  readonly nested?: boolean;
  readonly disks?: readonly DiskSpec[];
  readonly cdrom?: CdSpec;
  /** `bios` by default. With `uefi` the machine has its own copy of the firmware's variables. */
  readonly firmware?: 'bios' | 'uefi';
  /** `net0`, `net1`, ... By default one user network that forwards ssh and the API. */
  readonly nics?: readonly NicSpec[];
  /** What an expired i6300esb does; `reset` by default, `none` leaves only an event. */
  readonly watchdog?: 'reset' | 'none';
  /** Boots this kernel without the firmware's boot order. */
  readonly kernel?: { readonly file: string; readonly initrd?: string; readonly append?: string };
  /** A reboot of the guest ends QEMU. */
  readonly exitOnReboot?: boolean;
  /** Further arguments of QEMU. */
  readonly extraArgs?: readonly string[];
}

export const sshPort = 22;
export const apiPort = 8006;

/** Of a card that names none, the same in every machine. */
export function defaultMac(index: number): string {
  return `52:54:00:c0:0f:${(index + 1).toString(16).padStart(2, '0')}`;
}

/** Of `net0`, `net1`, ... */
export function macOf(nic: NicSpec, index: number): string {
  return nic.mac ?? defaultMac(index);
}

/** The machine's cards, with the default for a machine that names none. */
export function nicsOf(spec: MachineSpec): readonly NicSpec[] {
  return spec.nics ?? [{ kind: 'user', forward: [sshPort, apiPort] }];
}
