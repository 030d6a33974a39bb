// A VM of ours made of what an OVF description says; every piece of it is reported, mapped or not. Pure.

import type { ImportMember } from '../../../storage-plugins/plugin.ts';
import type { ImportMetadata } from '../../contract/node-storage-import.ts';
import { mebibyte } from '../../core/units.ts';
import { osTypeOf } from './os-type.ts';
import { type OvfItem, type OvfSystem, unitBytes } from './ovf-system.ts';
import { type Item, Report, vmNameOf, type Why } from './report.ts';

const mostCores = 128;
const mostMemoryMib = 4 * 1024 * 1024;
const leastMemoryMib = 16;
const longestNotes = 8192;
/** How many devices each bus takes, as the API numbers them. */
const busSizes = { ide: 4, sata: 6, scsi: 31 } as const;
type Bus = keyof typeof busSizes;

/** Numbers of CIM's `ResourceType`. */
const resource = {
  ...{ processor: 3, memory: 4, ide: 5, scsi: 6, network: 10, floppy: 14, cd: 15, dvd: 16, disk: 17 },
  ...{ otherStorage: 20, serial: 21, usb: 23, graphics: 24, sound: 35 },
} as const;

const nicModels: readonly (readonly [RegExp, string])[] = [
  [/^e1000e/, 'e1000e'],
  [/^e1000/, 'e1000'],
  [/vmxnet/, 'vmxnet3'],
  [/pcnet/, 'pcnet'],
  [/virtio/, 'virtio'],
  [/rtl8139/, 'rtl8139'],
];

/** `members`: the images that are there. */
export function mapOvf(
  system: OvfSystem,
  format: 'ova' | 'ovf',
  members: readonly ImportMember[],
): ImportMetadata {
  const report = new Report();
  const args: Record<string, string | number> = {};
  const disks: Record<string, string> = {};
  const net: Record<string, Record<string, string>> = {};
  const osType = osTypeOf(system.osWords, system.osId);

  mapName();
  mapSystem();
  const ofType = (...types: number[]) => system.items.filter(({ type }) => types.includes(type));
  mapProcessors(ofType(resource.processor));
  mapMemory(ofType(resource.memory));
  const place = placer(system.items, osType === 'l26', args, report);
  for (const item of ofType(resource.disk)) mapDisk(item, place(item));
  for (const item of ofType(resource.cd, resource.dvd)) mapDisc(item, place(item, true));
  ofType(resource.network).forEach(mapNic);
  for (const item of system.items) mapOther(item);
  const bootable = Object.keys(disks);
  if (bootable.length > 0) args['boot'] = `order=${bootable[0]}`;
  if (format === 'ova') report.warn('ova-needs-extracting');
  return {
    ...{ type: 'vm', source: 'esxi', format, 'create-args': args, disks, net },
    ...{ warnings: report.warnings, report: report.lines },
  };

  function mapName() {
    const name = vmNameOf(system.name);
    if (name === undefined) {
      if (system.name !== '') report.unmapped({ code: 'name' }, system.name, 'name-unusable');
      return;
    }
    args['name'] = name;
    const why: Why[] = name === system.name ? [] : ['name-changed'];
    report.mapped({ code: 'name' }, system.name, 'name', ...why);
  }

  function mapSystem() {
    const said = system.osWords.trim() || (system.osId === undefined ? '' : `number ${system.osId}`);
    if (osType !== undefined) {
      args['ostype'] = osType;
      report.mapped({ code: 'operating-system' }, said, 'ostype');
    } else if (said !== '') report.unmapped({ code: 'operating-system' }, said, 'system-unknown');
    if (system.efi) {
      args['bios'] = 'ovmf';
      report.mapped({ code: 'firmware' }, 'efi', 'bios', 'firmware-settings-stay');
      report.warn('efi-state-lost', 'bios');
    }
    if (system.secureBoot) report.unmapped({ code: 'secure-boot' }, 'on', 'secure-boot-keys', 'efidisk0');
    if (system.annotation !== '') {
      args['description'] = system.annotation.slice(0, longestNotes).toWellFormed();
      report.mapped({ code: 'notes' }, system.annotation, 'description');
    }
  }

  function mapProcessors(items: readonly OvfItem[]) {
    const total = items.reduce((sum, { quantity }) => sum + (quantity ?? 0), 0);
    if (total === 0) return;
    if (total > mostCores)
      return report.unmapped(
        { code: 'processors' },
        total,
        { code: 'too-many-processors', values: { most: mostCores } },
        'cores',
      );
    const perSocket = items[0]?.coresPerSocket;
    const whole = perSocket !== undefined && perSocket > 0 && total % perSocket === 0;
    args['cores'] = whole ? perSocket : total;
    if (whole && total > perSocket) args['sockets'] = total / perSocket;
    report.mapped({ code: 'processors' }, total, 'cores');
  }

  function mapMemory(items: readonly OvfItem[]) {
    for (const { quantity = 0, units } of items.slice(0, 1)) {
      // Whoever names no unit means the one that every writer has.
      const unit = units === '' ? mebibyte : (unitBytes(units) ?? 0);
      const mib = Math.round((quantity * unit) / mebibyte);
      if (mib < leastMemoryMib || mib > mostMemoryMib)
        return report.unmapped({ code: 'memory' }, `${quantity} ${units}`, 'memory-unusable', 'memory');
      args['memory'] = mib;
      report.mapped({ code: 'memory' }, `${mib} MiB`, 'memory');
    }
    for (const { title } of items.slice(1)) report.unmapped({ code: 'memory' }, title, 'memory-twice');
  }

  function mapDisk(item: OvfItem, key: string | undefined) {
    const label: Item = item.title || { code: 'disk', values: { id: item.id } };
    if (key === undefined) return report.unmapped(label, item.hostResource, 'no-place');
    const id = /^(?:ovf:)?\/?disk\/(.+)$/.exec(item.hostResource)?.[1] ?? '';
    const direct = /^(?:ovf:)?\/?file\/(.+)$/.exec(item.hostResource)?.[1] ?? '';
    const disk = system.disks.find((each) => each.id === id);
    const file = disk?.file ?? system.files.get(direct);
    const size = disk?.sizeBytes === undefined ? '' : `${+(disk.sizeBytes / 1024 ** 3).toFixed(2)} GiB`;
    if (file === undefined) return report.unmapped(label, size, disk ? 'disk-empty' : 'image-unnamed', key);
    if (disk?.compression !== undefined && disk.compression !== '' && disk.compression !== 'identity')
      return report.unmapped(
        label,
        file,
        { code: 'image-compressed', values: { how: disk.compression } },
        key,
      );
    const member = members.find(({ name }) => name === file);
    if (!member) return report.unmapped(label, file, 'image-missing', key);
    if (Object.values(disks).includes(member.volume))
      return report.unmapped(label, file, 'image-of-another', key);
    disks[key] = member.volume;
    report.mapped(label, [file, size].filter(Boolean).join(', '), key);
  }

  function mapDisc(item: OvfItem, key: string | undefined) {
    const label: Item = item.title || { code: 'cd-drive' };
    if (key === undefined) return report.unmapped(label, '', 'no-place');
    args[key] = 'none,media=cdrom';
    const image = item.hostResource;
    if (image !== '') report.warn('cdrom-image-ignored', key, image);
    report.mapped(label, image, key, ...(image === '' ? [] : (['disc-left'] as const)));
  }

  function mapNic(item: OvfItem, at: number) {
    const label: Item = item.title || { code: 'network-card' };
    const key = `net${at}`;
    if (at > 31) return report.unmapped(label, item.connection, 'too-many-cards');
    const model = nicModels.find(([pattern]) => pattern.test(item.subtype))?.[1];
    const mac = macOf(item.address);
    net[key] = { model: model ?? (osType === 'l26' ? 'virtio' : 'e1000'), ...(mac ? { macaddr: mac } : {}) };
    const unknown: Why[] =
      model === undefined && item.subtype !== ''
        ? [{ code: 'model-unknown', values: { model: item.subtype } }]
        : [];
    report.mapped(label, item.connection, key, ...unknown, 'choose-bridge');
  }

  function mapOther({ type, title, subtype }: OvfItem) {
    const label: Item = title || { code: 'hardware', values: { type } };
    if (type === resource.serial) report.warn('serial-port-socket-only', 'serial0');
    const ours: readonly number[] = [
      ...[resource.processor, resource.memory, resource.ide, resource.scsi, resource.network],
      ...[resource.cd, resource.dvd, resource.disk, resource.graphics, resource.otherStorage],
    ];
    if (!ours.includes(type)) report.unmapped(label, subtype, 'not-taken');
  }
}

