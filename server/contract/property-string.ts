// Property strings (`virtio=BC:24:11:00:00:01,bridge=vmbr0`): one codec that reads and renders them by a declared schema.
import { type ParamFacts, string } from './params.ts';
import { brokenFormat } from './property-formats.ts';

interface KeyBase {
  readonly optional?: true;
  readonly default?: string | number;
  /** Its value may be written without `key=`. One key of a schema at most. */
  readonly defaultKey?: true;
}
export interface BooleanKey extends KeyBase {
  readonly type: 'boolean';
}
export interface NumericKey extends KeyBase {
  readonly type: 'integer' | 'number';
  readonly minimum?: number;
  readonly maximum?: number;
}
/** Bytes for the program; `32G` in the text. */
export interface SizeKey extends KeyBase {
  readonly type: 'size';
}
export interface ChoiceKey<W extends string = string> extends KeyBase {
  readonly type: 'choice';
  readonly enum: readonly W[];
}
export interface TextKey extends KeyBase {
  readonly type: 'text';
  /** As published, which may be in Perl's notation. */
  readonly pattern?: string;
  /** What is enforced: by default `pattern`, anchored. */
  readonly regex?: RegExp;
  readonly maxLength?: number;
  /** A named format of property-formats.ts. */
  readonly format?: string;
}
/** Another name of a key. With `names`, the written name itself is the value of that other key: `virtio=MAC` is `model=virtio,macaddr=MAC`. */
export interface AliasKey {
  readonly type: 'alias';
  readonly alias: string;
  readonly names?: string;
}
export type PropertyKeySpec = BooleanKey | NumericKey | SizeKey | ChoiceKey | TextKey | AliasKey;
export type PropertySchema = Readonly<Record<string, PropertyKeySpec>>;

type ValueOf<K> = K extends { type: 'boolean' }
  ? boolean
  : K extends { type: 'integer' | 'number' | 'size' }
    ? number
    : K extends ChoiceKey<infer W>
      ? W
      : string;
type RealKeys<S> = { [K in keyof S]: S[K] extends { type: 'alias' } ? never : K }[keyof S];
type OptionalKeys<S> = { [K in RealKeys<S>]: S[K] extends { optional: true } ? K : never }[RealKeys<S>];
type Simplify<T> = { [K in keyof T]: T[K] };

/** What a property string says: numbers, booleans, sizes in bytes, text. Aliases are resolved. */
export type PropertyValues<S extends PropertySchema> = Simplify<
  { readonly [K in Exclude<RealKeys<S>, OptionalKeys<S>>]: ValueOf<S[K]> } & {
    readonly [K in OptionalKeys<S>]?: ValueOf<S[K]> | undefined;
  }
>;

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string };

/** A codec of any schema, as far as checking needs it. */
export interface PropertyReader {
  readonly facts: Readonly<Record<string, unknown>>;
  parse(text: string): Parsed<unknown>;
}

export interface PropertyCodec<S extends PropertySchema = PropertySchema> {
  readonly schema: S;
  /** The schema in the published API's own shape. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Reads a text; on failure the error names the key at fault. */
  parse(text: string): Parsed<PropertyValues<S>>;
  /** The canonical text of values as `parse` gives them: the default key first, then the others by name, as the API does. */
  render(values: PropertyValues<S>): string;
}

const trueWords = new Set(['1', 'on', 'yes', 'true']);
const falseWords = new Set(['0', 'off', 'no', 'false']);
const sizeFactors: Readonly<Record<string, number>> = {
  '': 1,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
};
/** What can be a key: a part like `local:iso/a=b.iso` is a value of the default key, not a key with a value. */
const keyPart = /^([A-Za-z_][A-Za-z0-9_-]*)=(.*)$/s;

type Value = string | number | boolean;

/** Makes the codec of a schema. */
export function propertyCodec<const S extends PropertySchema>(schema: S): PropertyCodec<S> {
  const keys = Object.entries(schema).filter(([, spec]) => spec.type !== 'alias');
  const defaultKey = keys.find(([, spec]) => spec.type !== 'alias' && spec.defaultKey)?.[0];
  const naming = namingAliases(schema);
  const names = keys.map(([key]) => key).sort();
  const order = [...names.filter((key) => key === defaultKey), ...names.filter((key) => key !== defaultKey)];
  return {
    schema,
    facts: Object.fromEntries(Object.entries(schema).map(([key, spec]) => [key, publishedFacts(spec)])),
    parse: (text) => parseWith(schema, defaultKey, text) as Parsed<PropertyValues<S>>,
    render: (values) => renderWith(schema, order, defaultKey, naming, values as Record<string, Value>),
  };
}

function parseWith(
  schema: PropertySchema,
  defaultKey: string | undefined,
  text: string,
): Parsed<Record<string, Value>> {
  const values: Record<string, Value> = Object.create(null);
  for (const rawPart of text.split(',')) {
    const part = rawPart.trim();
    if (part === '') continue;
    const match = keyPart.exec(part);
    const written = match ? match[1]! : defaultKey;
    const raw = match ? match[2]! : part;
    if (written === undefined) return { ok: false, error: `'${part}' is not of the form key=value` };
    const spec = Object.hasOwn(schema, written) ? schema[written]! : undefined;
    if (!spec) return { ok: false, error: `unknown key '${written}'` };
    const pairs: [string, string][] = [[spec.type === 'alias' ? spec.alias : written, raw]];
    if (spec.type === 'alias' && spec.names !== undefined) pairs.unshift([spec.names, written]);
    for (const [key, value] of pairs) {
      if (key in values) return { ok: false, error: `'${key}' is given twice` };
      const read = readValue(schema[key]!, value);
      if (!read.ok) return { ok: false, error: `${key}: ${read.error}` };
      values[key] = read.value;
    }
  }
  for (const [key, spec] of Object.entries(schema)) {
    if (spec.type !== 'alias' && !spec.optional && !(key in values))
      return { ok: false, error: `'${key}' is missing` };
  }
  return { ok: true, value: { ...values } };
}

