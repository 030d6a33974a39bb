// A VM's cloud-init settings between its configuration and forms: where its drive is, addresses of cards, files of its own.
// Pure.
import { type Device, devicesBy, type PendingLine, settingOf } from './guest-config.ts';
import { type IpSettings, ipOptions, readIpSettings } from './ip-settings.ts';
import { isOn, parseProperties, renderProperties, withOptions } from './property-string.ts';

/** Keys of the configuration that are told to the guest by its drive. */
export const cloudInitKeys =
  /^(ci(custom|password|type|upgrade|user)|nameserver|searchdomain|sshkeys|ipconfig\d+)$/;

const driveKey = /^(ide|sata|scsi|virtio)\d+$/;
/** The volume of a drive that is there, or the wish for one. */
const driveVolume = /^[^:]+:(?:cloudinit$|(?:.*[/:])?vm-\d+-cloudinit)/;

function isCloudInitDrive(key: string, value: string): boolean {
  return driveKey.test(key) && driveVolume.test(parseProperties(value).lead);
}

/** The drive; undefined when the VM has none, nor will have. */
export function cloudInitDrive(lines: readonly PendingLine[]): Device | undefined {
  const drives = devicesBy(lines, (key, value) => (isCloudInitDrive(key, value) ? 'drive' : undefined), [
    'drive',
  ]);
  return drives.find(({ wanted }) => wanted !== undefined) ?? drives[0];
}

/** A network card and what its guest is told of it. */
export interface CloudInitCard {
  readonly index: number;
  /** False: something is said of a card that is not there. */
  readonly exists: boolean;
}

/** The cards in order, with those of which something is said though they are not there. */
export function cloudInitCards(lines: readonly PendingLine[]): CloudInitCard[] {
  const numbers = (prefix: string) =>
    lines.flatMap(({ key }) => {
      const digits = new RegExp(`^${prefix}(\\d+)$`).exec(key)?.[1];
      return digits === undefined ? [] : [Number(digits)];
    });
  const cards = new Set(numbers('net'));
  return [...new Set([...cards, ...numbers('ipconfig')])]
    .sort((a, b) => a - b)
    .map((index) => ({ index, exists: cards.has(index) }));
}

export function readIpConfig(text: string): IpSettings {
  const { options } = parseProperties(text);
  return readIpSettings((key) => options.get(key) ?? '');
}

/** Undefined where nothing is to be set up. */
export function ipConfigString(form: IpSettings): string | undefined {
  return renderProperties(withOptions({ lead: '', options: new Map() }, ipOptions(form))) || undefined;
}

/** What of a card is set up as long as nothing is said of it: all ask by DHCP until something is said of any. */
export function isAskedByDefault(
  lines: readonly PendingLine[],
  which: 'current' | 'wanted',
  index: number,
): boolean {
  return cloudInitCards(lines).every(
    (card) =>
      !card.exists || settingOf(lines, `ipconfig${card.index}`)[which] === undefined || card.index === index,
  );
}

export const customKinds = ['user', 'network', 'meta', 'vendor'] as const;
export type CustomKind = (typeof customKinds)[number];
/** Volume ids; empty for what is generated. */
export type CustomFiles = Readonly<Record<CustomKind, string>>;

export function readCustomFiles(text: string): CustomFiles {
  const { options } = parseProperties(text);
  const file = (kind: CustomKind) => options.get(kind) ?? '';
  return { user: file('user'), network: file('network'), meta: file('meta'), vendor: file('vendor') };
}

export function customFilesString(files: CustomFiles): string | undefined {
  const named = customKinds.filter((kind) => files[kind] !== '');
  return named.map((kind) => `${kind}=${files[kind]}`).join(',') || undefined;
}

/** The API's `sshkeys`: lines, URL-encoded; undefined for none. */
export function encodeSshKeys(keys: readonly string[]): string | undefined {
  return keys.length === 0 ? undefined : encodeURIComponent(keys.join('\n'));
}

/** What cannot be decoded is shown as it is. */
export function decodeSshKeys(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The packages are upgraded unless it is said that they are not. */
export function upgrades(value: string | undefined): boolean {
  return value === undefined || value === '' || isOn(value);
}
