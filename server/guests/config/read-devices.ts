// Reads the device keys of a configuration: drives, network cards, boot order.

import { driveStrings, efiDiskString, tpmStateString } from '../../contract/qemu-disk-strings.ts';
import { bootString, netString } from '../../contract/qemu-strings.ts';
import { invalidInput } from '../../core/errors.ts';
import { isCloudInitVolume } from './cloud-init-keys.ts';
import { type DriveBus, parseProperty, splitDriveKey, type VmConfig } from './config-keys.ts';
import type { VmDrive, VmEfiDisk, VmModel, VmNic, VmTpmState } from './vm-model.ts';

/** Without the values that are undefined, so that equal settings are equal objects. */
function defined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

/** A drive of its text. */
export function readDrive(key: string, text: string): VmDrive {
  const at = splitDriveKey(key);
  if (!at) throw invalidInput({ [key]: 'is not a drive' });
  const values = parseProperty(key, driveStrings[at.bus] as (typeof driveStrings)['ide'], text);
  const { file, media, size, format, 'import-from': importFrom, ...options } = values;
  const isCd = media === 'cdrom';
  if (format !== undefined || importFrom !== undefined)
    throw invalidInput({ [key]: 'format and import-from are for new volumes' });
  if (file === 'none' && !isCd) throw invalidInput({ [key]: "'none' is for a CD drive: add media=cdrom" });
  return {
    key,
    ...at,
    media: isCd ? 'cdrom' : 'disk',
    volume: file === 'none' ? undefined : file,
    sizeBytes: size,
    options: defined(options),
  };
}

/** The text of a drive. */
export function renderDrive(drive: VmDrive): string {
  const codec = driveStrings[drive.bus as DriveBus] as (typeof driveStrings)['ide'];
  return codec.render({
    ...drive.options,
    file: drive.volume ?? 'none',
    media: drive.media === 'cdrom' ? 'cdrom' : undefined,
    size: drive.sizeBytes,
  });
}

export function readEfiDisk(text: string): VmEfiDisk {
  const values = parseProperty('efidisk0', efiDiskString, text);
  return {
    volume: values.file,
    type: values.efitype ?? '2m',
    preEnrolledKeys: values['pre-enrolled-keys'] ?? false,
    msCert: values['ms-cert'],
    sizeBytes: values.size,
  };
}

/** The size of the chip that the firmware was built for (OVMF, `VarStore.fdf.inc`: 528 KiB of 4 MiB, 128 KiB of 2 MiB). */
export function firmwareChipBytes({ type }: Pick<VmEfiDisk, 'type'>): number {
  return (type === '2m' ? 128 : 528) * 1024;
}

export function renderEfiDisk(disk: VmEfiDisk): string {
  return efiDiskString.render({
    file: disk.volume,
    efitype: disk.type === '2m' ? undefined : disk.type,
    'pre-enrolled-keys': disk.preEnrolledKeys || undefined,
    'ms-cert': disk.msCert,
    size: disk.sizeBytes,
  });
}

export function readTpmState(text: string): VmTpmState {
  const values = parseProperty('tpmstate0', tpmStateString, text);
  return { volume: values.file, version: values.version ?? 'v1.2', sizeBytes: values.size };
}

export function renderTpmState({ volume, version, sizeBytes }: VmTpmState): string {
  return tpmStateString.render({
    file: volume,
    size: sizeBytes,
    version: version === 'v1.2' ? undefined : version,
  });
}

/** Volumes that belong to a VM and are no drives: what its firmware and its TPM keep. */
export function stateDisksOf(model: Pick<VmModel, 'efiDisk' | 'tpmState'>): {
  readonly key: 'efidisk0' | 'tpmstate0';
  readonly volume: string;
  readonly sizeBytes: number | undefined;
}[] {
  return (
    [
      ['efidisk0', model.efiDisk],
      ['tpmstate0', model.tpmState],
    ] as const
  ).flatMap(([key, disk]) => (disk ? [{ key, volume: disk.volume, sizeBytes: disk.sizeBytes }] : []));
}

export function readNic(key: string, text: string): VmNic {
  const values = parseProperty(key, netString, text);
  return {
    key,
    index: Number(key.slice('net'.length)),
    model: values.model,
    mac: values.macaddr?.toUpperCase(),
    bridge: values.bridge,
    firewall: values.firewall ?? false,
    linkDown: values.link_down ?? false,
    mtu: values.mtu,
    queues: values.queues,
    rate: values.rate,
    tag: values.tag,
    trunks: values.trunks,
  };
}

export function renderNic(nic: VmNic): string {
  return netString.render({
    model: nic.model,
    macaddr: nic.mac,
    bridge: nic.bridge,
    firewall: nic.firewall || undefined,
    link_down: nic.linkDown || undefined,
    mtu: nic.mtu,
    queues: nic.queues,
    rate: nic.rate,
    tag: nic.tag,
    trunks: nic.trunks,
  });
}

/** Where a disk is looked for when nothing says which to boot from. */
const diskPreference: readonly DriveBus[] = ['ide', 'scsi', 'virtio', 'sata'];

/** The devices to boot from by themselves: the first disk, the first CD drive, the first network card. */
export function defaultBootOrder(drives: readonly VmDrive[], nics: readonly VmNic[]): string[] {
  const firstDisk = diskPreference
    .flatMap((bus) => drives.filter((d) => d.bus === bus && d.media === 'disk'))
    .at(0);
  // Nothing boots from what is generated for cloud-init.
  const firstCd = drives.find((d) => d.media === 'cdrom' && !isCloudInitVolume(d.volume));
  return [firstDisk, firstCd, nics[0]].flatMap((device) => (device ? [device.key] : []));
}

/** The boot order that `boot` and `bootdisk` ask for, in its newer or older notation. */
export function readBootOrder(
  config: VmConfig,
  drives: readonly VmDrive[],
  nics: readonly VmNic[],
): string[] {
  const boot = config['boot'] === undefined ? {} : parseProperty('boot', bootString, config['boot']);
  if (boot.order !== undefined) return boot.order.split(';');
  const fallback = defaultBootOrder(drives, nics);
  const bootDisk = config['bootdisk'] === undefined ? undefined : String(config['bootdisk']);
  if (boot.legacy === undefined && bootDisk === undefined) return fallback;
  const order: string[] = [];
  for (const letter of boot.legacy ?? 'cdn') {
    if (letter === 'c') order.push(bootDisk ?? drives.find((d) => d.media === 'disk')?.key ?? '');
    if (letter === 'd') order.push(...drives.filter((d) => d.media === 'cdrom').map((d) => d.key));
    if (letter === 'n') order.push(...nics.map((n) => n.key));
  }
  return [...new Set(order)].filter((key) => key !== '');
}
