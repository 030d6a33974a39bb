// A VM as the resource `proxmox_virtual_environment_vm`. Pure.
import type { Expression, HclBlock } from './as-hcl.ts';
import type { CloneOf, CodeRequest } from './as-request.ts';
import type { TakenParams, TakenProperties } from './as-taken.ts';
import { initialization } from './as-terraform-cloud-init.ts';
import { allocationOf, resourceLabel, startupBlock, tagsOf } from './as-terraform-parts.ts';
import { isOn } from './property-string.ts';

const macAddress = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;
/** Of the models, those that the provider takes. */
const netModels = new Set(['e1000', 'e1000e', 'rtl8139', 'virtio', 'vmxnet3']);

export function vmResource(
  request: CodeRequest,
  given: TakenParams,
  secretOf: (name: string) => Expression | undefined,
): HclBlock {
  const name = given.text('name');
  const clones = request.clone !== undefined;
  return {
    name: 'resource',
    labels: ['proxmox_virtual_environment_vm', resourceLabel(name, request.vmid)],
    attributes: {
      node_name: request.node,
      vm_id: request.vmid,
      name,
      description: given.text('description'),
      pool_id: given.text('pool'),
      tags: tagsOf(given.text('tags')),
      bios: given.text('bios'),
      machine: given.text('machine'),
      scsi_hardware: given.text('scsihw'),
      acpi: given.flag('acpi'),
      tablet_device: given.flag('tablet'),
      boot_order: given
        .properties('boot', (boot) => boot.text('order'))
        ?.split(';')
        .filter(Boolean),
      hook_script_file_id: given.text('hookscript'),
      // The provider starts a VM with its node, and at once, unless it is told otherwise.
      on_boot: given.flag('onboot') ?? false,
      started: given.flag('start') ?? false,
    },
    blocks: [
      agentBlock(given),
      request.clone && cloneBlock(request.clone, given),
      // What a clone does not say it has of what it is made of.
      clones && !says(given, cpuKeys) ? undefined : cpuBlock(given),
      clones && !says(given, memoryKeys) ? undefined : memoryBlock(given),
      clones
        ? undefined
        : { name: 'operating_system', attributes: { type: given.text('ostype') ?? 'other' } },
      initialization(given, secretOf),
      ...driveBlocks(given),
      efiBlock(given),
      ...networkBlocks(given),
      ...given.names(/^serial\d+$/).map((key) => ({
        name: 'serial_device',
        attributes: { device: given.text(key) },
      })),
      given.properties('vga', (vga) => ({
        name: 'vga',
        attributes: { type: (vga.text('type') ?? vga.lead) || undefined, memory: vga.number('memory') },
      })),
      startupBlock(given),
    ],
  };
}

const cpuKeys = /^(cores|sockets|cpu|cpulimit|cpuunits|numa|vcpus)$/;
const memoryKeys = /^(memory|balloon)$/;
const says = (given: TakenParams, keys: RegExp) => given.names(keys).length > 0;

/** Its provider always makes it on the node of the resource, in full unless it is told otherwise. */
function cloneBlock({ vmid }: CloneOf, given: TakenParams): HclBlock {
  const full = given.flag('full') ?? false;
  return {
    name: 'clone',
    attributes: { vm_id: vmid, full, datastore_id: given.text('storage') },
  };
}

function agentBlock(given: TakenParams): HclBlock | undefined {
  return given.properties('agent', (agent) => ({
    name: 'agent',
    attributes: { enabled: isOn(agent.text('enabled') ?? agent.lead), type: agent.text('type') },
  }));
}

