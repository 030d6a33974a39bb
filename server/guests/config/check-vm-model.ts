// Rules between the keys of a VM's configuration, and what this version does not do yet.
import { AppError, invalidInput } from '../../core/errors.ts';
import { checkDrive } from './check-drive.ts';
import { isCloudInitVolume, isWindows } from './cloud-init-keys.ts';
import { isKnownCpu } from './cpu-models.ts';
import { isPlainText } from './plain-text.ts';
import { stateDisksOf } from './read-devices.ts';
import { smbiosTexts } from './smbios.ts';
import { splitArgs } from './split-args.ts';
import { startSeconds } from './start-date.ts';
import type { VmDrive, VmModel, VmNic } from './vm-model.ts';

/** By key: the rule that it breaks. */
type Complaints = Record<string, string>;

/**
 * Throws `invalid-input` naming every key that contradicts another, else `unsupported` naming every key whose value
 * this version cannot run.
 */
export function checkVmModel(model: VmModel): void {
  const wrong: Complaints = {};
  checkMemoryAndCpu(model, wrong);
  checkNuma(model, wrong);
  checkClock(model, wrong);
  checkMachine(model, wrong);
  checkBoot(model, wrong);
  checkVolumes(model, wrong);
  checkMacs(model, wrong);
  for (const nic of model.nics) checkVlans(nic, wrong);
  const serial = /^serial(\d)$/.exec(model.vga.type);
  if (serial && !model.serials.includes(Number(serial[1])))
    wrong['vga'] = `needs the serial port ${model.vga.type}`;
  if (model.bios === 'ovmf' && !model.acpi) wrong['acpi'] = 'bios=ovmf needs ACPI';
  for (const drive of model.drives) checkDrive(drive, wrong);
  if (Object.keys(wrong).length > 0) throw invalidInput(wrong);
  refuseUnsupported(model);
}

/** What is allowed and probably not meant, in sentences for the task's log, each beginning with its key. */
export function vmWarnings(model: VmModel): string[] {
  const warnings: string[] = [];
  if (model.hotplug.includes('memory') && !model.cpu.numa)
    warnings.push('hotplug: memory is not plugged without numa=1: a change of it waits for the next start');
  if (model.bios === 'ovmf' && !model.efiDisk)
    warnings.push('efidisk0: there is none, so the firmware forgets its settings at every start');
  if (model.bios === 'seabios' && model.efiDisk) warnings.push('efidisk0: is not used with bios=seabios');
  for (const drive of model.drives) {
    if (drive.bus === 'scsi' && drive.options.iothread && model.scsiController !== 'virtio-scsi-single')
      warnings.push(`${drive.key}: iothread has no effect without scsihw=virtio-scsi-single`);
  }
  if (model.drives.length > 0 && model.bootOrder.length === 0) warnings.push('boot: no device to boot from');
  return warnings;
}

function checkMemoryAndCpu(model: VmModel, wrong: Complaints): void {
  if (model.balloonMib !== undefined && model.balloonMib > model.memoryMib)
    wrong['balloon'] = `must not be larger than the memory, ${model.memoryMib} MiB`;
  if (model.cpu.model !== undefined && !isKnownCpu(model.cpu.model))
    wrong['cpu'] = `there is no processor model '${model.cpu.model}'`;
  const total = model.cpu.sockets * model.cpu.cores;
  if (model.cpu.vcpus !== undefined && model.cpu.vcpus > total)
    wrong['vcpus'] = `must not be larger than sockets x cores, ${total}`;
  if (total > 255) wrong['cores'] = `sockets x cores must not be larger than 255, is ${total}`;
  if (model.cpu.numa && model.cpu.sockets > model.memoryMib)
    wrong['numa'] = 'less than 1 MiB for each socket';
}

/** As many as there are VLANs; nothing here has more to number. */
const mostNumbers = 4096;

/** As numbers; `0-2;5` is 0, 1, 2, 5. Empty when a range goes backwards, or all of them have more than `mostNumbers`. */
function numbersOf(ranges: string): number[] {
  const numbers: number[] = [];
  for (const part of ranges.split(';')) {
    const [first = 0, last = first] = part.split('-').map(Number);
    if (last < first || last - first >= mostNumbers - numbers.length) return [];
    for (let number = first; number <= last; number += 1) numbers.push(number);
  }
  return numbers;
}

