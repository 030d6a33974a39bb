// The typed model of a VM: its configuration read, with defaults filled in. What the driver renders to a libvirt domain.
import type { DriveValues } from '../../contract/qemu-disk-strings.ts';
import type { guestLocks, osTypes, scsiControllers } from '../../contract/qemu-options.ts';
import type { NetModel } from '../../contract/qemu-strings.ts';
import type { VmCloudInit } from './cloud-init-keys.ts';
import type { DriveBus } from './config-keys.ts';

export type OsType = (typeof osTypes)[number];
export type ScsiController = (typeof scsiControllers)[number];
export type GuestLock = (typeof guestLocks)[number];

/** Settings of a drive other than what it holds: the property string's own names. */
export type DriveOptions = Readonly<Omit<DriveValues, 'file' | 'media' | 'size' | 'format' | 'import-from'>>;

export interface VmDrive {
  /** `scsi0`. */
  readonly key: string;
  readonly bus: DriveBus;
  readonly index: number;
  readonly media: 'disk' | 'cdrom';
  /** `storage:name`; undefined for a CD drive without a disc. */
  readonly volume: string | undefined;
  readonly sizeBytes: number | undefined;
  readonly options: DriveOptions;
}

export interface VmEfiDisk {
  readonly volume: string;
  readonly type: '2m' | '4m';
  /** Does it hold the vendors' Secure Boot keys? */
  readonly preEnrolledKeys: boolean;
  readonly msCert: '2011' | '2023' | '2023w' | '2023k' | undefined;
  readonly sizeBytes: number | undefined;
}

/** The state of an emulated TPM. */
export interface VmTpmState {
  readonly volume: string;
  readonly version: 'v1.2' | 'v2.0';
  readonly sizeBytes: number | undefined;
}

export interface VmNic {
  /** `net0`. */
  readonly key: string;
  readonly index: number;
  readonly model: NetModel;
  readonly mac: string | undefined;
  /** Undefined: plugged into nothing. */
  readonly bridge: string | undefined;
  readonly firewall: boolean;
  readonly linkDown: boolean;
  /** 1: the bridge's own. */
  readonly mtu: number | undefined;
  readonly queues: number | undefined;
  /** Megabytes (2^20) per second, in each direction. */
  readonly rate: number | undefined;
  readonly tag: number | undefined;
  readonly trunks: string | undefined;
}

export interface VmCpu {
  /** The API's name of the model; undefined: the default. */
  readonly model: string | undefined;
  readonly flags: readonly { readonly name: string; readonly on: boolean }[];
  /** Hide from the guest that it is one. */
  readonly hidden: boolean;
  readonly hvVendorId: string | undefined;
  /** Bits of a physical address, or the host's. */
  readonly physBits: number | 'host' | undefined;
  readonly guestPhysBits: number | undefined;
  readonly reportedModel: string | undefined;
  readonly sockets: number;
  readonly cores: number;
  /** Processors at start; undefined: all. */
  readonly vcpus: number | undefined;
  /** Processors' worth of time; 0: no limit. */
  readonly limit: number;
  readonly units: number | undefined;
  readonly numa: boolean;
  /** Empty: one for each socket, where `numa` is set. */
  readonly numaNodes: readonly VmNumaNode[];
  /** Numbers of the host's processors that it runs on, `0,2-5`; undefined: all. */
  readonly affinity: string | undefined;
}

export interface VmNumaNode {
  /** `numa0`. */
  readonly key: string;
  readonly index: number;
  /** Numbers of its processors in the guest, `0-3;6`. */
  readonly cpus: string;
  readonly memoryMib: number | undefined;
  /** Nodes of the host that its memory comes from, `0;1`. */
  readonly hostNodes: string | undefined;
  readonly policy: 'preferred' | 'bind' | 'interleave' | undefined;
}

export interface VmMachine {
  /** As configured (`q35`, `pc-i440fx-7.2+pve0`); undefined: the default, `pc`. */
  readonly type: string | undefined;
  readonly suspendToMemory: boolean | undefined;
  readonly suspendToDisk: boolean | undefined;
  readonly viommu: 'intel' | 'virtio' | undefined;
  readonly addressWidthBits: number | undefined;
}

