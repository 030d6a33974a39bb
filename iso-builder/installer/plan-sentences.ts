// Sentences for people about disks: what is on them and what becomes of it. Pure.
import type { DiskContent, DiskFacts } from './types.ts';

/** `500 GB`: in powers of 1000, as it is printed on disks. */
export function renderDiskSize(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (value < 999.5) return `${roundSize(value)} ${unit}`;
    value /= 1000;
  }
  return `${roundSize(value)} TB`;
}

function roundSize(value: number): number {
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
}

/** `sda (Samsung SSD 860, 500 GB)` */
export function nameDisk({ name, model, sizeBytes }: DiskFacts): string {
  return `${name} (${[model, renderDiskSize(sizeBytes)].filter((part) => part !== '').join(', ')})`;
}

/** `Windows (NTFS) "Data" on sda2, 100 GB` */
function nameContent({ description, label, device, sizeBytes }: DiskContent): string {
  const quotedLabel = label === '' || description.includes(label) ? '' : ` "${label}"`;
  return `${description}${quotedLabel} on ${device.replace('/dev/', '')}, ${renderDiskSize(sizeBytes)}`;
}

/** What is on the disk: `Windows (NTFS) on sda2, 100 GB; Linux swap on sda3, 2 GB`. */
export function nameContents(disk: DiskFacts): string {
  return disk.contents.map(nameContent).join('; ');
}

/** What becomes of a disk: `sda (..., 500 GB) will be erased: ...`, or that it is empty, or that guests are kept. */
export function fateOf(disk: DiskFacts, keepGuests: boolean): string {
  const name = nameDisk(disk);
  if (disk.contents.length === 0) return `${name} is empty`;
  if (keepGuests)
    return `${name}: the system of ${nameCroft(disk)} is replaced; its settings and its guests are kept`;
  const croft = disk.croft === undefined ? '' : `${nameCroft(disk)}, with its guests: `;
  return `${name} will be erased: ${croft}${nameContents(disk)}`;
}

function nameCroft({ croft }: DiskFacts): string {
  const version = croft?.version === undefined ? '' : ` ${croft.version}`;
  const host = croft?.hostname === undefined ? '' : ` of '${croft.hostname}'`;
  return `Croft${version}${host}`;
}