function readValue(spec: PropertyKeySpec, raw: string): Parsed<Value> {
  const fail = (error: string): Parsed<Value> => ({ ok: false, error });
  if (raw === '') return fail('has no value');
  switch (spec.type) {
    case 'boolean': {
      const word = raw.toLowerCase();
      if (trueWords.has(word)) return { ok: true, value: true };
      return falseWords.has(word) ? { ok: true, value: false } : fail('write 0 or 1');
    }
    case 'integer':
    case 'number': {
      const value = /^-?\d+(\.\d+)?$/.test(raw) ? Number(raw) : Number.NaN;
      if (!Number.isFinite(value)) return fail(`'${raw}' is not a number`);
      if (spec.type === 'integer' && !Number.isSafeInteger(value)) return fail('must be a whole number');
      if (spec.minimum !== undefined && value < spec.minimum) return fail(`must be at least ${spec.minimum}`);
      if (spec.maximum !== undefined && value > spec.maximum) return fail(`must be at most ${spec.maximum}`);
      return { ok: true, value };
    }
    case 'size': {
      const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(raw);
      const value = match ? Math.round(Number(match[1]) * sizeFactors[match[2]!]!) : Number.NaN;
      return Number.isSafeInteger(value) ? { ok: true, value } : fail(`'${raw}' is not a size`);
    }
    case 'choice':
      return spec.enum.includes(raw)
        ? { ok: true, value: raw }
        : fail(`must be one of: ${spec.enum.join(', ')}`);
    case 'text': {
      if (/[\x00-\x1f\x7f]/.test(raw)) return fail('must not hold control characters');
      if (spec.maxLength !== undefined && raw.length > spec.maxLength)
        return fail(`may only be ${spec.maxLength} characters long`);
      const regex =
        spec.regex ?? (spec.pattern === undefined ? undefined : new RegExp(`^(?:${spec.pattern})$`));
      if (regex && !regex.test(raw)) return fail(`'${raw}' is not valid`);
      const broken = spec.format === undefined ? undefined : brokenFormat(spec.format, raw);
      return broken === undefined ? { ok: true, value: raw } : fail(broken);
    }
    case 'alias':
      return fail('is only another name');
  }
}

/** By the key that is named: which alias says it together with which value. */
function namingAliases(schema: PropertySchema): { named: string; value: string } | undefined {
  for (const spec of Object.values(schema)) {
    if (spec.type === 'alias' && spec.names !== undefined) return { named: spec.names, value: spec.alias };
  }
  return undefined;
}

function renderWith(
  schema: PropertySchema,
  order: readonly string[],
  defaultKey: string | undefined,
  naming: { named: string; value: string } | undefined,
  values: Readonly<Record<string, Value | undefined>>,
): string {
  const parts: string[] = [];
  const together = naming && values[naming.named] !== undefined && values[naming.value] !== undefined;
  if (together && Object.hasOwn(schema, String(values[naming.named])))
    parts.push(`${values[naming.named]}=${values[naming.value]}`);
  const said = parts.length > 0 ? new Set([naming!.named, naming!.value]) : new Set<string>();
  for (const key of order) {
    const value = values[key];
    if (value === undefined || said.has(key)) continue;
    const text = renderValue(schema[key]!, value);
    parts.push(key === defaultKey && !keyPart.test(text) ? text : `${key}=${text}`);
  }
  return parts.join(',');
}

function renderValue(spec: PropertyKeySpec, value: Value): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (spec.type !== 'size' || typeof value !== 'number') return String(value);
  for (const unit of ['T', 'G', 'M', 'K']) {
    const factor = sizeFactors[unit]!;
    if (value >= factor && value % factor === 0) return `${value / factor}${unit}`;
  }
  return String(value);
}

function publishedFacts(spec: PropertyKeySpec): Record<string, unknown> {
  if (spec.type === 'alias') return { alias: spec.alias };
  const facts: Record<string, unknown> = {};
  if (spec.type === 'boolean' || spec.type === 'integer' || spec.type === 'number') facts['type'] = spec.type;
  if (spec.type === 'size') facts['format'] = 'disk-size';
  for (const name of ['enum', 'pattern', 'format', 'minimum', 'maximum', 'maxLength', 'default'] as const) {
    const value = (spec as unknown as Record<string, unknown>)[name];
    if (value !== undefined) facts[name] = value;
  }
  if (spec.optional) facts['optional'] = 1;
  if (spec.defaultKey) facts['default_key'] = 1;
  return facts;
}

/**
 * A parameter that holds a property string: checked by the codec, handed on as the text that was given.
 * The facts carry the codec's schema as `format`; `facts.format` replaces it where the API publishes only a name.
 */
export function propertyString(codec: PropertyReader, facts: Omit<ParamFacts, 'type'> = {}) {
  return string({ format: codec.facts, ...facts }, (text) => {
    const parsed = codec.parse(text);
    return parsed.ok ? undefined : parsed.error;
  });
}
