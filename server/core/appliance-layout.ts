// Names that the image, the installer, the updates and the boot scripts share: partitions, labels, paths, kernel words.

/** Slots of the system partition, each a folder with one image. */
export const slots = ['A', 'B'] as const;
export type Slot = (typeof slots)[number];

/** The slot that is not `slot`. */
export function otherSlot(slot: Slot): Slot {
  return slot === 'A' ? 'B' : 'A';
}

/** Partition numbers and names, the same on every disk that Croft is installed on. */
export const partitions = {
  bios: { number: 1, name: 'croft-bios' },
  esp: { number: 2, name: 'croft-esp' },
  system: { number: 3, name: 'croft-system' },
  state: { number: 4, name: 'croft-state' },
  guests: { number: 5, name: 'croft-guests' },
} as const;

/** Labels of the file systems. FAT labels are at most 11 characters. */
export const labels = { esp: 'CROFT_ESP', system: 'croft-system', state: 'croft-state' } as const;

/** LVM names. */
export const volumeGroup = 'croft';
export const thinPool = 'data';
export const localVolume = 'local';

/** The files of an image, in every place where it lies. */
export const imageFiles = [
  'vmlinuz',
  'initrd.img',
  'filesystem.squashfs',
  'slot.cfg',
  'manifest.json',
] as const;

/** Where things are in the running appliance. */
export const appliancePaths = {
  /** Made by the initrd; without it this machine is no appliance. */
  boot: '/run/croft-boot',
  /** `live` or `installed`. */
  mode: '/run/croft-boot/mode',
  /** The slot's letter. */
  slot: '/run/croft-boot/slot',
  /** Exists while the slot is on trial. */
  trial: '/run/croft-boot/trial',
  /** The system partition, read-only but while an update is written. */
  system: '/run/croft-boot/system',
  /** The medium of a live system; its image is in the folder `croft`. */
  medium: '/run/croft-boot/medium',
  state: '/state',
  /** Of root in a live system, made up at its start. */
  livePassword: '/run/croft-boot/live-password',
  /** What belongs to Croft in the image: Node, bundles, scripts, keys. */
  lib: '/usr/lib/croft',
  /** Public keys (PEM, Ed25519) that updates may be signed with. */
  updateKeys: '/usr/lib/croft/update-keys',
  /** JSON of the image that runs: product, version, built, stateSchema. */
  imageInfo: '/usr/lib/croft/image.json',
  /** Text for the console's head, kept by the daemon. */
  consoleHead: '/run/croft/console-head',
  /** The kernel's block devices. */
  sysBlock: '/sys/block',
} as const;

/** The folder of the ESP that holds GRUB, its configuration and its environment. */
export const grubFolder = 'grub';

/** What the signed manifests name as their product. */
export const productName = 'croft';
/** Version of the state's layout that this code writes. Raised when an older image could not use it. */
export const stateSchema = 1;

/** The smallest disk that takes an installation, bytes. */
export const smallestDiskBytes = 12 * 1024 ** 3;
