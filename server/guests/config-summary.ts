// What lists show of a guest's configuration: name, tags, processors, memory, first disk.
import { availableParallelism } from 'node:os';
import type { ResourceItem } from '../contract/resources.ts';
import { mebibyte } from '../core/units.ts';
import { activeConfig, type GuestDocument, guestLabel } from './config/guest-document.ts';
import { readVmConfig } from './config/read-vm-config.ts';
import type { VmModel } from './config/vm-model.ts';
import { readCtConfig } from './ct/config/read-ct-config.ts';
import { ifReadable } from './readable-config.ts';

export type ConfigSummary = Pick<
  ResourceItem,
  'name' | 'template' | 'tags' | 'lock' | 'maxcpu' | 'maxmem' | 'maxdisk'
>;

/** The summary of the configuration in force; name, tags and lock are those wanted, as they need no restart. */
export function summarizeConfig(document: GuestDocument): ConfigSummary {
  const { tags, lock } = document.config;
  return {
    ...(ifReadable(() => (document.kind === 'lxc' ? summarizeCt(document) : summarizeVm(document))) ??
      summarizeUnreadable(document)),
    ...(tags === undefined || tags === '' ? {} : { tags: String(tags) }),
    ...(lock === undefined ? {} : { lock: String(lock) }),
  };
}

function summarizeVm(document: GuestDocument): ConfigSummary {
  const model = readVmConfig({ vmid: document.vmid, config: activeConfig(document) });
  const { name } = document.config;
  return {
    name: name === undefined ? `VM ${document.vmid}` : String(name),
    template: model.template ? 1 : 0,
    maxcpu: processorsOf(model),
    maxmem: model.memoryMib * mebibyte,
    maxdisk: bootDiskBytes(model),
  };
}

function summarizeCt(document: GuestDocument): ConfigSummary {
  const model = readCtConfig({ vmid: document.vmid, config: activeConfig(document) });
  return {
    name: readCtConfig(document).hostname,
    template: model.template ? 1 : 0,
    maxcpu: model.cores ?? availableParallelism(),
    maxmem: model.memoryMib * mebibyte,
    maxdisk: model.root.sizeBytes ?? 0,
  };
}

function summarizeUnreadable({ kind, vmid, config }: GuestDocument): ConfigSummary {
  const name = kind === 'lxc' ? config['hostname'] : config['name'];
  const named = name === undefined ? guestLabel(kind, vmid) : String(name);
  return { name: named, template: config['template'] === 1 ? 1 : 0, maxcpu: 1, maxmem: 0, maxdisk: 0 };
}

/** Processors that the guest has at start. */
function processorsOf(model: VmModel): number {
  return model.cpu.vcpus ?? model.cpu.sockets * model.cpu.cores;
}

/** Bytes of the disk that it boots from, else of its first disk; 0 without a disk. */
function bootDiskBytes(model: VmModel): number {
  const disks = model.drives.filter((drive) => drive.media === 'disk');
  const booted = model.bootOrder
    .map((key) => disks.find((drive) => drive.key === key))
    .find((drive) => drive !== undefined);
  return (booted ?? disks[0])?.sizeBytes ?? 0;
}
