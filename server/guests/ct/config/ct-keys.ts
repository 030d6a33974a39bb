// The keys of a container's configuration: which there are, and the canonical form of each value.
import { ctDeviceCounts, ctOptions } from '../../../contract/lxc-options.ts';
import * as strings from '../../../contract/lxc-strings.ts';
import { readList } from '../../../contract/params.ts';
import type { PropertyCodec, PropertySchema, PropertyValues } from '../../../contract/property-string.ts';
import { invalidInput } from '../../../core/errors.ts';
import { type ConfigInput, type ConfigValue, parseProperty } from '../../config/config-keys.ts';
import { keyOrder, splitNumberedKey } from '../../config/numbered-keys.ts';
import { storedValue } from '../../config/stored-value.ts';

export type CtDeviceBase = keyof typeof ctDeviceCounts;

/** `mp3` as its base and number, when it is one of the numbered keys. */
export function splitCtKey(key: string): { base: CtDeviceBase; index: number } | undefined {
  return splitNumberedKey(key, ctDeviceCounts);
}

/** Is it a key of a container's configuration? */
export function isCtKey(key: string): boolean {
  return Object.hasOwn(ctOptions, key);
}

/** `rootfs` and the mount points. */
export function isCtMountKey(key: string): boolean {
  return key === 'rootfs' || splitCtKey(key)?.base === 'mp';
}

/** The keys of one base that a configuration has, by number. */
export function ctKeysOf(config: Readonly<Record<string, unknown>>, base: CtDeviceBase): string[] {
  return Object.keys(config)
    .filter((key) => splitCtKey(key)?.base === base)
    .sort(compareCtKeys);
}

/** Order of keys for people: by name, numbered ones by number. */
export const compareCtKeys = keyOrder(splitCtKey);

/**
 * The canonical text of values: the default key, then the required ones, then the rest by name (`name=eth0,bridge=...`,
 * `local:...,mp=/data,...`), as the API's peers write it.
 */
export function renderCtProperty<S extends PropertySchema>(
  codec: PropertyCodec<S>,
  values: PropertyValues<S>,
): string {
  const rank = (part: string) => {
    const spec = codec.schema[/^([A-Za-z_][A-Za-z0-9_-]*)=/.exec(part)?.[1] ?? ''];
    if (spec === undefined || spec.type === 'alias' || spec.defaultKey) return 0;
    return spec.optional ? 2 : 1;
  };
  const parts = codec.render(values).split(',');
  return [0, 1, 2].flatMap((wanted) => parts.filter((part) => rank(part) === wanted)).join(',');
}

type Rewrite = (key: string, text: string) => string;

function byCodec<S extends PropertySchema>(codec: PropertyCodec<S>): Rewrite {
  return (key, text) => renderCtProperty(codec, parseProperty(key, codec, text));
}

const spaced: Rewrite = (_key, text) => readList(text).join(' ');

/** By key, or by the base of a numbered one. */
const rewrites: Readonly<Record<string, Rewrite | undefined>> = {
  rootfs: byCodec(strings.ctRootfsString),
  mp: byCodec(strings.ctMountString),
  net: (key, text) => {
    const values = parseProperty(key, strings.ctNetString, text);
    return renderCtProperty(strings.ctNetString, {
      ...values,
      hwaddr: values.hwaddr?.toUpperCase(),
      type: 'veth',
    });
  },
  dev: byCodec(strings.ctDeviceString),
  unused: byCodec(strings.ctUnusedString),
  features: byCodec(strings.ctFeaturesString),
  nameserver: spaced,
  searchdomain: spaced,
  startup: (_key, text) => text.trim(),
  tags: (_key, text) => [...new Set(readList(text.toLowerCase()))].sort().join(';'),
};

/** The value as it is stored and answered. `invalid-input` naming the key when the value is not allowed. */
export function canonicalCtValue(key: string, input: ConfigInput): ConfigValue {
  if (!isCtKey(key)) throw invalidInput({ [key]: 'there is no such option' });
  const rewrite = rewrites[splitCtKey(key)?.base ?? key];
  return storedValue(key, input, ctOptions[key as keyof typeof ctOptions], rewrite);
}