export interface VmSmbios {
  readonly uuid: string | undefined;
  /** Decoded texts. */
  readonly manufacturer: string | undefined;
  readonly product: string | undefined;
  readonly version: string | undefined;
  readonly serial: string | undefined;
  readonly sku: string | undefined;
  readonly family: string | undefined;
}

export type HotPlugFeature = 'network' | 'disk' | 'usb' | 'memory' | 'cpu' | 'cloudinit';

export interface VmModel {
  readonly vmid: number;
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly tags: readonly string[];
  readonly memoryMib: number;
  /** 0: no balloon; undefined: as large as the memory. */
  readonly balloonMib: number | undefined;
  readonly shares: number | undefined;
  readonly cpu: VmCpu;
  readonly machine: VmMachine;
  readonly bios: 'seabios' | 'ovmf';
  readonly efiDisk: VmEfiDisk | undefined;
  readonly tpmState: VmTpmState | undefined;
  readonly osType: OsType;
  readonly acpi: boolean;
  /** Undefined: as the operating system wants it. */
  readonly localtime: boolean | undefined;
  /** What its clock says at the start, `2030-01-31T08:00:00`; undefined: the time. */
  readonly startDate: string | undefined;
  /** Ticks that it missed are made up for; undefined: where that is usual. */
  readonly driftFix: boolean | undefined;
  /** A reboot from inside is one; otherwise it ends the guest. */
  readonly reboots: boolean;
  /** Its processors stand after the start, until it is resumed. */
  readonly frozen: boolean;
  /** The host may keep pages once that it shares with other guests. */
  readonly sharesPages: boolean;
  readonly audio:
    | { readonly device: 'ich9-intel-hda' | 'intel-hda' | 'AC97'; readonly driver: 'spice' | 'none' }
    | undefined;
  /** Layout of the keys that the screen's viewers send; undefined: they send what the keys are. */
  readonly keyboard: string | undefined;
  /** Of live migration; kept for it. */
  readonly migration: { readonly speed: number | undefined; readonly downtime: string | undefined };
  /** Further arguments of QEMU's command line. */
  readonly args: string | undefined;
  /** Means nothing; kept because clients set it. */
  readonly autostart: boolean | undefined;
  readonly tablet: boolean;
  readonly kvm: boolean;
  readonly hotplug: readonly HotPlugFeature[];
  /** Keys of devices, first to boot first. */
  readonly bootOrder: readonly string[];
  readonly scsiController: ScsiController;
  readonly drives: readonly VmDrive[];
  /** Volumes that belong to it and hang on no bus. */
  readonly unused: readonly { readonly key: string; readonly volume: string }[];
  readonly nics: readonly VmNic[];
  /** Numbers of the serial ports, each a socket. */
  readonly serials: readonly number[];
  readonly vga: {
    readonly type: string;
    readonly memoryMib: number | undefined;
    readonly clipboard: 'vnc' | undefined;
  };
  readonly agent: {
    readonly enabled: boolean;
    readonly type: 'virtio' | 'isa';
    readonly freezeFs: boolean;
    readonly trimClonedDisks: boolean;
  };
  readonly rng: { readonly source: string; readonly maxBytes: number; readonly periodMs: number } | undefined;
  readonly watchdog:
    | { readonly model: 'i6300esb' | 'ib700'; readonly action: string | undefined }
    | undefined;
  readonly smbios: VmSmbios;
  /** Undefined: none. */
  readonly generationId: string | undefined;
  readonly onBoot: boolean;
  /** Seconds. */
  readonly startup: {
    readonly order: number | undefined;
    readonly up: number | undefined;
    readonly down: number | undefined;
  };
  readonly cloudInit: VmCloudInit;
  /** Volume of a script that the node runs around its start and stop. */
  readonly hookScript: string | undefined;
  /** Where snapshots keep what its memory holds; undefined: beside its first disk. */
  readonly memoryStorage: string | undefined;
  readonly protection: boolean;
  readonly template: boolean;
  readonly lock: GuestLock | undefined;
  readonly meta: { readonly createdWith: string | undefined; readonly createdAt: number | undefined };
}