function cpuBlock(given: TakenParams): HclBlock {
  const cpu = given.properties('cpu', (text) => ({
    type: text.text('cputype') ?? text.lead,
    flags: text.text('flags')?.split(';'),
  }));
  return {
    name: 'cpu',
    attributes: {
      cores: given.number('cores') ?? 1,
      sockets: given.number('sockets'),
      // Another default than the provider's.
      type: cpu?.type || 'kvm64',
      flags: cpu?.flags,
      limit: given.number('cpulimit'),
      units: given.number('cpuunits'),
      numa: given.flag('numa'),
      hotplugged: given.number('vcpus'),
    },
  };
}

/** Without `floating` the provider takes the balloon device away, which a VM has unless it is told otherwise. */
function memoryBlock(given: TakenParams): HclBlock {
  const dedicated =
    given.properties('memory', (memory) => Number(memory.text('current') ?? memory.lead)) ?? 512;
  const balloon = given.number('balloon') ?? dedicated;
  return { name: 'memory', attributes: { dedicated, floating: balloon === 0 ? undefined : balloon } };
}

function driveBlocks(given: TakenParams): HclBlock[] {
  const blocks: HclBlock[] = [];
  let hasDisc = false;
  for (const key of given.names(/^(ide|sata|scsi|virtio)\d+$/)) {
    const block = given.properties(key, (drive) => {
      if (drive.text('media') === 'cdrom') {
        // It knows of one only.
        if (hasDisc) return undefined;
        hasDisc = true;
        return { name: 'cdrom', attributes: { interface: key, file_id: drive.lead } };
      }
      return diskBlock(key, drive);
    });
    if (block) blocks.push(block);
    else given.miss(key);
  }
  return blocks;
}

function diskBlock(key: string, drive: TakenProperties): HclBlock | undefined {
  const made = allocationOf(drive.lead);
  if (!made || key.startsWith('ide')) return undefined;
  const from = drive.text('import-from');
  return {
    name: 'disk',
    attributes: {
      interface: key,
      datastore_id: made.storage,
      import_from: from,
      // Without a size of its own it takes 8 GiB, and an image's size is not in the request.
      size: from === undefined ? made.gib : undefined,
      file_format: drive.text('format'),
      discard: drive.text('discard'),
      ssd: drive.flag('ssd'),
      iothread: drive.flag('iothread'),
      cache: drive.text('cache'),
      aio: drive.text('aio'),
      backup: drive.flag('backup'),
      replicate: drive.flag('replicate'),
      serial: drive.text('serial'),
    },
  };
}

function efiBlock(given: TakenParams): HclBlock | undefined {
  return given.properties('efidisk0', (disk) => ({
    name: 'efi_disk',
    attributes: {
      datastore_id: allocationOf(disk.lead)?.storage,
      type: disk.text('efitype'),
      file_format: disk.text('format'),
      pre_enrolled_keys: disk.flag('pre-enrolled-keys'),
    },
  }));
}

/** Their order is their number: what follows a gap, or a card that it cannot have, would get another. */
function networkBlocks(given: TakenParams): HclBlock[] {
  const blocks: HclBlock[] = [];
  for (const key of given.names(/^net\d+$/)) {
    const block = given.properties(key, (net) => networkBlock(net));
    if (block && key === `net${blocks.length}`) blocks.push(block);
    else given.miss(key);
  }
  return blocks;
}

function networkBlock(net: TakenProperties): HclBlock | undefined {
  const named = net.rest().find((name) => name !== 'macaddr' && netModels.has(name));
  const mac = named === undefined ? net.text('macaddr') : net.text(named);
  const model = named ?? net.text('model') ?? net.lead;
  const bridge = net.text('bridge');
  if (!netModels.has(model) || bridge === undefined) return undefined;
  return {
    name: 'network_device',
    attributes: {
      model,
      bridge,
      mac_address: mac !== undefined && macAddress.test(mac) ? mac : undefined,
      vlan_id: net.number('tag'),
      firewall: net.flag('firewall'),
      rate_limit: net.number('rate'),
      mtu: net.number('mtu'),
      queues: net.number('queues'),
      trunks: net.text('trunks'),
    },
  };
}
