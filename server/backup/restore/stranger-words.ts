// What strangers wrote, and what our rules say of it, in messages.
import { AppError } from '../../core/errors.ts';

/** Why a value was refused, in the words of our rules. */
export function ruleOf(key: string, error: unknown): string {
  if (!(error instanceof AppError)) return 'it cannot be read';
  return error.fields?.[key] ?? Object.values(error.fields ?? {})[0] ?? error.message;
}

/** A stranger's text: short, in quotes, with nothing that a terminal would obey. */
export function shown(text: string): string {
  const short = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return JSON.stringify(short.replaceAll(/\p{C}/gu, ' ').toWellFormed());
}
