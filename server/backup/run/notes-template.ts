// Templates of the notes that a backup job writes beside its archives (`notes-template`). Pure.
import { AppError } from '../../core/errors.ts';
import { nearestWord } from '../../core/nearest-word.ts';

/** What the variables stand for. */
export interface NotesVariables {
  /** Undefined on a node without a cluster: nothing is written. */
  readonly cluster: string | undefined;
  readonly guestname: string;
  readonly node: string;
  readonly vmid: number;
}

/** The names of the variables, written as `{{name}}`. */
export const notesVariables = [
  'cluster',
  'guestname',
  'node',
  'vmid',
] as const satisfies readonly (keyof NotesVariables)[];

/** The API's limit, in characters. */
export const longestNotesTemplate = 1024;

/**
 * Refuses a template that `renderNotesTemplate` could not fill in: `invalid-input` about `notes-template`. It is one line, in which
 * `\n` is a new line and `\\` a backslash, with the variables `{{cluster}}`, `{{guestname}}`, `{{node}}`, `{{vmid}}`.
 */
export function requireNotesTemplate(template: string): void {
  if (template.length > longestNotesTemplate)
    throw invalidTemplate(`may only be ${longestNotesTemplate} characters long`);
  if (/[\x00-\x1f\x7f]/.test(template))
    throw invalidTemplate('must not hold control characters: write \\n for a new line');
  fillIn(withoutEscapes(template), () => '');
}

/**
 * The notes of one backup. What the variables stand for is taken as it is: braces and backslashes in a guest's name mean nothing.
 * `invalid-input` for a template that `requireNotesTemplate` refuses.
 */
export function renderNotesTemplate(template: string, variables: NotesVariables): string {
  requireNotesTemplate(template);
  return fillIn(withoutEscapes(template), (name) => String(variables[name] ?? ''));
}

function withoutEscapes(template: string): string {
  return template.replace(/\\(.?)/gs, (_, escaped: string) => {
    if (escaped === 'n') return '\n';
    if (escaped === '\\') return '\\';
    throw invalidTemplate(
      escaped === ''
        ? 'ends with a single backslash: write \\\\ for one'
        : `'\\${escaped}' means nothing: write \\n for a new line, \\\\ for a backslash`,
    );
  });
}

/** Braces with spaces between, or with nothing, are text, as they are for the API. */
function fillIn(text: string, fill: (name: (typeof notesVariables)[number]) => string): string {
  return text.replace(/\{\{([^\s{}]+)\}\}/g, (_, name: string) => {
    const variable = notesVariables.find((known) => known === name);
    if (variable !== undefined) return fill(variable);
    const meant = nearestWord(name, notesVariables);
    const all = notesVariables.map((known) => `{{${known}}}`).join(', ');
    const hint = meant === undefined ? '' : ` (did you mean {{${meant}}}?)`;
    throw invalidTemplate(`unknown variable {{${name}}}${hint}: there are ${all}`);
  });
}

function invalidTemplate(rule: string): AppError {
  return new AppError('invalid-input', `invalid notes template: ${rule}`, {
    fields: { 'notes-template': rule },
  });
}
