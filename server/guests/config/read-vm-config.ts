// Reads a stored configuration into the typed model, with the API's defaults filled in.

import { readList } from '../../contract/params.ts';
import { unusedString } from '../../contract/qemu-disk-strings.ts';
import * as strings from '../../contract/qemu-strings.ts';
import { AppError } from '../../core/errors.ts';
import { readCloudInit } from './cloud-init-keys.ts';
import { canonicalValue, compareKeys, parseProperty, splitDeviceKey, type VmConfig } from './config-keys.ts';
import { readBootOrder, readDrive, readEfiDisk, readNic, readTpmState } from './read-devices.ts';
import { readSmbios } from './smbios.ts';
import type {
  GuestLock,
  HotPlugFeature,
  OsType,
  ScsiController,
  VmCpu,
  VmModel,
  VmNumaNode,
} from './vm-model.ts';

/** What a key means when it is not set. */
export const defaults = {
  memoryMib: 512,
  cores: 1,
  sockets: 1,
  scsiController: 'lsi',
  osType: 'other',
  bios: 'seabios',
  vga: 'std',
  hotplug: ['network', 'disk', 'usb'],
  rngBytes: 1024,
  rngPeriodMs: 1000,
} as const;

/** The model of a configuration. Throws `invalid-input` or `unsupported` naming the key; rules between keys: check-vm-model.ts. */
export function readVmConfig(document: { readonly vmid: number; readonly config: VmConfig }): VmModel {
  const { vmid } = document;
  const config: VmConfig = Object.fromEntries(
    Object.entries(document.config).map(([key, value]) => [key, canonicalValue(key, value)]),
  );
  const text = (key: string) => (config[key] === undefined ? undefined : String(config[key]));
  const whole = (key: string) => (config[key] === undefined ? undefined : Number(config[key]));
  const flag = (key: string) => (config[key] === undefined ? undefined : config[key] === 1);
  const keysOf = (base: string) =>
    Object.keys(config)
      .filter((key) => splitDeviceKey(key)?.base === base)
      .sort(compareKeys);

  const drives = (['ide', 'sata', 'scsi', 'virtio'] as const).flatMap((bus) =>
    keysOf(bus).map((key) => readDrive(key, String(config[key]))),
  );
  const nics = keysOf('net').map((key) => readNic(key, String(config[key])));
  const machine = parseProperty('machine', strings.machineString, text('machine') ?? '');
  const vga = parseProperty('vga', strings.vgaString, text('vga') ?? '');
  const agent = parseProperty('agent', strings.agentString, text('agent') ?? '0');
  const startup = parseProperty('startup', strings.startupString, text('startup') ?? '');
  const meta = parseProperty('meta', strings.metaString, text('meta') ?? '');
  const generationId = text('vmgenid');
  const rng =
    text('rng0') === undefined ? undefined : parseProperty('rng0', strings.rngString, text('rng0')!);
  const watchdog =
    text('watchdog') === undefined
      ? undefined
      : parseProperty('watchdog', strings.watchdogString, text('watchdog')!);

  return {
    vmid,
    name: text('name'),
    description: text('description'),
    tags: readList(text('tags')),
    memoryMib:
      text('memory') === undefined
        ? defaults.memoryMib
        : parseProperty('memory', strings.memoryString, text('memory')!).current,
    balloonMib: whole('balloon'),
    shares: whole('shares'),
    cpu: readCpu(config),
    machine: {
      type: machine.type,
      suspendToMemory: machine['enable-s3'],
      suspendToDisk: machine['enable-s4'],
      viommu: machine.viommu,
      addressWidthBits: machine['aw-bits'],
    },
    bios: (text('bios') ?? defaults.bios) as 'seabios' | 'ovmf',
    efiDisk: text('efidisk0') === undefined ? undefined : readEfiDisk(text('efidisk0')!),
    tpmState: text('tpmstate0') === undefined ? undefined : readTpmState(text('tpmstate0')!),
    osType: (text('ostype') ?? defaults.osType) as OsType,
    acpi: flag('acpi') ?? true,
    localtime: flag('localtime'),
    startDate: text('startdate') === 'now' ? undefined : text('startdate'),
    driftFix: flag('tdf'),
    reboots: flag('reboot') ?? true,
    frozen: flag('freeze') ?? false,
    sharesPages: flag('allow-ksm') ?? true,
    audio: readAudio(text('audio0')),
    keyboard: text('keyboard'),
    migration: { speed: whole('migrate_speed'), downtime: text('migrate_downtime') },
    args: text('args'),
    autostart: flag('autostart'),
    tablet: flag('tablet') ?? true,
    kvm: flag('kvm') ?? true,
    hotplug: readHotPlug(text('hotplug')),
    bootOrder: readBootOrder(config, drives, nics),
    scsiController: (text('scsihw') ?? defaults.scsiController) as ScsiController,
    drives,
    unused: keysOf('unused').map((key) => ({
      key,
      volume: parseProperty(key, unusedString, String(config[key])).file,
    })),
    nics,
    serials: keysOf('serial').map((key) => readSerial(key, String(config[key]))),
    vga: { type: vga.type ?? defaults.vga, memoryMib: vga.memory, clipboard: vga.clipboard },
    agent: {
      enabled: agent.enabled,
      type: agent.type ?? 'virtio',
      freezeFs: agent['freeze-fs'] ?? true,
      trimClonedDisks: agent.fstrim_cloned_disks ?? false,
    },
    rng: rng && {
      source: rng.source,
      maxBytes: rng.max_bytes ?? defaults.rngBytes,
      periodMs: rng.period ?? defaults.rngPeriodMs,
    },
    watchdog: watchdog && { model: watchdog.model ?? 'i6300esb', action: watchdog.action },
    smbios: readSmbios(text('smbios1')),
    generationId: generationId === '0' || generationId === '1' ? undefined : generationId,
    onBoot: flag('onboot') ?? false,
    startup: { order: startup.order, up: startup.up, down: startup.down },
    cloudInit: readCloudInit(config),
    hookScript: text('hookscript'),
    memoryStorage: text('vmstatestorage'),
    protection: flag('protection') ?? false,
    template: flag('template') ?? false,
    lock: text('lock') as GuestLock | undefined,
    meta: { createdWith: meta['creation-qemu'], createdAt: meta.ctime },
  };
}

