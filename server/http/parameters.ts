// Checks given parameters against a declaration, and says what is wrong in the API's own words, by parameter.
import type { z } from 'zod';
import { isRefused, type MethodDeclaration, type Verb } from '../contract/method.ts';
import { factsOf, type ParamFacts } from '../contract/params.ts';
import { invalidInput } from '../core/errors.ts';
import type { GivenParams } from './request-body.ts';

const unknownText = 'property is not defined in schema and the schema does not allow additional properties';
const missingText = 'property is missing and it is not optional';
const refusedText = 'not supported yet by this version of Croft';
const mostErrors = 50;

/** What is known of a declaration's parameters, worked out once. */
interface Plan {
  readonly facts: ReadonlyMap<string, ParamFacts | undefined>;
  readonly required: readonly string[];
  readonly refused: ReadonlySet<string>;
}

const plans = new WeakMap<object, Plan>();

function planOf(declaration: MethodDeclaration<Verb, string>): Plan {
  let plan = plans.get(declaration);
  if (!plan) {
    const entries = Object.entries(declaration.params.shape as Record<string, z.ZodType>);
    plan = {
      facts: new Map(entries.map(([name, schema]) => [name, factsOf(schema)])),
      required: entries.filter(([, schema]) => !schema.isOptional()).map(([name]) => name),
      refused: new Set(entries.map(([name]) => name).filter((name) => isRefused(declaration, name))),
    };
    plans.set(declaration, plan);
  }
  return plan;
}

/** Merges what path, query and body gave: the path wins over the query, the query over the body. */
export function mergeParams(...sources: readonly Readonly<GivenParams>[]): GivenParams {
  const merged = Object.create(null) as GivenParams;
  for (const source of sources) for (const [name, value] of Object.entries(source)) merged[name] = value;
  return merged;
}

/**
 * The parameters as the handler gets them. Throws `invalid-input` with a text for each parameter that is unknown,
 * missing, refused or malformed. `partial` leaves out what is missing: a streamed body brings it later.
 */
export function readParams<P extends z.ZodObject>(
  declaration: MethodDeclaration<Verb, string, P>,
  given: Readonly<GivenParams>,
  options: { partial?: boolean } = {},
): z.output<P> {
  const plan = planOf(declaration);
  const errors: Record<string, string> = Object.create(null) as Record<string, string>;
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!plan.facts.has(name)) {
      errors[name.slice(0, 100)] = unknownText;
      if (Object.keys(errors).length >= mostErrors) break;
      continue;
    }
    const facts = plan.facts.get(name);
    if (plan.refused.has(name)) {
      if (!asksForNothing(value, facts)) errors[name] = refusedText;
      continue;
    }
    const problem = unfitText(value, facts);
    if (problem !== undefined) errors[name] = problem;
    else values[name] = asOneValue(value, facts);
  }
  for (const name of Object.keys(values)) {
    const needed = plan.facts.get(name)?.requires;
    if (needed !== undefined && given[needed] === undefined)
      errors[needed] = `missing property - '${name}' requires this property`;
  }
  if (!options.partial) {
    for (const name of plan.required) if (given[name] === undefined) errors[name] = missingText;
  }
  const schema: z.ZodObject = options.partial ? declaration.params.partial() : declaration.params;
  const result = schema.safeParse(values);
  if (!result.success) {
    for (const issue of result.error.issues) {
      const name = String(issue.path[0] ?? '');
      if (name !== '' && errors[name] === undefined) errors[name] = issueText(issue, plan.facts.get(name));
    }
  }
  if (Object.keys(errors).length > 0) throw invalidInput({ ...errors });
  if (!result.success) throw invalidInput({}, result.error.issues[0]?.message ?? 'invalid parameters');
  return result.data as z.output<P>;
}

/** Throws `invalid-input`, in the same words, for those of the named parameters that are missing or malformed. */
export function checkParams(
  declaration: MethodDeclaration<Verb, string>,
  given: Readonly<GivenParams>,
  names: readonly string[],
): void {
  const { facts, required } = planOf(declaration);
  const errors: Record<string, string> = {};
  for (const name of names) {
    const value = given[name];
    const schema = (declaration.params.shape as Record<string, z.ZodType>)[name];
    if (value === undefined) {
      if (required.includes(name)) errors[name] = missingText;
    } else if (schema) {
      const unfit = unfitText(value, facts.get(name));
      const issue =
        unfit === undefined
          ? schema.safeParse(asOneValue(value, facts.get(name))).error?.issues[0]
          : undefined;
      if (unfit !== undefined) errors[name] = unfit;
      else if (issue) errors[name] = issueText(issue, facts.get(name));
    }
  }
  if (Object.keys(errors).length > 0) throw invalidInput(errors);
}

/** Several values for a list parameter are one list to the API; NUL and comma both separate its members. */
function asOneValue(value: unknown, facts: ParamFacts | undefined): unknown {
  if (facts?.type === 'array')
    return typeof value === 'string' && value.includes('\0') ? value.split('\0') : value;
  if (isListFormat(facts)) {
    if (Array.isArray(value)) return value.join(',');
    if (typeof value === 'string') return value.replaceAll('\0', ',');
  }
  return value;
}

function isListFormat(facts: ParamFacts | undefined): boolean {
  return typeof facts?.format === 'string' && facts.format.endsWith('-list');
}

/** What is wrong with the shape of a value before its schema is asked. */
function unfitText(value: unknown, facts: ParamFacts | undefined): string | undefined {
  if (Array.isArray(value)) {
    if (value.some((member) => typeof member === 'object' && member !== null))
      return "type check ('array') failed: members must be plain values";
    if (facts?.type === 'array' || isListFormat(facts)) return undefined;
    return `type check ('${facts?.type ?? 'string'}') failed: got several values`;
  }
  if (typeof value === 'object' && value !== null) {
    return `type check ('${facts?.type ?? 'string'}') failed: got an object`;
  }
  return undefined;
}

/** Does a refused parameter ask for what happens anyway: a flag that is off, or the documented default? */
function asksForNothing(value: unknown, facts: ParamFacts | undefined): boolean {
  if (typeof value === 'object') return false;
  const text = String(value).toLowerCase();
  if (facts?.type === 'boolean') {
    const on = ['1', 'on', 'yes', 'true'];
    const off = ['0', 'off', 'no', 'false'];
    const byDefault = on.includes(String(facts.default ?? 0).toLowerCase());
    return byDefault ? on.includes(text) : off.includes(text);
  }
  return facts?.default !== undefined && text === String(facts.default).toLowerCase();
}

/** Our own checks speak for themselves; what only the schema library has words for becomes a type check. */
function issueText(issue: z.core.$ZodIssue, facts: ParamFacts | undefined): string {
  if (issue.code === 'custom' || issue.code === 'invalid_value') return issue.message;
  if (issue.code === 'invalid_type' || issue.code === 'invalid_union')
    return `type check ('${facts?.type ?? 'string'}') failed`;
  return issue.message;
}
