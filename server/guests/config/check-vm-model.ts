// Rules between the keys of a VM's configuration, and what this version does not do yet.
import { AppError, invalidInput } from '../../core/errors.ts';
import { checkDrive } from './check-drive.ts';
import { isKnownCpu } from './cpu-models.ts';
import type { VmDrive, VmModel } from './vm-model.ts';

/** By key: the rule that it breaks. */
type Complaints = Record<string, string>;

/**
 * Throws `invalid-input` naming every key that contradicts another, else `unsupported` naming every key whose value
 * this version cannot run.
 */
export function checkVmModel(model: VmModel): void {
  const wrong: Complaints = {};
  checkMemoryAndCpu(model, wrong);
  checkBoot(model, wrong);
  checkVolumes(model, wrong);
  checkMacs(model, wrong);
  const serial = /^serial(\d)$/.exec(model.vga.type);
  if (serial && !model.serials.includes(Number(serial[1])))
    wrong['vga'] = `needs the serial port ${model.vga.type}`;
  if (model.bios === 'ovmf' && !model.acpi) wrong['acpi'] = 'bios=ovmf needs ACPI';
  for (const drive of model.drives) checkDrive(drive, wrong);
  if (Object.keys(wrong).length > 0) throw invalidInput(wrong);
  refuseUnsupported(model);
}

/** What is allowed and probably not meant, in sentences for the task's log. */
export function vmWarnings(model: VmModel): string[] {
  const warnings: string[] = [];
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

function checkBoot(model: VmModel, wrong: Complaints): void {
  const devices = new Set([...model.drives, ...model.nics].map((device) => device.key));
  const missing = model.bootOrder.filter((key) => !devices.has(key));
  if (missing.length > 0) wrong['boot'] = `there is no device ${missing.join(', ')}`;
  else if (new Set(model.bootOrder).size < model.bootOrder.length) wrong['boot'] = 'names a device twice';
}

function checkVolumes(model: VmModel, wrong: Complaints): void {
  const owners = new Map<string, string>();
  const claim = (key: string, volume: string) => {
    const other = owners.get(volume);
    if (other !== undefined) wrong[key] = `${volume} is ${other} already`;
    else owners.set(volume, key);
  };
  if (model.efiDisk) claim('efidisk0', model.efiDisk.volume);
  for (const drive of model.drives) {
    if (drive.media === 'disk' && drive.volume !== undefined) claim(drive.key, drive.volume);
  }
  for (const unused of model.unused) claim(unused.key, unused.volume);
  if (model.efiDisk) checkVolumeName('efidisk0', model.efiDisk.volume, wrong);
  for (const drive of model.drives) {
    if (drive.volume !== undefined) checkVolumeName(drive.key, drive.volume, wrong);
  }
}

function checkVolumeName(key: string, volume: string, wrong: Complaints): void {
  if (volume.startsWith('/')) wrong[key] = 'paths of the host are not allowed: write storage:name';
  else if (volume === 'cdrom') wrong[key] = "the host's CD drive is not handed in: write none or a volume";
  else if (/^[^:]+:cloudinit$/.test(volume)) wrong[key] = 'cloud-init drives are not supported yet';
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

function refuseUnsupported(model: VmModel): void {
  const refused: Complaints = {};
  const { machine, cpu } = model;
  if (machine.type?.startsWith('virt')) refused['machine'] = `'${machine.type}' is not supported`;
  if (machine.viommu !== undefined || machine.addressWidthBits !== undefined)
    refused['machine'] = 'viommu and aw-bits are not supported yet';
  if (cpu.flags.some((flag) => flag.name === 'nested-virt'))
    refused['cpu'] = 'the flag nested-virt is not supported yet: use host';
  if (cpu.reportedModel !== undefined || cpu.guestPhysBits !== undefined)
    refused['cpu'] = 'reported-model and guest-phys-bits are not supported yet';
  if (model.scsiController === 'lsi53c810' || model.scsiController === 'pvscsi')
    refused['scsihw'] = `'${model.scsiController}' is not supported: use virtio-scsi-single`;
  if (['qxl2', 'qxl3', 'qxl4', 'virtio-gl'].includes(model.vga.type))
    refused['vga'] = `'${model.vga.type}' is not supported yet`;
  if (model.vga.clipboard !== undefined) refused['vga'] = 'clipboard is not supported yet';
  if (model.agent.enabled && model.agent.type === 'isa')
    refused['agent'] = "type 'isa' is not supported: use virtio";
  if (model.watchdog?.action === 'debug') refused['watchdog'] = "the action 'debug' is not supported";
  for (const nic of model.nics) {
    if (nic.model === 'ne2k_isa') refused[nic.key] = "'ne2k_isa' is not supported: use ne2k_pci";
    if (nic.tag !== undefined || nic.trunks !== undefined)
      refused[nic.key] = 'VLAN tags are not supported yet';
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
