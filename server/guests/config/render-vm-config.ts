// Renders the typed model back to configuration keys; what equals the default is left out.
import * as strings from '../../contract/qemu-strings.ts';
import { renderCloudInit } from './cloud-init-keys.ts';
import type { ConfigValue, VmConfig } from './config-keys.ts';
import { defaultBootOrder, renderDrive, renderEfiDisk, renderNic, renderTpmState } from './read-devices.ts';
import { defaults } from './read-vm-config.ts';
import { renderSmbios } from './smbios.ts';
import type { VmModel } from './vm-model.ts';

/** The configuration of a model: reading it gives the model again. */
export function renderVmConfig(model: VmModel): VmConfig {
  const entries: [string, ConfigValue | undefined][] = [
    ['name', model.name],
    ['description', model.description],
    ['tags', model.tags.length > 0 ? model.tags.join(';') : undefined],
    ['memory', unless(defaults.memoryMib, model.memoryMib)?.toString()],
    ['balloon', model.balloonMib],
    ['shares', model.shares],
    ...cpuEntries(model),
    ['machine', filled(renderMachine(model))],
    ['bios', unless(defaults.bios, model.bios)],
    ['efidisk0', model.efiDisk && renderEfiDisk(model.efiDisk)],
    ['tpmstate0', model.tpmState && renderTpmState(model.tpmState)],
    ['ostype', unless(defaults.osType, model.osType)],
    ['acpi', model.acpi ? undefined : 0],
    ['localtime', model.localtime === undefined ? undefined : Number(model.localtime)],
    ['startdate', model.startDate],
    ['tdf', model.driftFix === undefined ? undefined : Number(model.driftFix)],
    ['reboot', model.reboots ? undefined : 0],
    ['freeze', model.frozen ? 1 : undefined],
    ['allow-ksm', model.sharesPages ? undefined : 0],
    [
      'audio0',
      model.audio &&
        strings.audioString.render({ ...model.audio, driver: unless('spice', model.audio.driver) }),
    ],
    ['keyboard', model.keyboard],
    ['migrate_speed', model.migration.speed],
    ['migrate_downtime', model.migration.downtime],
    ['args', model.args],
    ['autostart', model.autostart === undefined ? undefined : Number(model.autostart)],
    ['tablet', model.tablet ? undefined : 0],
    ['kvm', model.kvm ? undefined : 0],
    ['hotplug', renderHotPlug(model)],
    ['boot', renderBootOrder(model)],
    ['scsihw', unless(defaults.scsiController, model.scsiController)],
    ...model.drives.map((drive): [string, string] => [drive.key, renderDrive(drive)]),
    ...model.unused.map((unused): [string, string] => [unused.key, unused.volume]),
    ...model.nics.map((nic): [string, string] => [nic.key, renderNic(nic)]),
    ...model.serials.map((index): [string, string] => [`serial${index}`, 'socket']),
    ['vga', filled(renderVga(model))],
    ['agent', filled(renderAgent(model))],
    ['rng0', model.rng && renderRng(model.rng)],
    [
      'watchdog',
      model.watchdog &&
        strings.watchdogString.render({
          model: model.watchdog.model,
          action: model.watchdog.action as 'reset' | undefined,
        }),
    ],
    ['smbios1', renderSmbios(model.smbios)],
    ['vmgenid', model.generationId],
    ['onboot', model.onBoot ? 1 : undefined],
    ['startup', filled(strings.startupString.render(model.startup))],
    ...renderCloudInit(model.cloudInit),
    ['hookscript', model.hookScript],
    ['vmstatestorage', model.memoryStorage],
    ['protection', model.protection ? 1 : undefined],
    ['template', model.template ? 1 : undefined],
    ['lock', model.lock],
    [
      'meta',
      filled(
        strings.metaString.render({ 'creation-qemu': model.meta.createdWith, ctime: model.meta.createdAt }),
      ),
    ],
  ];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, ConfigValue] => entry[1] !== undefined),
  );
}

function unless<T>(usual: T, value: T): T | undefined {
  return value === usual ? undefined : value;
}

function filled(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function cpuEntries({ cpu }: VmModel): [string, ConfigValue | undefined][] {
  const text = strings.cpuString.render({
    cputype: cpu.model,
    flags: cpu.flags.length > 0 ? cpu.flags.map((f) => `${f.on ? '+' : '-'}${f.name}`).join(';') : undefined,
    hidden: cpu.hidden || undefined,
    'hv-vendor-id': cpu.hvVendorId,
    'phys-bits': cpu.physBits?.toString(),
    'guest-phys-bits': cpu.guestPhysBits,
    'reported-model': cpu.reportedModel,
  });
  return [
    ['cpu', filled(text)],
    ['sockets', unless<number>(defaults.sockets, cpu.sockets)],
    ['cores', unless<number>(defaults.cores, cpu.cores)],
    ['vcpus', cpu.vcpus],
    ['cpulimit', cpu.limit === 0 ? undefined : String(cpu.limit)],
    ['cpuunits', cpu.units],
    ['numa', cpu.numa ? 1 : undefined],
    ...cpu.numaNodes.map(({ key, cpus, memoryMib, hostNodes, policy }): [string, string] => [
      key,
      strings.numaNodeString.render({ cpus, hostnodes: hostNodes, memory: memoryMib, policy }),
    ]),
    ['affinity', cpu.affinity],
  ];
}

function renderMachine({ machine }: VmModel): string {
  return strings.machineString.render({
    type: machine.type,
    'enable-s3': machine.suspendToMemory,
    'enable-s4': machine.suspendToDisk,
    viommu: machine.viommu,
    'aw-bits': machine.addressWidthBits,
  });
}

function renderHotPlug({ hotplug }: VmModel): string | undefined {
  if (hotplug.length === 0) return '0';
  return unless(defaults.hotplug.join(','), hotplug.join(','));
}

function renderBootOrder(model: VmModel): string | undefined {
  const order = model.bootOrder.join(';');
  if (order === defaultBootOrder(model.drives, model.nics).join(';')) return undefined;
  // An empty order has no notation; `a`, the floppy drive, is the one that names no device of ours.
  return strings.bootString.render(order === '' ? { legacy: 'a' } : { order });
}

function renderVga({ vga }: VmModel): string {
  return strings.vgaString.render({
    type: unless<string>(defaults.vga, vga.type) as 'virtio' | undefined,
    memory: vga.memoryMib,
    clipboard: vga.clipboard,
  });
}

function renderAgent({ agent }: VmModel): string {
  const text = strings.agentString.render({
    enabled: agent.enabled,
    'freeze-fs': agent.freezeFs ? undefined : false,
    fstrim_cloned_disks: agent.trimClonedDisks || undefined,
    type: agent.type === 'virtio' ? undefined : agent.type,
  });
  return text === '0' ? '' : text;
}

function renderRng(rng: NonNullable<VmModel['rng']>): string {
  return strings.rngString.render({
    source: rng.source as '/dev/urandom',
    max_bytes: unless<number>(defaults.rngBytes, rng.maxBytes),
    period: unless<number>(defaults.rngPeriodMs, rng.periodMs),
  });
}
