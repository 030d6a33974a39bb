// Compares declared methods with the published contract: which exist, and whether parameters and permissions are the same.
import type { z } from 'zod';
import { type MethodDeclaration, methodName } from './method.ts';
import { factsOf, type ParamFacts } from './params.ts';
import type { Permission } from './permission.ts';

/** A parameter of the published contract. */
export type PublishedParam = ParamFacts & { readonly optional?: boolean };

/** A method of the published contract, by its name `GET /version`. */
export interface PublishedMethod {
  readonly params: Readonly<Record<string, PublishedParam>>;
  readonly permission: Permission;
}
export type PublishedContract = Readonly<Record<string, PublishedMethod>>;

/** One thing that is not as the contract has it. */
export interface Mismatch {
  readonly method: string;
  readonly param?: string;
  readonly problem: string;
}

/** Parameters that we add to the contract's own methods, append-only. */
const ownParameters = new Set([
  'confirm-timeout',
  'server2',
  'transport',
  'volume',
  'devices',
  'plugin-options',
  'expected',
  'with-volumes',
  'tags',
  ...['test-schedule', 'test-guests', 'test-wait', 'test-port', 'test-timeout', 'test-storage'],
]);

const comparedFacts = [
  'type',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'default',
  'requires',
] as const satisfies readonly (keyof ParamFacts)[];

/** All differences of one declaration from the contract; none for an extension of ours. */
export function compareMethod(declaration: MethodDeclaration, contract: PublishedContract): Mismatch[] {
  const method = methodName(declaration);
  const published = contract[method];
  if (declaration.extension) {
    return published ? [{ method, problem: 'declared as an extension, but the contract has it' }] : [];
  }
  if (!published) return [{ method, problem: 'not in the contract: declare it as an extension' }];
  const found: Mismatch[] = [];
  if (canonical(declaration.permission) !== canonical(published.permission)) {
    found.push({
      method,
      problem: `permission is ${canonical(declaration.permission)}, published ${canonical(published.permission)}`,
    });
  }
  const declared = declaration.params.shape as Readonly<Record<string, z.ZodType>>;
  for (const [name, facts] of Object.entries(published.params)) {
    const schema = declared[name] ?? (name.endsWith('[n]') ? firstOf(name, declared) : undefined);
    if (!schema) found.push({ method, param: name, problem: 'not declared' });
    else found.push(...compareParam(schema, facts).map((problem) => ({ method, param: name, problem })));
  }
  for (const name of Object.keys(declared)) {
    const indexedName = name.replace(/\d+$/, '[n]');
    if (!(name in published.params) && !(indexedName in published.params) && !ownParameters.has(name)) {
      found.push({ method, param: name, problem: 'not in the contract' });
    }
  }
  for (const name of declaration.refuses ?? []) {
    const facts = published.params[name] ?? published.params[name.replace(/\d+$/, '[n]')];
    if (!facts) found.push({ method, param: name, problem: 'refused, but not in the contract' });
    else if (!facts.optional)
      found.push({ method, param: name, problem: 'refused, but the contract requires it' });
  }
  return found;
}

/** The schema of `net0` (or `unused0`, ...) for `net[n]`. */
function firstOf(name: string, declared: Readonly<Record<string, z.ZodType>>): z.ZodType | undefined {
  const base = name.slice(0, -'[n]'.length);
  return declared[`${base}0`] ?? declared[`${base}1`];
}

function compareParam(schema: z.ZodType, published: PublishedParam): string[] {
  const facts = factsOf(schema);
  if (!facts) return ['carries no facts'];
  const problems: string[] = [];
  const optional = schema.isOptional();
  if (optional !== (published.optional ?? false))
    problems.push(`is ${optional ? 'optional' : 'required'}, published otherwise`);
  for (const key of comparedFacts) {
    const ours = canonical(readFact(key, facts));
    const theirs = canonical(readFact(key, published));
    if (ours !== theirs) problems.push(`${key} is ${ours}, published ${theirs}`);
  }
  if (published.items) {
    const ours = canonical({ type: 'string', ...facts.items });
    const theirs = canonical({ type: 'string', ...published.items });
    if (ours !== theirs) problems.push(`items are ${ours}, published ${theirs}`);
  }
  return problems;
}

/** A fact with the spellings made equal: `"yes"` and `true` are 1 as defaults of booleans. */
function readFact(key: (typeof comparedFacts)[number], facts: ParamFacts): unknown {
  const value = facts[key];
  if (value === undefined || value === null) return undefined;
  if (key === 'default' && facts.type === 'boolean')
    return ['1', 'true', 'yes', 'on'].includes(String(value).toLowerCase()) ? 1 : 0;
  if (key === 'default') return String(value);
  if (key === 'format' && typeof value === 'object')
    return Object.fromEntries(Object.entries(value ?? {}).map(([k, v]) => [k, readSubFacts(v)]));
  return value;
}

/** A key of a property string, its numbers and flags as text: the contract writes both 0 and "0". */
function readSubFacts(facts: unknown): unknown {
  if (typeof facts !== 'object' || facts === null) return facts;
  const kept = Object.entries(facts).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(
    kept.map(([key, value]) => [key, typeof value === 'object' ? value : sameText(value)]),
  );
}

function sameText(value: unknown): string {
  return value === true ? '1' : value === false ? '0' : String(value);
}

/** JSON with sorted keys, `-` for what is absent. */
function canonical(value: unknown): string {
  if (value === undefined) return '-';
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** What a coverage report says. `missing` and `implemented` hold method names in the contract's spelling. */
export interface Coverage {
  readonly implemented: readonly string[];
  readonly missing: readonly string[];
  readonly mismatches: readonly Mismatch[];
  /** Methods of ours beside the contract. */
  readonly extensions: readonly string[];
  /** Paths that existing clients call and for which at least one of the contract's methods is implemented. */
  readonly clientPaths: { readonly covered: readonly string[]; readonly missing: readonly string[] };
}

/**
 * Compares. `implemented` are the declarations that have a handler; each is checked, and counts only when the contract
 * has it.
 */
export function coverageOf(
  implemented: readonly MethodDeclaration[],
  contract: PublishedContract,
  clientPaths: readonly string[],
): Coverage {
  const names: string[] = implemented.map((declaration) => methodName(declaration));
  const mismatches = implemented.flatMap((declaration) => compareMethod(declaration, contract));
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  mismatches.push(...twice.map((method) => ({ method, problem: 'declared twice' })));
  const known = new Set(names.filter((name) => name in contract));
  const paths = new Set([...known].map((name) => name.slice(name.indexOf(' ') + 1)));
  return {
    implemented: [...known].sort(),
    missing: Object.keys(contract).filter((name) => !known.has(name)),
    mismatches,
    extensions: names.filter((name) => !(name in contract)).sort(),
    clientPaths: {
      covered: clientPaths.filter((path) => paths.has(path)),
      missing: clientPaths.filter((path) => !paths.has(path)),
    },
  };
}
