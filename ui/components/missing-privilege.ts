// Reading what a refusal says is missing: which privilege, on which path. Pure.

export interface Missing {
  readonly path: string;
  /** All of them are wanted, or one of them. */
  readonly privileges: readonly string[];
  readonly anyOf: boolean;
}

/**
 * Reads `Permission check failed (/vms/100, VM.PowerMgmt)`: several privileges with commas between them are all wanted, with bars
 * between them one is enough. Undefined for refusals that no privilege would change.
 */
export function missingPrivilege(message: string): Missing | undefined {
  const match = /\((\/[^\s,()]*), ((?:[A-Z][A-Za-z]*(?:\.[A-Za-z]+)+(?:\||, |(?=\))))+)\)\s*$/.exec(message);
  if (!match) return undefined;
  const [, path = '', words = ''] = match;
  return { path, privileges: words.split(/\||, /), anyOf: words.includes('|') };
}
