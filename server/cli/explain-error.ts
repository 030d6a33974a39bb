// An error as the user sees it: what went wrong, which parameter broke which rule, and what can be done.
import type { AppError } from '../core/errors.ts';

/** Text for standard error. `suggest` finds the parameter that was probably meant. */
export function explainError(error: AppError, suggest: (key: string) => string | undefined): string {
  const lines = [`croft: ${error.message}`];
  const hints = new Set<string>();
  for (const [field, rule] of Object.entries(error.fields ?? {})) {
    lines.push(`  ${field}: ${rule}`);
    const meant = suggest(field);
    if (meant !== undefined) hints.add(`did you mean --${meant} instead of --${field}?`);
  }
  const hint = error.data?.['hint'];
  if (typeof hint === 'string') hints.add(hint);
  for (const line of hints) lines.push(`hint: ${line}`);
  return `${lines.join('\n')}\n`;
}

/** The same for programs (`--json`). */
export function errorAsJson(error: AppError): string {
  const { code, message, fields, data } = error;
  return `${JSON.stringify({ error: { code, message, ...(fields ? { fields } : {}), ...(data ? { data } : {}) } })}\n`;
}

/** The known word nearest to what was typed, at most two letters away; undefined when none is, or when it is known. */
export function nearestWord(typed: string, known: readonly string[]): string | undefined {
  if (known.includes(typed)) return undefined;
  let best: string | undefined;
  let bestDistance = 3;
  for (const word of known) {
    const distance = editDistance(typed, word);
    if (distance < bestDistance && distance < word.length) {
      best = word;
      bestDistance = distance;
    }
  }
  return best;
}

/** Damerau-Levenshtein (restricted): letters inserted, left out, replaced or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i += 1) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, at(i - 2, j - 2) + 1);
      rows[i]?.push(cost);
    }
  }
  return at(a.length, b.length);
}