function checkNuma({ cpu, memoryMib }: VmModel, wrong: Complaints): void {
  const nodes = cpu.numaNodes;
  if (nodes.length === 0 || !cpu.numa) return;
  const total = cpu.sockets * cpu.cores;
  const owners = new Map<number, string>();
  for (const [at, { key, index, cpus, memoryMib: memory, hostNodes, policy }] of nodes.entries()) {
    const complain = (why: string) => {
      wrong[key] ??= why;
    };
    if (index !== at) complain(`nodes are numbered without gaps: there is no numa${at}`);
    if (memory === undefined) complain('memory is missing');
    else if (!Number.isInteger(memory) || memory < 1) complain('memory must be whole mebibytes');
    const numbers = numbersOf(cpus);
    if (numbers.length === 0) complain(`cpus: ranges go upwards, ${mostNumbers} numbers at most`);
    for (const number of numbers) {
      if (number >= total) complain(`cpus: there is no processor ${number}, only 0 to ${total - 1}`);
      else if (owners.has(number)) complain(`cpus: processor ${number} is in ${owners.get(number)} already`);
      owners.set(number, key);
    }
    if (policy !== undefined && hostNodes === undefined) complain('policy needs hostnodes');
    if (hostNodes === undefined) continue;
    const hosts = numbersOf(hostNodes);
    if (hosts.length === 0 || hosts.some((number) => number > 1023)) complain('hostnodes: no such nodes');
    if (policy === 'preferred' && hosts.length > 1) complain('policy=preferred takes one node of the host');
  }
  if (owners.size < total) wrong['numa0'] ??= `each of the ${total} processors must be in a node`;
  const sum = nodes.reduce((bytes, node) => bytes + (node.memoryMib ?? 0), 0);
  if (sum !== memoryMib) wrong['numa0'] ??= `the nodes have ${sum} MiB together, the VM ${memoryMib} MiB`;
}

function checkMachine({ machine, args, vga, smbios }: VmModel, wrong: Complaints): void {
  const control = smbiosTexts.find((name) => smbios[name] !== undefined && !isPlainText(smbios[name]));
  if (control !== undefined) wrong['smbios1'] = `${control} has control characters`;
  const q35 = machine.type?.includes('q35') ?? false;
  if (machine.viommu !== undefined && !q35) wrong['machine'] = 'viommu needs q35';
  if (machine.addressWidthBits !== undefined && machine.viommu !== 'intel')
    wrong['machine'] = 'aw-bits needs viommu=intel';
  else if (machine.addressWidthBits !== undefined && ![39, 48].includes(machine.addressWidthBits))
    wrong['machine'] = 'aw-bits must be 39 or 48';
  if (vga.clipboard !== undefined && (vga.type === 'none' || vga.type.startsWith('serial')))
    wrong['vga'] = 'clipboard needs a screen';
  const words = args === undefined ? [] : splitArgs(args);
  if ('broken' in words) wrong['args'] = words.broken;
}

function checkClock({ startDate }: VmModel, wrong: Complaints): void {
  if (startDate !== undefined && startSeconds(startDate) === undefined)
    wrong['startdate'] = 'there is no such day or time from 1970 on';
}

function checkBoot(model: VmModel, wrong: Complaints): void {
  const devices = new Set([...model.drives, ...model.nics].map((device) => device.key));
  const missing = model.bootOrder.filter((key) => !devices.has(key));
  if (missing.length > 0) wrong['boot'] = `there is no device ${missing.join(', ')}`;
  else if (new Set(model.bootOrder).size < model.bootOrder.length) wrong['boot'] = 'names a device twice';
}

function checkVolumes(model: VmModel, wrong: Complaints): void {
  const owners = new Map<string, string>();
  let cloudInit: string | undefined;
  const claim = (key: string, volume: string) => {
    const other = owners.get(volume);
    if (other !== undefined) wrong[key] = `${volume} is ${other} already`;
    else owners.set(volume, key);
  };
  for (const { key, volume } of stateDisksOf(model)) claim(key, volume);
  for (const drive of model.drives) {
    const isCloudInit = isCloudInitVolume(drive.volume);
    if (drive.volume !== undefined && (drive.media === 'disk' || isCloudInit)) claim(drive.key, drive.volume);
    if (!isCloudInit) continue;
    if (drive.media !== 'cdrom') wrong[drive.key] = 'a cloud-init drive is a CD drive: add media=cdrom';
    else if (cloudInit !== undefined) wrong[drive.key] = `there is a cloud-init drive already: ${cloudInit}`;
    cloudInit = drive.key;
  }
  for (const unused of model.unused) claim(unused.key, unused.volume);
  for (const { key, volume } of stateDisksOf(model)) checkVolumeName(key, volume, wrong);
  for (const drive of model.drives) {
    if (drive.volume !== undefined) checkVolumeName(drive.key, drive.volume, wrong);
  }
}

