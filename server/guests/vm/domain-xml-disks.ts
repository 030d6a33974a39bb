// Drives of a domain: where each hangs, and its element.
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { AppError } from '../../core/errors.ts';
import type { VmDrive, VmModel } from '../config/vm-model.ts';
import { attachmentOf, type DomainHost, deviceAlias } from './domain-host.ts';
import { machineFamily } from './domain-xml-system.ts';
import type { ServedBacking } from './vm-start.ts';
import { element, renderXml, type XmlElement } from './xml.ts';

/** What a drive needs from the rest of the domain. */
export interface DrivePlacement {
  /** Number of its controller; undefined for virtio, which has none. */
  readonly controller: number | undefined;
  /** The I/O thread that serves it, from 1. */
  readonly iothread: number | undefined;
}

const lsiUnits = 7;

/** Where every drive hangs when the VM starts. With virtio-scsi-single each SCSI drive has a controller of its own. */
export function drivePlacements(model: VmModel): Map<string, DrivePlacement> {
  const placements = new Map<string, DrivePlacement>();
  const single = model.scsiController === 'virtio-scsi-single';
  const ideController = machineFamily(model) === 'q35' ? 0 : undefined;
  let threads = 0;
  let singles = 0;
  for (const drive of model.drives) {
    const threaded = drive.options.iothread && (drive.bus === 'virtio' || (drive.bus === 'scsi' && single));
    if (threaded) threads += 1;
    placements.set(drive.key, {
      controller:
        drive.bus === 'scsi'
          ? single
            ? singles++
            : sharedScsiController(model, drive)
          : drive.bus === 'sata'
            ? (ideController ?? -1) + 1
            : drive.bus === 'ide'
              ? 0
              : undefined,
      iothread: threaded ? threads : undefined,
    });
  }
  return placements;
}

function sharedScsiController(model: VmModel, drive: VmDrive): number {
  return model.scsiController === 'virtio-scsi-pci' ? 0 : Math.floor(drive.index / lsiUnits);
}

/** `a`, `b`, ..., `z`, `aa`, ...: the end of a disk's name. */
function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

/** libvirt's name of a drive (`sda`), unique in the domain and always the same for a key; the guest may call it otherwise. */
export function targetName(drive: Pick<VmDrive, 'bus' | 'index'>): string {
  switch (drive.bus) {
    case 'virtio':
      return `vd${letters(drive.index)}`;
    case 'scsi':
      return `sd${letters(drive.index)}`;
    case 'sata':
      return `sd${letters(40 + drive.index)}`;
    case 'ide':
      return `hd${letters(drive.index)}`;
  }
}

function addressElement(
  model: VmModel,
  drive: VmDrive,
  { controller }: DrivePlacement,
): XmlElement | undefined {
  if (controller === undefined) return undefined;
  const at = (bus: number, unit: number) =>
    element('address', { type: 'drive', controller, bus, target: 0, unit });
  if (drive.bus === 'ide')
    return machineFamily(model) === 'q35'
      ? at(0, drive.index)
      : at(Math.floor(drive.index / 2), drive.index % 2);
  if (drive.bus === 'sata' || model.scsiController.startsWith('virtio-scsi')) return at(0, drive.index);
  return model.scsiController === 'megasas'
    ? element('address', { type: 'drive', controller, bus: 0, target: drive.index % lsiUnits, unit: 0 })
    : at(0, drive.index % lsiUnits);
}

/** The element of a drive. For one plugged into a running VM, `placement` says where there is room. */
export function diskElement(
  model: VmModel,
  key: string,
  host: Pick<DomainHost, 'attachments'>,
  placement?: DrivePlacement,
): XmlElement {
  const drive = model.drives.find((candidate) => candidate.key === key);
  if (!drive) throw new AppError('internal', `${key}: there is no such drive`);
  const place = placement ?? drivePlacements(model).get(key)!;
  const isCd = drive.media === 'cdrom';
  const attachment = drive.volume === undefined ? undefined : attachmentOf(host, key);
  const { options } = drive;
  const bus = drive.bus === 'ide' && machineFamily(model) === 'q35' ? 'sata' : drive.bus;
  const order = model.bootOrder.indexOf(key) + 1;
  return element('disk', { type: attachment?.kind ?? 'file', device: isCd ? 'cdrom' : 'disk' }, [
    driverElement(drive, attachment, place),
    attachment && sourceElement(attachment),
    (attachment?.kind === 'file' || attachment?.kind === 'block') &&
      attachment.backing &&
      backingElement(attachment.backing),
    element('target', {
      dev: targetName(drive),
      bus,
      rotation_rate: options.ssd && drive.bus !== 'virtio' && !isCd ? 1 : undefined,
    }),
    throttleElement(drive),
    (isCd || options.ro) && element('readonly'),
    options.serial !== undefined && element('serial', {}, decodeURIComponent(options.serial)),
    options.wwn !== undefined && element('wwn', {}, options.wwn.slice(2).toLowerCase()),
    options.vendor !== undefined && element('vendor', {}, options.vendor),
    options.product !== undefined && element('product', {}, options.product),
    order > 0 && element('boot', { order }),
    element('alias', { name: deviceAlias(key) }),
    addressElement(model, drive, place),
  ]);
}

/** `diskElement` as text, for plugging and for changing a running VM. */
export function renderDiskXml(
  model: VmModel,
  key: string,
  host: Pick<DomainHost, 'attachments'>,
  placement?: DrivePlacement,
): string {
  return renderXml(diskElement(model, key, host, placement));
}

