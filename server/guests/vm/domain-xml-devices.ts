// Devices of a domain other than drives and network cards: controllers, screen, serial ports, agent, and the small ones.
import type { VmModel } from '../config/vm-model.ts';
import { type DomainHost, deviceAlias, serialSocket, tpmSocket, vncSocket } from './domain-host.ts';
import { drivePlacements } from './domain-xml-disks.ts';
import { machineFamily } from './domain-xml-system.ts';
import { element, renderXml, type XmlElement } from './xml.ts';

const scsiModels = {
  'virtio-scsi-pci': 'virtio-scsi',
  'virtio-scsi-single': 'virtio-scsi',
  lsi: 'lsilogic',
  megasas: 'lsisas1078',
  // Refused by check-vm-model.ts: libvirt cannot drive them.
  lsi53c810: 'lsilogic',
  pvscsi: 'vmpvscsi',
} as const;

/** A controller for SCSI drives, as text: to be plugged before a drive that needs it. */
export function renderScsiControllerXml(model: VmModel, index: number): string {
  return renderXml(element('controller', { type: 'scsi', index, model: scsiModels[model.scsiController] }));
}

/** Every controller that is not left to libvirt. */
export function controllerElements(model: VmModel): XmlElement[] {
  const placements = drivePlacements(model);
  const scsi = new Map<number, { iothread?: number | undefined; queues?: number | undefined }>();
  // There from the start, so that a drive can be plugged later.
  if (model.scsiController === 'virtio-scsi-pci') scsi.set(0, {});
  for (const drive of model.drives) {
    const place = placements.get(drive.key)!;
    if (drive.bus !== 'scsi' || place.controller === undefined) continue;
    const virtio = model.scsiController.startsWith('virtio-scsi');
    const queues = virtio ? (drive.options.queues ?? scsi.get(place.controller)?.queues) : undefined;
    scsi.set(place.controller, { iothread: place.iothread, queues });
  }
  return [
    ...[...scsi].map(([index, driver]) =>
      element('controller', { type: 'scsi', index, model: scsiModels[model.scsiController] }, [
        (driver.iothread !== undefined || driver.queues !== undefined) && element('driver', driver),
      ]),
    ),
    element('controller', { type: 'usb', index: 0, model: hasUsb(model) ? usbModel(model) : 'none' }),
    ...rootPorts(model, scsi.size),
  ];
}

/** I/O threads that the drives want. */
export function ioThreadCount(model: VmModel): number {
  return [...drivePlacements(model).values()].filter((place) => place.iothread !== undefined).length;
}

/** q35 plugs only into free root ports: those that the devices take, and some more. */
function rootPorts(model: VmModel, scsiControllers: number): XmlElement[] {
  if (machineFamily(model) !== 'q35') return [];
  const fixed = 5;
  const spare = 6;
  const virtioDrives = model.drives.filter((drive) => drive.bus === 'virtio').length;
  const wanted = Math.min(30, fixed + spare + scsiControllers + virtioDrives + model.nics.length);
  return [
    element('controller', { type: 'pci', index: 0, model: 'pcie-root' }),
    ...Array.from({ length: wanted }, () => element('controller', { type: 'pci', model: 'pcie-root-port' })),
  ];
}

/** The systems that have a driver for xHCI. */
const xhciSystems = new Set(['l26', 'win8', 'win10', 'win11']);

function usbModel(model: VmModel): string {
  if (machineFamily(model) === 'pc') return 'piix3-uhci';
  return xhciSystems.has(model.osType) ? 'qemu-xhci' : 'ich9-ehci1';
}

/** Is there a screen? */
function hasScreen(model: VmModel): boolean {
  return model.vga.type !== 'none' && !model.vga.type.startsWith('serial');
}

function usesTablet(model: VmModel): boolean {
  return model.tablet && hasScreen(model);
}

/** There from the start, so that a tablet can be plugged later. */
function hasUsb(model: VmModel): boolean {
  return usesTablet(model) || (hasScreen(model) && model.hotplug.includes('usb'));
}

const tabletElement = () =>
  element('input', { type: 'tablet', bus: 'usb' }, [element('alias', { name: deviceAlias('tablet') })]);

/** As text, for plugging. */
export function renderTabletXml(): string {
  return renderXml(tabletElement());
}

const videoModels: Readonly<Record<string, string>> = {
  std: 'vga',
  virtio: 'virtio',
  qxl: 'qxl',
  cirrus: 'cirrus',
  vmware: 'vmvga',
};

