// The keys of a container's configuration: which there are, and the canonical form of each value.
import { ctDeviceCounts, ctOptions } from '../../../contract/lxc-options.ts';
import * as strings from '../../../contract/lxc-strings.ts';
import { factsOf, readList } from '../../../contract/params.ts';
import type { PropertyCodec, PropertySchema, PropertyValues } from '../../../contract/property-string.ts';
import { invalidInput } from '../../../core/errors.ts';
import { type ConfigInput, type ConfigValue, parseProperty } from '../../config/config-keys.ts';

export type CtDeviceBase = keyof typeof ctDeviceCounts;

const numberedKey = /^([a-z]+)(0|[1-9]\d*)$/;

/** `mp3` as its base and number, when it is one of the numbered keys. */
export function splitCtKey(key: string): { base: CtDeviceBase; index: number } | undefined {
  const match = numberedKey.exec(key);
  if (!match || !Object.hasOwn(ctDeviceCounts, match[1]!)) return undefined;
  const base = match[1] as CtDeviceBase;
  const index = Number(match[2]);
  return index < ctDeviceCounts[base] ? { base, index } : undefined;
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
export function compareCtKeys(a: string, b: string): number {
  const [left, right] = [splitCtKey(a), splitCtKey(b)];
  if (left && right && left.base === right.base) return left.index - right.index;
  return a < b ? -1 : a > b ? 1 : 0;
}

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
  const schema = ctOptions[key as keyof typeof ctOptions];
  const checked = schema.safeParse(input);
  if (!checked.success) throw invalidInput({ [key]: checked.error.issues[0]?.message ?? 'not valid' });
  const value = checked.data;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number') return factsOf(schema)?.type === 'integer' ? value : String(value);
  const rewrite = rewrites[splitCtKey(key)?.base ?? key];
  return rewrite ? rewrite(key, String(value)) : String(value);
}
