// A machine's QEMU arguments. Pure: the same spec, folder and ports give the same arguments, which a saved state needs.
import { join } from 'node:path';
import { type DiskSpec, type MachineSpec, macOf, type NicSpec, nicsOf } from './machine-spec.ts';
import type { QemuBinary } from './qemu-binary.ts';

/** A device as `-device` and `device_add` take it. */
export type Device = Readonly<Record<string, string | number | boolean>> & {
  readonly driver: string;
  readonly id: string;
};

export interface QemuPlace {
  /** The machine's folder: sockets, logs, pid file. */
  readonly folder: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly ovmf: QemuBinary['ovmf'];
  /** Waits for a saved state instead of booting. */
  readonly incoming: boolean;
}

export const files = {
  pid: 'qemu.pid',
  /** The owner's monitor; a monitor's socket serves one client at a time. */
  qmp: 'qmp.sock',
  /** The command line tool's. */
  control: 'control.sock',
  serial: 'serial.sock',
  serialLog: 'serial.log',
  qemuLog: 'qemu.log',
  variables: 'efi-variables.fd',
} as const;

/** Fixed places on the bus, so that names of cards in the guest never depend on what else there is. */
const firstNicSlot = 0x10;
const firstPortSlot = 0x14;
/** Of the six AHCI ports of q35 the CD has the third, as QEMU itself places it. */
const cdBus = 2;
const sataBuses = [0, 1, 3, 4, 5];

export function renderArgs(spec: MachineSpec, place: QemuPlace): string[] {
  const disks = spec.disks ?? [];
  const nics = nicsOf(spec);
  const inFolder = (name: string) => join(place.folder, name);
  const bootOrder =
    !spec.kernel && [...disks, spec.cdrom, ...nics].some((part) => part && 'bootIndex' in part);
  return [
    ...['-name', spec.name, '-nodefaults', '-no-user-config', '-S'],
    ...['-machine', 'q35', '-accel', 'tcg,thread=multi'],
    ...['-cpu', spec.nested ? 'max,la57=off' : 'max,la57=off,svm=off'],
    ...['-smp', String(spec.cpus ?? 2), '-m', `${spec.memoryMiB ?? 3072}M`],
    ...['-display', 'none', '-vga', 'std', '-rtc', 'base=utc'],
    ...['-pidfile', inFolder(files.pid)],
    ...['-qmp', `unix:${inFolder(files.qmp)},server=on,wait=off`],
    ...['-qmp', `unix:${inFolder(files.control)},server=on,wait=off`],
    '-chardev',
    `socket,id=serial0,path=${inFolder(files.serial)},server=on,wait=off,logfile=${inFolder(files.serialLog)},logappend=on`,
    ...['-serial', 'chardev:serial0'],
    ...device({ driver: 'virtio-rng-pci', id: 'rng' }),
    ...device({ driver: 'i6300esb', id: 'watchdog' }),
    ...['-action', `watchdog=${spec.watchdog ?? 'reset'}`],
    ...(spec.firmware === 'uefi' ? uefi(place.ovmf.code, inFolder(files.variables)) : []),
    ...(bootOrder ? ['-boot', 'strict=on'] : []),
    ...(spec.exitOnReboot ? ['-no-reboot'] : []),
    ...nics.flatMap((nic, index) => nicArgs(nic, index, place.ports)),
    ...(disks.some(({ bus }) => bus === 'usb')
      ? device({ driver: 'qemu-xhci', id: 'usb', addr: '0xe' })
      : []),
    ...disks.flatMap((disk, index) => [
      ...blockdev(blockNode(disk, `disk${index}`)),
      ...portOf(disk, index),
      ...device(diskDevice(spec, index)),
    ]),
    ...(spec.cdrom
      ? [
          ...blockdev(blockNode({ path: spec.cdrom.path, format: 'raw', readonly: true }, 'cd0')),
          ...device({
            driver: 'ide-cd',
            id: 'cd0',
            bus: `ide.${cdBus}`,
            drive: 'cd0',
            ...bootIndexOf(spec, spec.cdrom),
          }),
        ]
      : []),
    ...(spec.kernel ? ['-kernel', spec.kernel.file] : []),
    ...(spec.kernel?.initrd === undefined ? [] : ['-initrd', spec.kernel.initrd]),
    ...(spec.kernel?.append === undefined ? [] : ['-append', spec.kernel.append]),
    ...(place.incoming ? ['-incoming', 'defer'] : []),
    ...(spec.extraArgs ?? []),
  ];
}

