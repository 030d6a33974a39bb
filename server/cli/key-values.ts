// Reads `--key value` pairs that are parameters of the API, without knowing them beforehand.
import { AppError } from '../core/errors.ts';

/**
 * `--memory 2048 --onboot --net0=virtio,bridge=vmbr0` as parameters. A key without a value is a switch: `1`. A key given
 * several times is a list. Throws `invalid-input` for what is neither key nor value.
 */
export function readKeyValues(words: readonly string[]): Record<string, string | string[]> {
  const params: Record<string, string | string[]> = {};
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const match = /^--([A-Za-z][A-Za-z0-9_-]*)(?:=([\s\S]*))?$/.exec(word);
    if (!match)
      throw new AppError('invalid-input', `'${word}' does not belong to any option`, {
        data: { hint: 'write parameters as --key value' },
      });
    const key = match[1] as string;
    let value = match[2];
    if (value === undefined && at + 1 < words.length && !words[at + 1]?.startsWith('--')) {
      at += 1;
      value = words[at];
    }
    const before = params[key];
    const given = value ?? '1';
    if (before === undefined) params[key] = given;
    else params[key] = Array.isArray(before) ? [...before, given] : [before, given];
  }
  return params;
}