export function screenElements(model: VmModel, host: DomainHost): XmlElement[] {
  if (!hasScreen(model)) return [element('video', {}, [element('model', { type: 'none' })])];
  const type = videoModels[model.vga.type] ?? 'vga';
  const memoryKib = model.vga.memoryMib === undefined ? undefined : model.vga.memoryMib * 1024;
  // Without video memory of its own, or where it is called otherwise.
  const sized = type === 'vga' || type === 'cirrus' || type === 'vmvga' ? { vram: memoryKib } : {};
  const qxl = type === 'qxl' ? { vgamem: memoryKib } : {};
  return [
    element('graphics', { type: 'vnc', keymap: model.keyboard }, [
      element('listen', { type: 'socket', socket: vncSocket(host.runtimeDir) }),
    ]),
    element('video', {}, [element('model', { type, ...sized, ...qxl, heads: 1, primary: 'yes' })]),
    ...(usesTablet(model) ? [tabletElement()] : []),
  ];
}

export function serialElements(model: VmModel, host: DomainHost): XmlElement[] {
  return model.serials.map((index) =>
    element('serial', { type: 'unix' }, [
      element('source', { mode: 'bind', path: serialSocket(host.runtimeDir, index) }),
      element('target', { type: 'isa-serial', port: index }),
      element('alias', { name: deviceAlias(`serial${index}`) }),
    ]),
  );
}

export function smallDeviceElements(model: VmModel, host: DomainHost): XmlElement[] {
  const elements: XmlElement[] = [];
  if (model.tpmState) elements.push(tpmElement(host));
  if (model.audio) elements.push(...audioElements(model.audio));
  if (model.machine.viommu !== undefined) elements.push(iommuElement(model.machine));
  if (model.vga.clipboard !== undefined) elements.push(clipboardElement());
  if (model.agent.enabled)
    elements.push(
      element('channel', { type: 'unix' }, [
        element('target', { type: 'virtio', name: 'org.qemu.guest_agent.0' }),
      ]),
    );
  if (model.watchdog)
    elements.push(
      element('watchdog', { model: model.watchdog.model, action: model.watchdog.action ?? 'reset' }),
    );
  if (model.rng)
    elements.push(
      element('rng', { model: 'virtio' }, [
        model.rng.maxBytes > 0 && element('rate', { bytes: model.rng.maxBytes, period: model.rng.periodMs }),
        element('backend', { model: 'random' }, model.rng.source),
      ]),
    );
  elements.push(
    model.balloonMib === 0
      ? element('memballoon', { model: 'none' })
      : element('memballoon', { model: 'virtio', freePageReporting: 'on' }, [
          element('stats', { period: 10 }),
        ]),
  );
  return elements;
}

/** The emulator is ours, not libvirt's: it keeps its state on a volume of the VM, which goes where the VM goes. */
function tpmElement(host: DomainHost): XmlElement {
  const source = element('source', { type: 'unix', mode: 'connect', path: tpmSocket(host.runtimeDir) });
  return element('tpm', { model: 'tpm-tis' }, [element('backend', { type: 'external' }, [source])]);
}

const soundModels = { 'ich9-intel-hda': 'ich9', 'intel-hda': 'ich6', AC97: 'ac97' } as const;

/** The guest has a card to play on; nobody hears it. */
function audioElements({ device }: NonNullable<VmModel['audio']>): XmlElement[] {
  return [
    element('sound', { model: soundModels[device] }, [element('audio', { id: 1 })]),
    element('audio', { id: 1, type: 'none' }),
  ];
}

/** Remapping of interrupts and caching are what devices handed to the guest need. */
function iommuElement({ viommu, addressWidthBits }: VmModel['machine']): XmlElement {
  if (viommu === 'virtio') return element('iommu', { model: 'virtio' });
  return element('iommu', { model: 'intel' }, [
    element('driver', { intremap: 'on', caching_mode: 'on', aw_bits: addressWidthBits }),
  ]);
}

/** QEMU's own end of what a SPICE agent in the guest offers: its clipboard, passed on by the screen's protocol. */
function clipboardElement(): XmlElement {
  return element('channel', { type: 'qemu-vdagent' }, [
    element('source', {}, [element('clipboard', { copypaste: 'yes' }), element('mouse', { mode: 'client' })]),
    element('target', { type: 'virtio', name: 'com.redhat.spice.0' }),
  ]);
}
