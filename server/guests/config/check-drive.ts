// Rules within one drive: which options go together, on which bus.
import { decodePlainText } from './plain-text.ts';
import type { VmDrive } from './vm-model.ts';

/** Adds what is wrong with a drive, under its key. */
export function checkDrive(drive: VmDrive, wrong: Record<string, string>): void {
  const complaint = driveComplaint(drive);
  if (complaint !== undefined) wrong[drive.key] ??= complaint;
}

function driveComplaint({ bus, media, options }: VmDrive): string | undefined {
  if (media === 'cdrom' && bus === 'virtio') return 'a CD drive must be on ide, sata or scsi';
  if (media === 'cdrom' && options.iothread) return 'iothread is for disks';
  const direct = options.cache === undefined || options.cache === 'none' || options.cache === 'directsync';
  if (options.aio === 'native' && !direct) return 'aio=native needs cache=none or directsync';
  if (options.serial !== undefined && decodePlainText(options.serial) === undefined)
    return 'serial has control characters';
  return throttleComplaint(options as Readonly<Record<string, unknown>>);
}

/** QEMU throttles either both directions together or each, and a burst only above a limit. */
function throttleComplaint(options: Readonly<Record<string, unknown>>): string | undefined {
  const set = (name: string) => typeof options[name] === 'number' && options[name] > 0;
  for (const [total, read, write] of [
    ['mbps', 'mbps_rd', 'mbps_wr'],
    ['bps', 'bps_rd', 'bps_wr'],
    ['iops', 'iops_rd', 'iops_wr'],
  ] as const) {
    if (set(total) && (set(read) || set(write))) return `${total} cannot stand with ${read} or ${write}`;
    for (const name of [total, read, write]) {
      if (typeof options[name] === 'number' && options[name] < 0) return `${name} must not be negative`;
      if (!set(`${name}_max`)) continue;
      if (!set(name)) return `${name}_max needs ${name}`;
      if (Number(options[`${name}_max`]) < Number(options[name]))
        return `${name}_max must not be below ${name}`;
    }
    if (total === 'bps') {
      for (const name of ['bps', 'bps_rd', 'bps_wr']) {
        if (set(name) && set(`m${name}`)) return `${name} and m${name} say the same`;
      }
    }
  }
  for (const [name, burst] of [
    ['bps_max_length', 'mbps_max'],
    ['bps_rd_max_length', 'mbps_rd_max'],
    ['bps_wr_max_length', 'mbps_wr_max'],
    ['iops_max_length', 'iops_max'],
    ['iops_rd_max_length', 'iops_rd_max'],
    ['iops_wr_max_length', 'iops_wr_max'],
  ] as const) {
    if (set(name) && !set(burst)) return `${name} needs ${burst}`;
  }
  return undefined;
}
