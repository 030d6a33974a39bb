// A VM's disk: between the form and the property string `local:100/vm-100-disk-0.qcow2,discard=on,size=32G`. Pure.
import { isAtLeast } from './plain-rules.ts';
import {
  isOn,
  type PropertyString,
  parseProperties,
  renderProperties,
  withOptions,
} from './property-string.ts';
import {
  checkLimits,
  type DiskLimits,
  type LimitProblem,
  limitChanges,
  readLimits,
} from './vm-disk-limits.ts';

export const diskBuses = ['scsi', 'virtio', 'sata', 'ide'] as const;
export type DiskBus = (typeof diskBuses)[number];
export const cacheModes = ['none', 'writeback', 'writethrough', 'directsync', 'unsafe'] as const;
export const asyncKinds = ['io_uring', 'threads', 'native'] as const;

export interface DiskOptions extends DiskLimits {
  readonly bus: DiskBus;
  /** Empty: what is usual. */
  readonly cache: '' | (typeof cacheModes)[number];
  readonly aio: '' | (typeof asyncKinds)[number];
  readonly discard: boolean;
  readonly ssd: boolean;
  readonly iothread: boolean;
  readonly readOnly: boolean;
  readonly backup: boolean;
  readonly serial: string;
  /** Zeroes that are written take no room. */
  readonly detectZeroes: boolean;
  /** Of disks that say who made them; empty: as usual. */
  readonly wwn: string;
  readonly vendor: string;
  readonly product: string;
}

export interface NewDisk extends DiskOptions {
  readonly storage: string;
  readonly sizeGiB: string;
  /** Empty: the storage's own choice. */
  readonly format: '' | 'qcow2' | 'raw';
}

/** What drives of a bus can do beside what all can. */
export const busCan = (bus: DiskBus) => ({
  ssd: bus !== 'virtio',
  iothread: bus === 'scsi' || bus === 'virtio',
  readOnly: bus === 'scsi' || bus === 'virtio',
  maker: bus === 'scsi',
});

const one = <T extends string>(of: readonly T[], text: string | undefined): T | '' =>
  of.find((word) => word === text) ?? '';

export function readDisk(bus: DiskBus, disk: PropertyString): DiskOptions {
  const option = (name: string) => disk.options.get(name);
  return {
    ...readLimits(disk),
    bus,
    cache: one(cacheModes, option('cache')),
    aio: one(asyncKinds, option('aio')),
    discard: option('discard') === 'on',
    ssd: isOn(option('ssd')),
    iothread: isOn(option('iothread')),
    readOnly: isOn(option('ro')),
    backup: option('backup') === undefined || isOn(option('backup')),
    serial: option('serial') ?? '',
    detectZeroes: option('detect_zeroes') === undefined || isOn(option('detect_zeroes')),
    wwn: option('wwn') ?? '',
    vendor: option('vendor') ?? '',
    product: option('product') ?? '',
  };
}

/** A new disk frees on its storage what the guest frees. */
export function newDisk(): NewDisk {
  const plain = readDisk('scsi', parseProperties(''));
  return { ...plain, discard: true, storage: '', sizeGiB: '32', format: '' };
}

/** What a bus cannot do is as if it were not chosen. */
function settled<F extends DiskOptions>(form: F): F {
  const can = busCan(form.bus);
  return {
    ...form,
    ssd: form.ssd && can.ssd,
    iothread: form.iothread && can.iothread,
    readOnly: form.readOnly && can.readOnly,
    ...(can.maker ? {} : { vendor: '', product: '', ...(form.bus === 'ide' ? {} : { wwn: '' }) }),
  };
}

