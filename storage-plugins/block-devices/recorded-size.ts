// What is on a device says how large the device must be: read from its first sectors, to notice a LUN that shrank.

const sectorBytes = 512;
/** LVM looks for its label in the first four sectors. */
const labelSectors = 4;
/** All that `readRecordedSize` looks at, from the device's beginning. */
export const recordedSizeBytes = 4096 + sectorBytes;

/**
 * The least size in bytes of a device with these first bytes, with the reason in words; undefined when they do not tell.
 * A partition table of GPT names the place of its copy, the last block (UEFI 2.10, 5.3.2); the header of a physical volume of LVM
 * the size it was made with (lvm2, format_text/layout.h: label of 32 bytes, id of 32 bytes, then the size).
 */
export function readRecordedSize(start: Buffer): { bytes: number; by: string } | undefined {
  for (const blockBytes of [512, 4096]) {
    if (start.length < blockBytes + 40 || start.toString('latin1', blockBytes, blockBytes + 8) !== 'EFI PART')
      continue;
    const last = Number(start.readBigUInt64LE(blockBytes + 32));
    return { bytes: (last + 1) * blockBytes, by: 'its partition table' };
  }
  for (let sector = 0; sector < labelSectors; sector += 1) {
    const at = sector * sectorBytes;
    if (start.length < at + 72 || start.toString('latin1', at, at + 8) !== 'LABELONE') continue;
    if (start.toString('latin1', at + 24, at + 28) !== 'LVM2') continue;
    const bytes = Number(start.readBigUInt64LE(at + 64));
    if (bytes > 0) return { bytes, by: 'the volume group on it' };
  }
  return undefined;
}