/** The device of a disk, also for putting it back after it was unplugged. */
export function diskDevice(spec: MachineSpec, index: number): Device {
  const disks = spec.disks ?? [];
  const disk = disks[index]!;
  const id = `disk${index}`;
  const shared = { id, drive: id, serial: disk.serial ?? `lab-${id}`, ...bootIndexOf(spec, disk) };
  switch (disk.bus ?? 'virtio') {
    case 'virtio':
      return { driver: 'virtio-blk-pci', bus: `port-${id}`, ...shared };
    case 'nvme':
      return { driver: 'nvme', bus: `port-${id}`, ...shared };
    case 'usb':
      return { driver: 'usb-storage', bus: 'usb.0', removable: true, ...shared };
    case 'sata': {
      const before = disks.slice(0, index).filter(({ bus }) => bus === 'sata').length;
      const bus = sataBuses[before];
      if (bus === undefined) throw new Error('a lab machine has at most five SATA disks');
      return { driver: 'ide-hd', bus: `ide.${bus}`, ...shared };
    }
  }
}

/** PCIe disks can be unplugged only from a port of their own. */
function portOf(disk: DiskSpec, index: number): string[] {
  const bus = disk.bus ?? 'virtio';
  if (bus === 'usb' || bus === 'sata') return [];
  const port = {
    driver: 'pcie-root-port',
    id: `port-disk${index}`,
    chassis: index + 1,
    slot: index + 1,
    addr: `0x${(firstPortSlot + index).toString(16)}`,
  };
  return device(port);
}

function blockNode(disk: DiskSpec, name: string): object {
  const common = {
    'read-only': disk.readonly ?? false,
    discard: 'unmap',
    cache: { direct: false, 'no-flush': disk.cache === 'unsafe' },
  };
  return {
    driver: disk.format,
    'node-name': name,
    ...common,
    file: { driver: 'file', filename: disk.path, ...common },
  };
}

function nicArgs(nic: NicSpec, index: number, ports: Readonly<Record<string, number>>): string[] {
  const id = `net${index}`;
  const backend =
    nic.kind === 'user'
      ? {
          type: 'user',
          id,
          hostfwd: nic.forward.map((port) => ({ str: `tcp:127.0.0.1:${ports[port]}-:${port}` })),
          ...(nic.tftp ? { tftp: nic.tftp.folder, bootfile: nic.tftp.file } : {}),
        }
      : { type: 'socket', id, mcast: `230.0.0.1:${nic.segment}`, localaddr: '127.0.0.1' };
  const bootsFromNet = nic.kind === 'user' && nic.bootIndex !== undefined;
  return [
    ...['-netdev', JSON.stringify(backend)],
    ...device({
      driver: nic.model ?? 'virtio-net-pci',
      id: `nic${index}`,
      netdev: id,
      mac: macOf(nic, index),
      addr: `0x${(firstNicSlot + index).toString(16)}`,
      // Without the boot code for the network the firmware is through faster.
      ...(bootsFromNet ? { bootindex: nic.bootIndex! } : { romfile: '' }),
    }),
  ];
}

function uefi(code: string, variables: string): string[] {
  return [
    ...['-drive', `if=pflash,format=raw,readonly=on,file=${code}`],
    ...['-drive', `if=pflash,format=raw,file=${variables}`],
  ];
}

/** None beside a kernel that is booted directly: QEMU gives that the first place, and refuses a second one. */
function bootIndexOf(
  spec: MachineSpec,
  part: { readonly bootIndex?: number },
): { readonly bootindex?: number } {
  return part.bootIndex === undefined || spec.kernel ? {} : { bootindex: part.bootIndex };
}

function device(properties: Device): string[] {
  return ['-device', JSON.stringify(properties)];
}

function blockdev(node: object): string[] {
  return ['-blockdev', JSON.stringify(node)];
}