/** The string of a disk with the form's options; what did not change, and what the form does not know, stays as it was. */
export function diskString(given: DiskOptions, before: PropertyString): string {
  const form = settled(given);
  const had = readDisk(form.bus, before);
  const text = (value: string) => (value.trim() === '' ? undefined : value.trim());
  const flag = (on: boolean) => (on ? '1' : undefined);
  const wanted = {
    cache: text(form.cache),
    aio: text(form.aio),
    discard: form.discard ? 'on' : undefined,
    ssd: flag(form.ssd),
    iothread: flag(form.iothread),
    ro: flag(form.readOnly),
    backup: form.backup ? undefined : '0',
    serial: text(form.serial),
    detect_zeroes: form.detectZeroes ? undefined : '0',
    wwn: text(form.wwn),
    vendor: text(form.vendor),
    product: text(form.product),
  };
  const same: Readonly<Record<keyof typeof wanted, boolean>> = {
    cache: form.cache === had.cache,
    aio: form.aio === had.aio,
    discard: form.discard === had.discard,
    ssd: form.ssd === had.ssd,
    iothread: form.iothread === had.iothread,
    ro: form.readOnly === had.readOnly,
    backup: form.backup === had.backup,
    serial: form.serial.trim() === had.serial,
    detect_zeroes: form.detectZeroes === had.detectZeroes,
    wwn: form.wwn.trim() === had.wwn,
    vendor: form.vendor.trim() === had.vendor.trim(),
    product: form.product.trim() === had.product.trim(),
  };
  const changes = Object.fromEntries(
    Object.entries(wanted).filter(([name]) => !same[name as keyof typeof wanted]),
  );
  return renderProperties(withOptions(before, { ...changes, ...limitChanges(form, before) }));
}

/** The string that asks for a new volume. */
export function newDiskString(form: NewDisk): string {
  const made = parseProperties(`${form.storage}:${Number(form.sizeGiB)}`);
  return diskString(form, withOptions(made, form.format === '' ? {} : { format: form.format }));
}

/** As the contract has them. */
const makerRules = {
  wwn: /^0x[0-9a-fA-F]{16}$/,
  diskVendor: /^[\w -]{1,8}$/,
  diskProduct: /^[\w -]{1,16}$/,
} as const;
type Maker = keyof typeof makerRules;

export type DiskProblem = LimitProblem | 'required' | 'number' | 'nativeCache' | 'serial' | Maker;
export type DiskProblems = Partial<Record<keyof NewDisk, DiskProblem>>;

/** What would certainly be refused. `before`: of a disk that is there. */
export function checkDisk(form: DiskOptions, before?: PropertyString): DiskProblems {
  const wrong: DiskProblems = { ...checkLimits(form) };
  // QEMU's native I/O passes the cache by: it needs a mode without one.
  if (form.aio === 'native' && !['', 'none', 'directsync'].includes(form.cache)) wrong.aio = 'nativeCache';
  const serial = form.serial.trim();
  const kept = before !== undefined && serial === readDisk(form.bus, before).serial;
  // As long as the shortest of the devices takes it: VIRTIO_BLK_ID_BYTES.
  if (!kept && serial !== '' && !/^[\w.-]{1,20}$/.test(serial)) wrong.serial = 'serial';
  if (busCan(form.bus).maker) Object.assign(wrong, checkMaker(form));
  return wrong;
}

function checkMaker(form: DiskOptions): DiskProblems {
  const wrong: DiskProblems = {};
  const breaks = (text: string, rule: Maker) => text.trim() !== '' && !makerRules[rule].test(text.trim());
  if (breaks(form.wwn, 'wwn')) wrong.wwn = 'wwn';
  if (breaks(form.vendor, 'diskVendor')) wrong.vendor = 'diskVendor';
  if (breaks(form.product, 'diskProduct')) wrong.product = 'diskProduct';
  return wrong;
}

export function checkNewDisk(form: NewDisk): DiskProblems {
  const wrong = checkDisk(form);
  if (form.storage === '') wrong.storage = 'required';
  if (!isAtLeast(form.sizeGiB, 1)) wrong.sizeGiB = 'number';
  return wrong;
}
