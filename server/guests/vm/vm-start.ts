// What the VM driver is given: a rendered domain to start, rendered changes to apply while it runs.
import type { BackingVolume } from '../../../storage-plugins/plugin.ts';
import type { FirmwareDevice } from './firmware-device.ts';
import type { TapVlans } from './tap-vlans.ts';

export interface VmStart {
  readonly vmid: number;
  /** The guest's name as people see it; for the task's log only. */
  readonly name: string;
  /** Domain XML; its `<name>` is `domainName(prefix, vmid)`, its sockets lie where `run-directory.ts` says. */
  readonly xml: string;
  /**
   * It is brought up from here instead of booting, as the machine that was saved: `xml` is not looked at. Its processors stand until
   * `resume`: what is noted of it in between is true whatever happens.
   */
  readonly memory?: SavedMemory | undefined;
  /** Its emulated TPM, whose socket `xml` names. */
  readonly tpm?: TpmStart | undefined;
  /** Its firmware variables, where they are on a device. */
  readonly firmware?: FirmwareDevice | undefined;
  /** Of its cards on bridges that separate VLANs. */
  readonly vlans?: readonly TapVlans[] | undefined;
  /** One that boots stands until `resume`, too. */
  readonly frozen?: boolean | undefined;
}

export interface TpmStart {
  /** Of the file or block device that keeps its state; blank for a new one. */
  readonly path: string;
  readonly version: 'v1.2' | 'v2.0';
}

/** An image below a disk that is not on a storage but served: a backup that the guest runs from while it is restored. */
export interface ServedBacking extends BackingVolume {
  /** Of an NBD server, whose export has the name `path`. */
  readonly socket?: string;
}

/** Memory that a guest left; nothing must be written to its disks since, but what they held then. */
export interface SavedMemory {
  /** Of a file or block device. */
  readonly path: string;
  /** As `finishMemorySave` told; another head than that is not resumed from. */
  readonly digest: string;
}

/** `key` is the configuration key the change comes from (`net0`); `hotPlug` answers with the keys it could not apply. */
export type VmChange =
  | DeviceChange
  | VcpuChange
  | MemoryChange
  | MemorySizeChange
  | CpuTimeChange
  | PinChange
  | DiskLimitsChange
  | VlansChange
  | DiskResize;

export interface DeviceChange {
  readonly key: string;
  readonly action: 'attach' | 'detach' | 'update';
  /** The device element. To detach, give it an `<alias>`: only then can the driver see the guest let go of it. */
  readonly deviceXml: string;
}

export interface VcpuChange {
  readonly key: string;
  readonly action: 'vcpus';
  readonly count: number;
}

/** Puts a card on other VLANs. */
export interface VlansChange {
  readonly key: string;
  readonly action: 'vlans';
  readonly vlans: TapVlans;
}

/** Moves the balloon. */
export interface MemoryChange {
  readonly key: string;
  readonly action: 'memory';
  readonly memoryBytes: number;
}

/** More memory, or less of what was added, in DIMMs. */
export interface MemorySizeChange {
  readonly key: string;
  readonly action: 'memory-size';
  readonly totalMib: number;
}

export type CpuTimeChange =
  | {
      readonly key: string;
      readonly action: 'cpu-time';
      /** The share among guests; undefined: the host's usual one. */
      readonly units: number | undefined;
    }
  | {
      readonly key: string;
      readonly action: 'cpu-time';
      /** Microseconds of every 100,000, of all processors together; undefined: no limit. */
      readonly quotaUs: number | undefined;
    };

/** The host's processors that it may run on; undefined: all. */
export interface PinChange {
  readonly key: string;
  readonly action: 'pin';
  readonly cpus: readonly number[] | undefined;
}

export interface DiskLimitsChange {
  readonly key: string;
  readonly action: 'disk-limits';
  /** The disk's target, `vda`. */
  readonly target: string;
  /** By libvirt's names; 0: none. */
  readonly limits: Readonly<Record<string, number>>;
}

/** Tells the guest that its disk has grown; QEMU grows the image when it can. */
export interface DiskResize {
  readonly key: string;
  readonly action: 'resize-disk';
  /** The disk's target, `vda`. */
  readonly target: string;
  readonly sizeBytes: number;
}
