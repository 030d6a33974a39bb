// What the report of an import can say, by codes that stay, with the English of each: `{name}` stands for a value.

/** Things that a source has, where it has no name of its own for them. Append only. */
export const importItemWords = {
  name: 'name',
  'operating-system': 'operating system',
  firmware: 'firmware',
  'secure-boot': 'secure boot',
  notes: 'notes',
  processors: 'processors',
  memory: 'memory',
  disk: 'disk {id}',
  'disk-image': 'disk',
  'cd-drive': 'CD drive',
  'network-card': 'network card',
  'scsi-controller': 'SCSI controller',
  hardware: 'hardware of type {type}',
  snapshots: 'snapshots',
} as const;

/** What became of them, and why. Append only. */
export const importWhyWords = {
  'name-unusable': 'no letter or digit of it can be used',
  'name-changed': 'letters, digits, dots and dashes only',
  'system-unknown': 'not known: choose it',
  'firmware-settings-stay': 'its saved settings stay behind: add efidisk0 to keep new ones',
  'secure-boot-keys': 'add efidisk0 with pre-enrolled-keys=1',
  'too-many-processors': 'more than {most}',
  'memory-unusable': 'too small, too large or unreadable',
  'memory-twice': 'there is one already',
  'no-place': 'no place is left on its bus',
  'disk-empty': 'an empty disk: add one of this size',
  'image-unnamed': 'its image is not named',
  'image-compressed': 'its image is stored as {how}: unpack it first',
  'image-missing': 'there is no such image: bring it in, and choose it',
  'image-wanted': 'bring in its image as {name}.qcow2 or .raw, or choose it',
  'image-of-another': 'another disk has this image',
  'disc-left': 'empty: its image is not taken',
  'too-many-cards': 'more network cards than there are keys',
  'model-unknown': "'{model}' is not known",
  'choose-bridge': 'choose its bridge',
  'controller-other': 'of another kind: Linux has a driver for it',
  'disks-on-sata': 'its disks are on SATA: every system has a driver for that',
  'not-taken': 'not taken over: add it by hand if it is needed',
  'too-long': 'too long',
  'processors-there': 'processors of another host',
  'arguments-there': 'arguments for QEMU of another host',
  'files-there': 'files of another host',
  'script-there': 'a script of another host',
  'memory-there': 'memory of another host',
  'storage-there': 'a storage of another host',
  'hardware-there': 'hardware of another host',
  'task-there': 'of a task there',
  'run-there': 'of a run there',
  'set-anew': 'set it anew',
  'made-anew': 'made anew',
  'snapshots-stay': 'snapshots stay behind',
  'memory-stays': 'saved memory stays behind',
  'make-template': 'make a template of it here',
  'boot-nothing': 'no device that it names is there yet',
  'drive-unused': 'no drive has it',
  'key-unknown': 'not known here',
  'options-anew': 'options of the drive are set anew',
  'not-possible': 'not possible here',
  /** In the words of the rule that it breaks. */
  refused: '{rule}',
} as const;

export type ImportItemCode = keyof typeof importItemWords;
export type ImportWhyCode = keyof typeof importWhyWords;
export const importItemCodes = Object.keys(importItemWords) as [ImportItemCode, ...ImportItemCode[]];
export const importWhyCodes = Object.keys(importWhyWords) as [ImportWhyCode, ...ImportWhyCode[]];