function checkVolumeName(key: string, volume: string, wrong: Complaints): void {
  if (volume.startsWith('/')) wrong[key] = 'paths of the host are not allowed: write storage:name';
  else if (volume === 'cdrom') wrong[key] = "the host's CD drive is not handed in: write none or a volume";
}

function checkMacs(model: VmModel, wrong: Complaints): void {
  const seen = new Map<string, string>();
  for (const nic of model.nics) {
    if (nic.mac === undefined) continue;
    const other = seen.get(nic.mac);
    if (other !== undefined) wrong[nic.key] = `has the MAC address of ${other}`;
    seen.set(nic.mac, nic.key);
  }
}

function checkVlans({ key, bridge, tag, trunks }: VmNic, wrong: Complaints): void {
  if (tag === undefined && trunks === undefined) return;
  if (bridge === undefined) wrong[key] = 'tag and trunks need a bridge';
  const vlans = trunks === undefined ? [] : numbersOf(trunks);
  if (trunks !== undefined && (vlans.length === 0 || vlans.some((vlan) => vlan < 1 || vlan > 4094)))
    wrong[key] = `trunks: VLANs are 1 to 4094, ranges go upwards, ${mostNumbers} numbers at most`;
}

function refuseUnsupported(model: VmModel): void {
  const refused: Complaints = {};
  const { machine, cpu } = model;
  if (model.cloudInit.type === 'opennebula')
    refused['citype'] = "'opennebula' is not supported: use nocloud or configdrive2";
  if (model.cloudInit.passwordHash !== undefined && isWindows(model.osType))
    refused['cipassword'] = 'Windows takes a password in clear only, which is not kept: use cicustom';
  if (machine.type?.startsWith('virt')) refused['machine'] = `'${machine.type}' is not supported`;
  if (cpu.flags.some((flag) => flag.name === 'nested-virt'))
    refused['cpu'] = 'the flag nested-virt is not supported yet: use host';
  if (cpu.reportedModel !== undefined)
    refused['cpu'] = 'reported-model is for models of your own, which there are none of';
  if (cpu.guestPhysBits !== undefined) refused['cpu'] = 'guest-phys-bits is not supported: use phys-bits';
  if (model.scsiController === 'lsi53c810' || model.scsiController === 'pvscsi')
    refused['scsihw'] = `'${model.scsiController}' is not supported: use virtio-scsi-single`;
  if (['qxl2', 'qxl3', 'qxl4', 'virtio-gl'].includes(model.vga.type))
    refused['vga'] = `'${model.vga.type}' is not supported yet`;
  if (model.agent.enabled && model.agent.type === 'isa')
    refused['agent'] = "type 'isa' is not supported: use virtio";
  if (model.audio?.driver === 'spice') refused['audio0'] = "driver 'spice' is not supported: add driver=none";
  if (model.watchdog?.action === 'debug') refused['watchdog'] = "the action 'debug' is not supported";
  for (const nic of model.nics) {
    if (nic.model === 'ne2k_isa') refused[nic.key] = "'ne2k_isa' is not supported: use ne2k_pci";
  }
  for (const drive of model.drives) {
    if (drive.options.snapshot) refused[drive.key] = 'snapshot is not supported yet';
    if (drive.options.wwn !== undefined && !takesWwn(drive, model))
      refused[drive.key] = 'wwn is supported on scsi, and on ide without q35';
    if (drive.options.scsiblock) refused[drive.key] = 'scsiblock is not supported';
    if (drive.options.model !== undefined) refused[drive.key] = 'model is not supported';
  }
  const [first] = Object.entries(refused);
  if (first) throw new AppError('unsupported', `${first[0]}: ${first[1]}`, { fields: refused });
}

/** libvirt gives a world-wide name to SCSI and IDE disks; what is `ide` on q35 is SATA. */
function takesWwn(drive: VmDrive, model: VmModel): boolean {
  return drive.bus === 'scsi' || (drive.bus === 'ide' && !model.machine.type?.includes('q35'));
}
