// Hardware of a node that guests can be given: PCI and USB devices.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { boolean, nodeName, string } from './params.ts';
import { replyFlag } from './reply.ts';

/** `id` is `0000:00:1f.2`; numbers are `0x8086`. Without `verbose` there is only `id`. */
const pciDevice = z.object({
  id: z.string(),
  class: z.string().optional(),
  vendor: z.string().optional(),
  vendor_name: z.string().optional(),
  device: z.string().optional(),
  device_name: z.string().optional(),
  subsystem_vendor: z.string().optional(),
  subsystem_vendor_name: z.string().optional(),
  subsystem_device: z.string().optional(),
  subsystem_device_name: z.string().optional(),
  /** -1: in none, so it cannot be handed to a guest. */
  iommugroup: z.number().optional(),
  mdev: replyFlag.optional(),
});
export type PciDevice = z.output<typeof pciDevice>;

/** Numbers of vendor and product are as in `1d6b`; `usbpath` is the way of ports from the bus, `1.4`. Class 9: a hub. */
const usbDevice = z.object({
  busnum: z.number(),
  devnum: z.number(),
  class: z.number(),
  level: z.number(),
  port: z.number(),
  usbpath: z.string().optional(),
  vendid: z.string(),
  prodid: z.string(),
  manufacturer: z.string().optional(),
  product: z.string().optional(),
  serial: z.string().optional(),
  /** Megabits per second. */
  speed: z.string(),
});
export type UsbDevice = z.output<typeof usbDevice>;

const mediatedType = z.object({
  type: z.string(),
  name: z.string().optional(),
  description: z.string(),
  available: z.number(),
});
export type MediatedType = z.output<typeof mediatedType>;

const pciPath = {
  node: nodeName(),
  'pci-id-or-mapping': string({
    pattern: '(?:(?:[0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-9a-fA-F])|([a-zA-Z][a-zA-Z0-9_-]+)',
  }),
};
const mayUse = { check: ['perm', '/', ['Sys.Audit', 'Sys.Modify'], 'any', 1] } as const;

export const listHardware = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/hardware',
  summary: 'Kinds of hardware',
  permission: { user: 'all' },
  params: z.object({ node: nodeName() }),
  returns: z.array(z.object({ type: z.string() })),
});

export const listPci = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/hardware/pci',
  summary: 'PCI devices of a node; memory, bridges and processors are left out unless asked for',
  permission: mayUse,
  params: z.object({
    node: nodeName(),
    'pci-class-blacklist': string({ format: 'string-list', default: '05;06;0b' }).default('05;06;0b'),
    verbose: boolean({ default: 1 }).default(true),
  }),
  returns: z.array(pciDevice),
});

export const listPciDevice = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/hardware/pci/{pci-id-or-mapping}',
  summary: 'What is below a PCI device',
  permission: { user: 'all' },
  params: z.object(pciPath),
  returns: z.array(z.object({ method: z.string() })),
});

export const listMediatedTypes = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/hardware/pci/{pci-id-or-mapping}/mdev',
  summary: 'Kinds of mediated devices that a PCI device can be divided into',
  permission: mayUse,
  params: z.object(pciPath),
  returns: z.array(mediatedType),
});

export const listUsb = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/hardware/usb',
  summary: 'USB devices of a node',
  permission: { check: ['perm', '/', ['Sys.Modify']] },
  params: z.object({ node: nodeName() }),
  returns: z.array(usbDevice),
});

export const nodeHardwareMethods = [
  listHardware,
  listPci,
  listPciDevice,
  listMediatedTypes,
  listUsb,
] as const;
