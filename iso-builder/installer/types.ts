// The installer's data: what is asked of it, what it finds on the machine, what it will do. All plain, all JSON.

/** A checked answer file; see `answers.ts` for the texts it is read from. */
export interface Answers {
  readonly system: {
    /** Host name without domain. */
    readonly hostname: string;
    readonly domain: string | undefined;
    /** IANA name, `Europe/Rome`. */
    readonly timezone: string;
    /** Console keymap, `it`. */
    readonly keyboard: string;
    readonly language: 'en' | 'it' | 'el' | 'ru' | 'pt';
    /** Of root: plain or hashed, never both. Secret. */
    readonly password: string | undefined;
    /** As in shadow(5), `$y$...` or `$6$...`. Secret. */
    readonly passwordHash: string | undefined;
    readonly sshKeys: readonly string[];
    readonly sshPasswordLogin: boolean;
  };
  readonly network: NetworkAnswers;
  readonly disk: {
    /** Paths (`/dev/sda`, `/dev/disk/by-id/...`); one, or two for a mirror. */
    readonly devices: readonly string[];
    readonly mirror: boolean;
    /** What is on the disks may be destroyed. */
    readonly erase: boolean;
    /** Keep state and guests of an installation that is there; only the system is written anew. */
    readonly keepGuests: boolean;
    /** Size of the state partition, bytes; undefined: by the size of the disk. */
    readonly stateBytes: number | undefined;
  };
  readonly after: 'reboot' | 'poweroff' | 'none';
}

export interface NetworkAnswers {
  readonly mode: 'dhcp' | 'static';
  /** MAC address of the card, lower case; undefined: the first with a link. */
  readonly nic: string | undefined;
  /** `192.0.2.10/24` or an IPv6 one; with `static` only. */
  readonly address: string | undefined;
  readonly gateway: string | undefined;
  readonly dns: readonly string[];
}

export interface NicFacts {
  readonly name: string;
  /** The permanent address, lower case. */
  readonly mac: string;
  /** Is a cable plugged in and the other side alive? */
  readonly link: boolean;
  readonly speedMbit: number | undefined;
  readonly driver: string | undefined;
  readonly addresses: readonly string[];
}

/** One thing found on a disk: the whole disk's signature, or a partition. */
export interface DiskContent {
  /** `/dev/sda1`, or the disk itself. */
  readonly device: string;
  readonly sizeBytes: number;
  /** As blkid names it: `ext4`, `ntfs`, `LVM2_member`, `linux_raid_member`; empty when nothing is known. */
  readonly type: string;
  readonly label: string;
  /** In words: `Windows (NTFS)`, `Linux file system`, `LVM volume group pve`. */
  readonly description: string;
  readonly mountpoint: string | undefined;
}

/** A Croft installation found on a disk. */
export interface FoundCroft {
  readonly hostname: string | undefined;
  readonly version: string | undefined;
  readonly stateSchema: number | undefined;
  /** Can the state and the guests' volume group be kept? When not, why. */
  readonly keepable: boolean;
  readonly reason: string | undefined;
}

export interface DiskFacts {
  /** `/dev/sda`. */
  readonly path: string;
  /** `sda`: what is typed to confirm its erasure. */
  readonly name: string;
  /** Stable paths in `/dev/disk/by-id`. */
  readonly ids: readonly string[];
  readonly model: string;
  readonly serial: string;
  readonly sizeBytes: number;
  readonly sectorBytes: number;
  /** `sata`, `nvme`, `usb`, `virtio`; empty when not known. */
  readonly transport: string;
  readonly rotational: boolean;
  readonly contents: readonly DiskContent[];
  readonly croft: FoundCroft | undefined;
  /** Why it cannot be chosen: too small, read-only, the medium itself, in use; undefined when it can. */
  readonly problem: string | undefined;
}

export interface MachineFacts {
  readonly disks: readonly DiskFacts[];
  readonly nics: readonly NicFacts[];
  readonly firmware: 'bios' | 'uefi';
  readonly memoryBytes: number;
}

/** Where the image that is installed comes from. */
export interface ImageSource {
  /** Folder with the files named in `imageFiles`. */
  readonly folder: string;
  readonly version: string;
  readonly stateSchema: number;
  readonly bytes: number;
}

/** What will be done, decided once, before anything is touched. Stored with the task; holds no secret. */
export interface InstallPlan {
  readonly disks: readonly { readonly path: string; readonly name: string; readonly sizeBytes: number }[];
  readonly mirror: boolean;
  readonly keepGuests: boolean;
  readonly sizes: { readonly systemBytes: number; readonly stateBytes: number; readonly localBytes: number };
  /** File system UUIDs, chosen beforehand so that every step knows them. */
  readonly uuids: { readonly system: string; readonly state: string };
  readonly image: ImageSource;
  /** Sentences for people: what will be destroyed, disk by disk. */
  readonly destroys: readonly string[];
  readonly warnings: readonly string[];
}