function readCpu(config: VmConfig): VmCpu {
  const cpu = parseProperty('cpu', strings.cpuString, config['cpu'] ?? '');
  const bits = cpu['phys-bits'];
  return {
    model: cpu.cputype,
    flags: (cpu.flags?.split(';') ?? []).map((flag) => ({ name: flag.slice(1), on: flag.startsWith('+') })),
    hidden: cpu.hidden ?? false,
    hvVendorId: cpu['hv-vendor-id'],
    physBits: bits === undefined || bits === 'host' ? bits : Number(bits),
    guestPhysBits: cpu['guest-phys-bits'],
    reportedModel: cpu['reported-model'],
    sockets: Number(config['sockets'] ?? defaults.sockets),
    cores: Number(config['cores'] ?? defaults.cores),
    vcpus: config['vcpus'] === undefined ? undefined : Number(config['vcpus']),
    limit: Number(config['cpulimit'] ?? 0),
    units: config['cpuunits'] === undefined ? undefined : Number(config['cpuunits']),
    numa: config['numa'] === 1,
    numaNodes: readNumaNodes(config),
    affinity: config['affinity'] === undefined ? undefined : String(config['affinity']),
  };
}

function readNumaNodes(config: VmConfig): VmNumaNode[] {
  return Object.keys(config)
    .filter((key) => splitDeviceKey(key)?.base === 'numa')
    .sort(compareKeys)
    .map((key) => {
      const { cpus, memory, hostnodes, policy } = parseProperty(key, strings.numaNodeString, config[key]!);
      return {
        key,
        index: splitDeviceKey(key)!.index,
        cpus,
        memoryMib: memory,
        hostNodes: hostnodes,
        policy,
      };
    });
}

function readAudio(text: string | undefined): VmModel['audio'] {
  if (text === undefined) return undefined;
  const { device, driver } = parseProperty('audio0', strings.audioString, text);
  return { device, driver: driver ?? 'spice' };
}

function readHotPlug(text: string | undefined): readonly HotPlugFeature[] {
  if (text === undefined || text === '1') return defaults.hotplug;
  return text === '0' ? [] : (readList(text) as HotPlugFeature[]);
}

/** The number of a serial port; ports of the host are not handed in. */
function readSerial(key: string, text: string): number {
  if (text !== 'socket')
    throw new AppError('unsupported', `${key}: only 'socket' is supported`, {
      fields: { [key]: "only 'socket' is supported" },
    });
  return Number(key.slice('serial'.length));
}
