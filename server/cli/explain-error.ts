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
