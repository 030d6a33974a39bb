// Names of volume groups, pools and logical volumes: which LVM allows (lvm(8), "VALID NAMES"), and which mean volumes of guests. Pure.
import { AppError, invalidInput } from '../../server/core/errors.ts';
import { checkSnapshotName, ownerPattern, type VolumeName } from '../volume-names.ts';

/** Device-mapper's name of a volume, `group-volume` with dashes inside doubled, has at most so many characters (DM_NAME_LEN). */
const longestMapperName = 127;
const longestName = 127;
const reservedStarts = ['snapshot', 'pvmove'];
/** Of what LVM keeps for itself; newest of lvm(8) of 2.03. */
const reservedParts = [
  ...['_cdata', '_cmeta', '_corig', '_cvol', '_wcorig', '_mlog', '_mimage', '_pmspare', '_rimage', '_rmeta'],
  ...['_tdata', '_tmeta', '_vorigin', '_vdata', '_imeta', '_iorig'],
];

/** The rule that a name breaks, in words; undefined when LVM allows it. */
function brokenNameRule(name: string): string | undefined {
  if (name === '') return 'must not be empty';
  if (!/^[A-Za-z0-9_.+-]+$/.test(name)) return 'may hold letters, digits and the characters _ . + - only';
  if (name.startsWith('-')) return 'must not begin with a dash';
  if (name === '.' || name === '..') return `must not be '${name}'`;
  if (name.length > longestName) return `must not be longer than ${longestName} characters`;
  return undefined;
}

function brokenVolumeRule(name: string): string | undefined {
  const start = reservedStarts.find((word) => name.startsWith(word));
  if (start !== undefined) return `must not begin with '${start}', which LVM keeps for itself`;
  const part = reservedParts.find((word) => name.includes(word));
  if (part !== undefined) return `must not hold '${part}', which LVM keeps for itself`;
  return brokenNameRule(name);
}

/** The value of an option that names a volume group; `invalid-input` about that option. */
export function readGroupName(option: string, value: unknown): string {
  const name = typeof value === 'string' ? value : '';
  const broken = brokenNameRule(name);
  if (broken !== undefined) throw invalidInput({ [option]: `the name of a volume group ${broken}` });
  return name;
}

/** The value of an option that names a logical volume; `invalid-input` about that option. */
export function readPoolName(option: string, value: unknown): string {
  const name = typeof value === 'string' ? value : '';
  const broken = brokenVolumeRule(name);
  if (broken !== undefined) throw invalidInput({ [option]: `the name of a thin pool ${broken}` });
  return name;
}

/** `invalid-input` when device-mapper's name of the volume would be too long. */
export function requireShortName(group: string, volume: string): void {
  const length = [group, volume].map((name) => name.replace(/-/g, '--')).join('-').length;
  if (length <= longestMapperName) return;
  throw invalidInput({
    name: `'${volume}' is too long a name in volume group '${group}': LVM takes ${longestMapperName} characters of both together, a dash counting twice`,
  });
}

/** What follows the stem of an image that is not raw. */
const imageExtension = '.qcow2';

/**
 * Reads the name of a guest's volume: `vm-100-disk-0`, `base-100-disk-0`, `vm-100-disk-0.qcow2`. It is the logical volume's own name,
 * as Proxmox VE has it. `invalid-input` for everything else.
 */
export function readLvmVolumeName(name: string): VolumeName {
  const volume = tryLvmVolumeName(name);
  if (volume) return volume;
  throw new AppError(
    'invalid-input',
    `${JSON.stringify(name.slice(0, 120))} is not a volume name of this storage`,
    { fields: { volume: 'not a volume name of this storage' } },
  );
}

/** Undefined for logical volumes that are no guest's volume. */
export function tryLvmVolumeName(name: string): VolumeName | undefined {
  const match = /^(?:vm|base)-(\d{1,9})-[A-Za-z0-9_.+-]+$/.exec(name);
  const owner = match?.[1];
  if (owner === undefined || !ownerPattern.test(owner)) return undefined;
  if (brokenVolumeRule(name) !== undefined) return undefined;
  const isImage = name.endsWith(imageExtension);
  if (isImage && /^(?:vm|base)-\d+-$/.test(name.slice(0, -imageExtension.length))) return undefined;
  return {
    ...{ name, fileName: name, content: 'images', vmid: Number(owner) },
    format: isImage ? 'qcow2' : 'raw',
  };
}

/** Without the extension of an image. */
export function stemOf(name: string): string {
  return name.endsWith(imageExtension) ? name.slice(0, -imageExtension.length) : name;
}

/** Of the image of a stem. */
export function imageNameOf(stem: string): string {
  return `${stem}${imageExtension}`;
}

/** The volume of a stem; `invalid-input` when it does not belong to the guest. */
export function lvmVolumeName(vmid: number, stem: string, format: VolumeName['format']): VolumeName {
  const volume = tryLvmVolumeName(format === 'qcow2' ? imageNameOf(stem) : stem);
  if (volume?.vmid === vmid && volume.format === format && /^(vm|base)-/.test(stem)) return volume;
  throw invalidInput({ filename: `a disk of guest ${vmid} must be named 'vm-${vmid}-...'` });
}

/** How the names of a volume's snapshots begin. */
function snapshotPrefix(name: string): string {
  return `snap_${stemOf(name)}_`;
}

/**
 * The logical volume that is to be a snapshot of a volume, as Proxmox VE names it: `snap_vm-100-disk-0_before`. `all`: what is in the
 * group. `invalid-input` for a name that would make it the snapshot of another one (`snapshotsOf`).
 */
export function snapshotVolumeName(
  group: string,
  name: string,
  snapshot: string,
  all: readonly string[],
): string {
  checkSnapshotName(snapshot);
  const extension = name.endsWith(imageExtension) ? imageExtension : '';
  const found = `${snapshotPrefix(name)}${snapshot}${extension}`;
  const broken = brokenVolumeRule(found);
  if (broken !== undefined) throw invalidInput({ snapname: `the name ${broken}` });
  requireShortName(group, found);
  if (snapshotsOf(name, [...all, found]).get(snapshot) !== found)
    throw invalidInput({
      snapname: `'${snapshot}' would be a snapshot of another disk, whose name goes on so`,
    });
  return found;
}

/**
 * Snapshots by name among the group's volumes. The name of another volume may begin like that of this one (`vm-1-a`, `vm-1-a_b`): the
 * longest that fits is the owner.
 */
export function snapshotsOf(name: string, all: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const longer = all.filter(
    (other) => other !== name && stemOf(other).startsWith(stemOf(name)) && tryLvmVolumeName(other),
  );
  const extension = name.endsWith(imageExtension) ? imageExtension : '';
  for (const candidate of all) {
    if (!candidate.startsWith(snapshotPrefix(name)) || !candidate.endsWith(extension)) continue;
    if (longer.some((other) => candidate.startsWith(snapshotPrefix(other)))) continue;
    const snapshot = candidate.slice(snapshotPrefix(name).length, candidate.length - extension.length);
    if (/^[A-Za-z][A-Za-z0-9_-]{1,39}$/.test(snapshot)) found.set(snapshot, candidate);
  }
  return found;
}
