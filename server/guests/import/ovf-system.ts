// What an OVF description says of its one VM, as far as anybody can use it. Pure.
// Format: DMTF DSP0243 (OVF) and DSP1043/DSP1041 (CIM_ResourceAllocationSettingData: numbers of `ResourceType`).
import { AppError } from '../../core/errors.ts';
import { all, first, parseXml, type XmlNode } from './ovf-xml.ts';

export interface OvfItem {
  /** `ResourceType`. */
  readonly type: number;
  readonly subtype: string;
  /** `ElementName`, for people. */
  readonly title: string;
  readonly id: string;
  /** `InstanceID` of the controller that it is on. */
  readonly parent: string;
  readonly address: string;
  readonly quantity: number | undefined;
  readonly units: string;
  readonly hostResource: string;
  readonly connection: string;
  readonly coresPerSocket: number | undefined;
}

export interface OvfDisk {
  readonly id: string;
  /** File name in the archive or folder; undefined: an empty disk. */
  readonly file: string | undefined;
  readonly compression: string;
  /** Undefined when it cannot be read. */
  readonly sizeBytes: number | undefined;
}

export interface OvfSystem {
  readonly name: string;
  readonly osWords: string;
  readonly osId: number | undefined;
  readonly efi: boolean;
  readonly secureBoot: boolean;
  readonly items: readonly OvfItem[];
  readonly disks: readonly OvfDisk[];
  /** Files by their id. */
  readonly files: ReadonlyMap<string, string>;
  readonly annotation: string;
}

const mostItems = 256;

/** `invalid-input` for what is no description of one VM. */
export function readOvf(text: string): OvfSystem {
  const envelope = parseXml(text);
  if (envelope.name !== 'Envelope') throw refused('it is no OVF envelope');
  const system = first(envelope, 'VirtualSystem');
  if (!system || all(envelope, 'VirtualSystem').length > 1)
    throw refused(
      first(envelope, 'VirtualSystemCollection')
        ? 'it describes several VMs'
        : 'it describes no VM, or several',
    );
  const files = new Map<string, { href: string; compression: string }>();
  for (const { attributes } of all(first(envelope, 'References'), 'File')) {
    const compression = attributes.get('compression') ?? '';
    const chunked = attributes.has('chunkSize') ? 'chunks' : '';
    files.set(attributes.get('id') ?? '', {
      href: attributes.get('href') ?? '',
      compression: compression || chunked,
    });
  }
  const hardware = first(system, 'VirtualHardwareSection');
  const os = first(system, 'OperatingSystemSection');
  const deployment = defaultDeployment(envelope);
  const nodes =
    hardware?.children.filter(({ name }) => /^(Item|StorageItem|EthernetPortItem)$/.test(name)) ?? [];
  if (nodes.length > mostItems) throw refused(`it lists more than ${mostItems} pieces of hardware`);
  const config = new Map(
    [...all(hardware, 'Config'), ...all(hardware, 'ExtraConfig')].map(({ attributes }) => [
      (attributes.get('key') ?? '').toLowerCase(),
      (attributes.get('value') ?? '').toLowerCase(),
    ]),
  );
  return {
    name: first(system, 'Name')?.text || (system.attributes.get('id') ?? ''),
    osWords: [os?.attributes.get('osType'), first(os, 'OSType')?.text, first(os, 'Description')?.text].join(
      ' ',
    ),
    osId: wholeNumber(os?.attributes.get('id')),
    efi: config.get('firmware') === 'efi' || vboxFirmware(system).startsWith('efi'),
    secureBoot: config.get('bootoptions.efisecurebootenabled') === 'true',
    items: nodes.filter((node) => isWanted(node, deployment)).map(readItem),
    disks: all(first(envelope, 'DiskSection'), 'Disk')
      .slice(0, mostItems)
      .map((node) => readDisk(node, files)),
    files: new Map([...files].map(([id, { href }]) => [id, href])),
    annotation: first(first(system, 'AnnotationSection'), 'Annotation')?.text ?? '',
  };
}

function defaultDeployment(envelope: XmlNode): string | undefined {
  const choices = all(first(envelope, 'DeploymentOptionSection'), 'Configuration');
  const chosen = choices.find(({ attributes }) => attributes.get('default') === 'true') ?? choices[0];
  return chosen?.attributes.get('id');
}

/** Not of another choice of the description, and no bounds of another item. */
function isWanted({ attributes }: XmlNode, deployment: string | undefined): boolean {
  if (attributes.has('bound')) return false;
  const choices = attributes.get('configuration')?.split(/\s+/);
  return choices === undefined || deployment === undefined || choices.includes(deployment);
}

/** VirtualBox's own section: `<vbox:Machine><Hardware><Firmware type="EFI"/>`. */
function vboxFirmware(system: XmlNode): string {
  const firmware = first(first(first(system, 'Machine'), 'Hardware'), 'Firmware');
  return (firmware?.attributes.get('type') ?? '').toLowerCase();
}

function readItem(node: XmlNode): OvfItem {
  const text = (name: string) => first(node, name)?.text ?? '';
  return {
    type: wholeNumber(text('ResourceType')) ?? 0,
    subtype: text('ResourceSubType').toLowerCase(),
    title: text('ElementName') || text('Caption') || text('Description'),
    id: text('InstanceID') || text('InstanceId'),
    parent: text('Parent'),
    address: text('Address'),
    quantity: wholeNumber(text('VirtualQuantity')),
    units: text('AllocationUnits'),
    hostResource: text('HostResource'),
    connection: text('Connection'),
    coresPerSocket: wholeNumber(text('CoresPerSocket')),
  };
}

function readDisk(
  { attributes }: XmlNode,
  files: ReadonlyMap<string, { href: string; compression: string }>,
): OvfDisk {
  const file = files.get(attributes.get('fileRef') ?? '');
  const capacity = wholeNumber(attributes.get('capacity'));
  const unit = unitBytes(attributes.get('capacityAllocationUnits') ?? '');
  const sizeBytes = capacity === undefined || unit === undefined ? undefined : capacity * unit;
  return {
    id: attributes.get('diskId') ?? '',
    file: file?.href,
    compression: file?.compression ?? '',
    sizeBytes: sizeBytes !== undefined && Number.isSafeInteger(sizeBytes) ? sizeBytes : undefined,
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  return /^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined;
}

/** Bytes of a unit: `byte * 2^20` (DSP0004, annex C), and the words of older writers. Undefined when it is none. */
export function unitBytes(text: string): number | undefined {
  const word = text.trim().toLowerCase();
  if (word === '' || word === 'byte' || word === 'bytes') return 1;
  const power = /^bytes?\s*\*\s*(2|10)\s*\^\s*(\d{1,2})$/.exec(word);
  if (power) return Number(power[1]) ** Number(power[2]);
  const factor = /^bytes?\s*\*\s*(\d{1,12})$/.exec(word);
  if (factor) return Number(factor[1]);
  const index = ['kilo', 'mega', 'giga', 'tera'].findIndex(
    (prefix) => word === `${prefix}bytes` || word === `${prefix}byte`,
  );
  return index < 0 ? undefined : 1024 ** (index + 1);
}

function refused(why: string): AppError {
  return new AppError('invalid-input', `the description is refused: ${why}`, { fields: { volume: why } });
}
