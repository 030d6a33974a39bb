// The value of a key as it is stored and answered: checked by the contract, numbers and switches as numbers, texts canonical.
import type { z } from 'zod';
import { factsOf } from '../../contract/params.ts';
import { invalidInput } from '../../core/errors.ts';
import type { ConfigInput, ConfigValue } from './config-keys.ts';

/** Longer than any that is meant, SSH keys of a whole company included; what checks a text need not bear more. */
const longestText = 256 * 1024;

/** `invalid-input` naming the key. */
export function refuseLongText(key: string, input: ConfigInput): void {
  if (typeof input === 'string' && input.length > longestText)
    throw invalidInput({ [key]: `has more than ${longestText} characters` });
}

/** `rewrite` makes a text canonical. `invalid-input` naming the key when the schema refuses the value. */
export function storedValue(
  key: string,
  input: ConfigInput,
  schema: z.ZodType,
  rewrite: ((key: string, text: string) => string) | undefined,
): ConfigValue {
  refuseLongText(key, input);
  const checked = schema.safeParse(input);
  if (!checked.success) throw invalidInput({ [key]: checked.error.issues[0]?.message ?? 'not valid' });
  const value = checked.data;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number') return factsOf(schema)?.type === 'integer' ? value : String(value);
  return rewrite ? rewrite(key, String(value)) : String(value);
}
