// The keys of a VM's configuration: which there are, and the canonical form of each value.

import { readList } from '../../contract/params.ts';
import type { PropertyCodec, PropertySchema } from '../../contract/property-string.ts';
import { ciCustomString, ipConfigString } from '../../contract/qemu-cloudinit-strings.ts';
import {
  driveStrings,
  efiDiskString,
  tpmStateString,
  unusedString,
} from '../../contract/qemu-disk-strings.ts';
import { deviceCounts, vmOptions, whyRefused } from '../../contract/qemu-options.ts';
import * as strings from '../../contract/qemu-strings.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { keyOrder, splitNumberedKey } from './numbered-keys.ts';
import { storedValue } from './stored-value.ts';

/** Whole numbers and switches are numbers, everything else is text. */
export type ConfigValue = string | number;
/** A configuration in the API's own notation, every value canonical. */
export type VmConfig = Readonly<Record<string, ConfigValue>>;
/** A value as a request gives it, already checked by the contract's schema or not. */
export type ConfigInput = string | number | boolean;

const driveBuses = ['ide', 'sata', 'scsi', 'virtio'] as const;
export type DriveBus = (typeof driveBuses)[number];

/** How the text of a key becomes canonical. */
type Rewrite = (key: string, text: string) => string;

function byCodec<S extends PropertySchema>(codec: PropertyCodec<S>): Rewrite {
  return (key, text) => codec.render(parseProperty(key, codec, text));
}

/** Checked, and kept as it was written: so does the API with everything that it does not fill in itself. */
function asGiven<S extends PropertySchema>(codec: PropertyCodec<S>): Rewrite {
  return (key, text) => {
    parseProperty(key, codec, text);
    return text.trim();
  };
}

/** By key, or by the base of a numbered one. */
const rewrites: Readonly<Record<string, Rewrite | undefined>> = {
  ide: byCodec(driveStrings.ide),
  sata: byCodec(driveStrings.sata),
  scsi: byCodec(driveStrings.scsi),
  virtio: byCodec(driveStrings.virtio),
  net: (key, text) => {
    const values = parseProperty(key, strings.netString, text);
    return strings.netString.render({ ...values, macaddr: values.macaddr?.toUpperCase() });
  },
  unused: byCodec(unusedString),
  efidisk0: byCodec(efiDiskString),
  tpmstate0: byCodec(tpmStateString),
  agent: asGiven(strings.agentString),
  audio0: byCodec(strings.audioString),
  cicustom: byCodec(ciCustomString),
  ipconfig: byCodec(ipConfigString),
  nameserver: (_key, text) => readList(text).join(' '),
  searchdomain: (_key, text) => readList(text).join(' '),
  boot: asGiven(strings.bootString),
  cpu: asGiven(strings.cpuString),
  machine: asGiven(strings.machineString),
  memory: byCodec(strings.memoryString),
  meta: byCodec(strings.metaString),
  numa: (key, text) => (splitDeviceKey(key) ? byCodec(strings.numaNodeString)(key, text) : text),
  rng0: asGiven(strings.rngString),
  smbios1: asGiven(strings.smbiosString),
  startup: asGiven(strings.startupString),
  vga: asGiven(strings.vgaString),
  watchdog: asGiven(strings.watchdogString),
  tags: (_key, text) => [...new Set(readList(text.toLowerCase()))].sort().join(';'),
};

/** `scsi3` as its base and number, when it is one of the numbered devices. */
export function splitDeviceKey(key: string): { base: keyof typeof deviceCounts; index: number } | undefined {
  return splitNumberedKey(key, deviceCounts);
}

/** The bus and number of a drive's key. */
export function splitDriveKey(key: string): { bus: DriveBus; index: number } | undefined {
  const device = splitDeviceKey(key);
  return device && (driveBuses as readonly string[]).includes(device.base)
    ? { bus: device.base as DriveBus, index: device.index }
    : undefined;
}

/** Is it a key of a configuration, supported or refused? */
export function isConfigKey(key: string): boolean {
  return key === 'meta' || (key !== 'cdrom' && Object.hasOwn(vmOptions, key));
}

/** Reads a text by the codec of a key; `invalid-input` naming the key. */
export function parseProperty<T>(
  key: string,
  codec: { parse(text: string): { ok: true; value: T } | { ok: false; error: string } },
  text: ConfigValue,
): T {
  const parsed = codec.parse(String(text));
  if (!parsed.ok) throw invalidInput({ [key]: parsed.error });
  return parsed.value;
}

/**
 * The value as it is stored and answered. `invalid-input` naming the key when the value is not allowed, `unsupported`
 * when this version does not do the key.
 */
export function canonicalValue(key: string, input: ConfigInput): ConfigValue {
  if (!isConfigKey(key)) throw invalidInput({ [key]: 'there is no such option' });
  const refused = whyRefused(key);
  if (refused !== undefined)
    throw new AppError('unsupported', `${key}: ${refused}`, { fields: { [key]: refused } });
  const rewrite = rewrites[splitDeviceKey(key)?.base ?? key];
  if (key === 'meta') return rewrite!(key, String(input));
  return storedValue(key, input, vmOptions[key as keyof typeof vmOptions], rewrite);
}

/** Order of keys for people: by name, numbered ones by number. */
export const compareKeys = keyOrder(splitDeviceKey);
