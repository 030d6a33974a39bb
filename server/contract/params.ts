// Builders of parameter schemas. Each carries the contract's facts (type, format, bounds) as metadata, so that the
// documentation and the comparison with the published API read them from the one place where they are enforced.
import { z } from 'zod';

/** Facts of a parameter in the published API's own words. */
export interface ParamFacts {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array';
  /** A named format (`pve-vmid`), or the keys of a property string. */
  readonly format?: string | Readonly<Record<string, unknown>>;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly enum?: readonly string[];
  /** Text where the published API describes the default in words. It is not applied: `.default()` on the schema is. */
  readonly default?: unknown;
  /** Name of another parameter that must be given with this one. */
  readonly requires?: string;
  /** Facts of an array's members. */
  readonly items?: Partial<ParamFacts>;
}

declare module 'zod' {
  interface GlobalMeta {
    facts?: ParamFacts;
  }
}

const trueWords = new Set(['1', 'on', 'yes', 'true']);
const falseWords = new Set(['0', 'off', 'no', 'false']);

/** The metadata of a schema, found through `.optional()` and `.default()`. */
export function factsOf(schema: z.ZodType): ParamFacts | undefined {
  let current: unknown = schema;
  while (current instanceof z.ZodType) {
    const facts = current.meta()?.facts;
    if (facts) return facts;
    const def = current.def as { innerType?: unknown };
    current = def.innerType;
  }
  return undefined;
}

/** `0`, `1`, `on`, `off`, `yes`, `no`, `true`, `false`, or a JSON boolean; a boolean for the handler. */
export function boolean(facts: Omit<ParamFacts, 'type'> = {}) {
  return z
    .union([z.boolean(), z.number(), z.string()])
    .transform((value, context): boolean => {
      const word = String(value).toLowerCase();
      if (trueWords.has(word)) return true;
      if (falseWords.has(word)) return false;
      context.addIssue({ code: 'custom', message: "type check ('boolean') failed: write 0 or 1" });
      return z.NEVER;
    })
    .meta({ facts: { type: 'boolean', ...facts } });
}

/** A whole number, as JSON number or decimal text. */
export function integer(facts: Omit<ParamFacts, 'type'> = {}) {
  return numeric({ type: 'integer', ...facts });
}

/** A number, as JSON number or decimal text. */
export function number(facts: Omit<ParamFacts, 'type'> = {}) {
  return numeric({ type: 'number', ...facts });
}

function numeric(facts: ParamFacts) {
  return z
    .union([z.number(), z.string()])
    .transform((value, context): number => {
      const parsed =
        typeof value === 'number' ? value : /^-?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : Number.NaN;
      const fail = (message: string): never => {
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      };
      if (!Number.isFinite(parsed))
        return fail(`type check ('${facts.type}') failed: '${value}' is not a number`);
      if (facts.type === 'integer' && !Number.isSafeInteger(parsed)) return fail('must be a whole number');
      if (facts.minimum !== undefined && parsed < facts.minimum)
        return fail(`value must have a minimum value of ${facts.minimum}`);
      if (facts.maximum !== undefined && parsed > facts.maximum)
        return fail(`value must have a maximum value of ${facts.maximum}`);
      if (facts.enum && !facts.enum.includes(String(parsed)))
        return fail(`value must be one of: ${facts.enum.join(', ')}`);
      return parsed;
    })
    .meta({ facts });
}

/** A published pattern as ours: anchored, with Perl's `(?^i:...)` groups in the spelling that JavaScript has. */
export function readPattern(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern.replaceAll('(?^:', '(?:').replaceAll('(?^i:', '(?i:')})$`);
}

/** Text without control characters other than tab and line ends. `check` returns the rule that the text breaks, if any. */
export function string(facts: Omit<ParamFacts, 'type'> = {}, check?: (text: string) => string | undefined) {
  const pattern = facts.pattern === undefined ? undefined : readPattern(facts.pattern);
  return z
    .union([z.string(), z.number()])
    .transform((value, context): string => {
      const text = String(value);
      const fail = (message: string): never => {
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      };
      if (/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text)) return fail('must not hold control characters');
      if (facts.minLength !== undefined && text.length < facts.minLength)
        return fail(`value must be at least ${facts.minLength} characters long`);
      if (facts.maxLength !== undefined && text.length > facts.maxLength)
        return fail(`value may only be ${facts.maxLength} characters long`);
      if (pattern && !pattern.test(text)) return fail('value does not match the regex pattern');
      const broken = check?.(text);
      if (broken !== undefined) return fail(broken);
      return text;
    })
    .meta({ facts: { type: 'string', ...facts } });
}

/** One of a list of words. */
export function choice<const W extends readonly [string, ...string[]]>(
  words: W,
  facts: Omit<ParamFacts, 'type' | 'enum'> = {},
) {
  return z
    .enum(words, { error: `value must be one of: ${words.join(', ')}` })
    .meta({ facts: { type: 'string', enum: words, ...facts } });
}

/** Several values: a JSON array, or the parameter given several times; one value alone is a list of one. */
export function array<S extends z.ZodType>(item: S, facts: Omit<ParamFacts, 'type' | 'items'> = {}) {
  const items = factsOf(item);
  return z
    .preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(item).max(1000))
    .meta({ facts: { type: 'array', ...(items ? { items } : {}), ...facts } });
}

/** The members of a `...-list` parameter, which the API separates by comma, semicolon, blank or NUL; without empty ones. */
export function readList(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(/[\0,;\s]+/).filter((member) => member !== '');
}

/** `net[n]`: `count` optional parameters `name0`, `name1`, ... of one schema; spread into a shape. */
export function indexed<N extends string, S extends z.ZodType>(
  name: N,
  count: number,
  schema: S,
): Record<`${N}${number}`, z.ZodOptional<S>> {
  const optional = schema.optional();
  const shape: Record<string, z.ZodOptional<S>> = {};
  for (let i = 0; i < count; i += 1) shape[`${name}${i}`] = optional;
  return shape as Record<`${N}${number}`, z.ZodOptional<S>>;
}

const vmidFacts = { minimum: 100, maximum: 999_999_999, format: 'pve-vmid' } as const;

export const vmid = () => integer(vmidFacts);
export const nodeName = () =>
  string({ format: 'pve-node' }, (text) =>
    /^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/.test(text)
      ? undefined
      : 'not a valid node name: letters, digits and hyphens',
  );
export const storageId = (facts: Omit<ParamFacts, 'type'> = { format: 'pve-storage-id' }) =>
  string(facts, (text) =>
    /^[a-z][a-z0-9._-]{0,98}[a-z0-9]$/i.test(text)
      ? undefined
      : 'not a valid storage ID: begin with a letter, then letters, digits, - _ .',
  );
export const userId = (facts: Omit<ParamFacts, 'type'> = { maxLength: 64, format: 'pve-userid' }) =>
  string(facts, (text) =>
    /^[^\s:/@]+(@[^\s:/@]+)*@[A-Za-z][A-Za-z0-9._-]+$/.test(text)
      ? undefined
      : 'not a valid user ID: write name@realm',
  );
/** A volume, `storage:name`. */
export const volumeId = (facts: Omit<ParamFacts, 'type'> = { format: 'pve-volume-id' }) =>
  string(facts, (text) =>
    /^[a-z][a-z0-9._-]*[a-z0-9]:.+$/i.test(text) ? undefined : 'not a valid volume ID: write storage:name',
  );