const errorPolicies = { enospc: 'enospace', ignore: 'ignore', report: 'report', stop: 'stop' } as const;

function driverElement(
  drive: VmDrive,
  attachment: Attachment | undefined,
  place: DrivePlacement,
): XmlElement {
  const { options } = drive;
  const type = attachment === undefined ? 'raw' : imageFormatOf(attachment);
  const policies = {
    error_policy: options.werror && errorPolicies[options.werror],
    rerror_policy: options.rerror,
  };
  if (drive.media === 'cdrom')
    return element('driver', { name: 'qemu', type, cache: options.cache, io: options.aio, ...policies });
  const unmap = options.discard === 'on';
  return element('driver', {
    name: 'qemu',
    type,
    cache: options.cache ?? 'none',
    io: options.aio,
    ...policies,
    discard: options.discard === undefined ? undefined : unmap ? 'unmap' : 'ignore',
    detect_zeroes: options.detect_zeroes === false ? 'off' : unmap ? 'unmap' : 'on',
    iothread: drive.bus === 'virtio' ? place.iothread : undefined,
  });
}

/** The format by which QEMU opens it: an ISO file is raw. */
export function imageFormatOf(attachment: Attachment): string {
  if (attachment.kind === 'block') return attachment.format ?? 'raw';
  return attachment.kind === 'file' && attachment.format !== 'iso' ? attachment.format : 'raw';
}

/** Where a drive's bytes are. */
export function sourceElement(attachment: Attachment): XmlElement {
  switch (attachment.kind) {
    case 'file':
      return element('source', { file: attachment.path });
    case 'block':
      return element('source', { dev: attachment.path });
    case 'network':
      return element(
        'source',
        { protocol: attachment.protocol, name: attachment.name },
        attachment.hosts.map((host) => {
          const [, name, port] = /^(.*?)(?::(\d+))?$/.exec(host)!;
          return element('host', { name: name!.replace(/^\[|\]$/g, ''), port });
        }),
      );
    case 'directory':
    case 'overlay':
      throw new AppError('unsupported', 'a VM cannot have a tree of files (format subvol) as its disk');
  }
}

/** The images below, as its storage names them: what the image itself names is not looked at. */
function backingElement([next, ...rest]: readonly ServedBacking[]): XmlElement {
  if (next === undefined) return element('backingStore');
  const { path, format, device, socket } = next;
  if (socket !== undefined)
    return element('backingStore', { type: 'network' }, [
      element('format', { type: format }),
      element('source', { protocol: 'nbd', name: path }, [element('host', { transport: 'unix', socket })]),
      backingElement(rest),
    ]);
  return element('backingStore', { type: device ? 'block' : 'file' }, [
    element('format', { type: format }),
    element('source', device ? { dev: path } : { file: path }),
    backingElement(rest),
  ]);
}

const mebibyte = 1024 * 1024;

/** libvirt's name of each limit, by the API's name and unit. */
const limits = [
  ['total_bytes_sec', 'mbps', 'bps'],
  ['read_bytes_sec', 'mbps_rd', 'bps_rd'],
  ['write_bytes_sec', 'mbps_wr', 'bps_wr'],
  ['total_bytes_sec_max', 'mbps_max', undefined],
  ['read_bytes_sec_max', 'mbps_rd_max', undefined],
  ['write_bytes_sec_max', 'mbps_wr_max', undefined],
] as const;
const counts = [
  ['total_iops_sec', 'iops'],
  ['read_iops_sec', 'iops_rd'],
  ['write_iops_sec', 'iops_wr'],
  ['total_iops_sec_max', 'iops_max'],
  ['read_iops_sec_max', 'iops_rd_max'],
  ['write_iops_sec_max', 'iops_wr_max'],
  ['total_bytes_sec_max_length', 'bps_max_length'],
  ['read_bytes_sec_max_length', 'bps_rd_max_length'],
  ['write_bytes_sec_max_length', 'bps_wr_max_length'],
  ['total_iops_sec_max_length', 'iops_max_length'],
  ['read_iops_sec_max_length', 'iops_rd_max_length'],
  ['write_iops_sec_max_length', 'iops_wr_max_length'],
] as const;

/** The limits of a drive in libvirt's names, bytes and operations per second, lengths in seconds; 0: no limit. */
function driveLimits({ options }: Pick<VmDrive, 'options'>): Map<string, number> {
  const values = new Map<string, number>();
  for (const [name, inMebibytes, inBytes] of limits) {
    const mebibytes = options[inMebibytes];
    const bytes = mebibytes !== undefined ? Math.round(mebibytes * mebibyte) : inBytes && options[inBytes];
    if (bytes !== undefined) values.set(name, bytes);
  }
  for (const [name, key] of counts) {
    const value = options[key];
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

/** All limits by libvirt's names, 0 where there is none: what a running drive is told. */
export function limitsOf(drive: Pick<VmDrive, 'options'>): Record<string, number> {
  const set = driveLimits(drive);
  const names = [...limits, ...counts].map(([name]) => name);
  return Object.fromEntries(names.map((name) => [name, set.get(name) ?? 0]));
}

function throttleElement(drive: VmDrive): XmlElement | undefined {
  const values = [...driveLimits(drive)].filter(([, value]) => value > 0);
  return values.length === 0
    ? undefined
    : element(
        'iotune',
        {},
        values.map(([name, value]) => element(name, {}, value)),
      );
}
