// Which drivers go into the initrd: those of the chosen folders and names, and all that they depend on.
import { basename } from 'node:path';

/** `modules.dep` (depmod(8)): each module's path to the paths that it needs, both relative to the modules' folder. */
export function parseModulesDep(text: string): Map<string, readonly string[]> {
  const needs = new Map<string, readonly string[]>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0)
      needs.set(
        line.slice(0, colon),
        line
          .slice(colon + 1)
          .split(' ')
          .filter(Boolean),
      );
  }
  return needs;
}

export interface ModuleChoice {
  /** Folders below `kernel/`. */
  readonly folders: readonly string[];
  /** Names without path and suffix; `-` and `_` are the same. */
  readonly names: readonly string[];
  readonly unwanted: RegExp;
}

/** Paths of the chosen modules and what they need, sorted. A name that no module has is left out: it may be built in. */
export function chooseModules(dep: ReadonlyMap<string, readonly string[]>, choice: ModuleChoice): string[] {
  const names = new Set(choice.names.map(moduleName));
  const chosen = new Set<string>();
  const add = (path: string) => {
    if (chosen.has(path)) return;
    chosen.add(path);
    for (const needed of dep.get(path) ?? []) add(needed);
  };
  for (const path of dep.keys()) {
    const inFolder = choice.folders.some((folder) => path.startsWith(`kernel/${folder}/`));
    if ((inFolder && !choice.unwanted.test(path)) || names.has(moduleName(path))) add(path);
  }
  return [...chosen].sort();
}

function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}