/** Which key a disk or disc gets: the bus of its controller, the next free number. */
function placer(
  items: readonly OvfItem[],
  isLinux: boolean,
  args: Record<string, string | number>,
  report: Report,
): (item: OvfItem, disc?: boolean) => string | undefined {
  const taken = new Set<string>();
  const free = (bus: Bus): string | undefined => {
    for (let at = 0; at < busSizes[bus]; at += 1) if (!taken.has(`${bus}${at}`)) return `${bus}${at}`;
    return undefined;
  };
  // SCSI controllers of other hypervisors do not exist here: Linux has drivers for ours, everything has them for SATA.
  const scsi: Bus = isLinux ? 'scsi' : 'sata';
  const told = new Set<OvfItem>();
  const busOf = (controller: OvfItem | undefined, disc: boolean): Bus => {
    if (controller?.type === resource.ide) return 'ide';
    if (controller?.type === resource.scsi) {
      if (!told.has(controller)) {
        const label: Item = controller.title || { code: 'scsi-controller' };
        if (isLinux) report.mapped(label, controller.subtype, 'scsihw', 'controller-other');
        else report.unmapped(label, controller.subtype, 'disks-on-sata');
        told.add(controller);
      }
      return disc ? 'sata' : scsi;
    }
    if (controller && /nvme/.test(controller.subtype))
      report.warn('nvme-unsupported', undefined, controller.title);
    return 'sata';
  };
  return (item, disc = false) => {
    const bus = busOf(
      items.find(({ id }) => id !== '' && id === item.parent),
      disc,
    );
    const key = free(bus) ?? free('sata') ?? (disc ? undefined : free('scsi'));
    if (key === undefined) return undefined;
    taken.add(key);
    if (key.startsWith('scsi')) args['scsihw'] = 'virtio-scsi-single';
    return key;
  };
}

/** A usable address of a card, in the API's form. */
function macOf(text: string): string | undefined {
  const digits = text.replace(/[:.-]/g, '').toUpperCase();
  if (!/^[0-9A-F]{12}$/.test(digits) || Number.parseInt(digits.slice(0, 2), 16) % 2 === 1) return undefined;
  return digits.match(/../g)?.join(':');
}
