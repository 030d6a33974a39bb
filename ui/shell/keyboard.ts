// The keyboard map: one table of shortcuts, and the reading of keys into them. Pure.
export type ShortcutId =
  | 'search'
  | 'keys'
  | 'datacenter'
  | 'guests'
  | 'node'
  | 'tree'
  | 'account'
  | 'tasks'
  | 'notices'
  | 'createVm'
  | 'createCt';

export interface Shortcut {
  /** Its words are those of `keys.` and this. */
  readonly id: ShortcutId;
  /** Any of them: one key, two keys one after the other (`g d`), or one with Ctrl or Cmd (`Mod+k`). */
  readonly keys: readonly string[];
  readonly group: 'everywhere' | 'go' | 'create';
}

/** Each does what a control that can be seen does too. */
export const shortcuts: readonly Shortcut[] = [
  { id: 'search', keys: ['Mod+k', '/'], group: 'everywhere' },
  { id: 'tasks', keys: ['t'], group: 'everywhere' },
  { id: 'notices', keys: ['n'], group: 'everywhere' },
  { id: 'keys', keys: ['?'], group: 'everywhere' },
  { id: 'datacenter', keys: ['g d'], group: 'go' },
  { id: 'guests', keys: ['g g'], group: 'go' },
  { id: 'node', keys: ['g n'], group: 'go' },
  { id: 'tree', keys: ['g t'], group: 'go' },
  { id: 'account', keys: ['g a'], group: 'go' },
  { id: 'createVm', keys: ['c v'], group: 'create' },
  { id: 'createCt', keys: ['c c'], group: 'create' },
];

/** What counts of a pressed key; as the browser's event has it. */
export interface KeyPress {
  readonly key: string;
  /** The place on the keyboard: on a Greek or Cyrillic one, letters are found by it. */
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** The second key of two must follow within this. */
export const patienceMs = 1200;

function nameOf(press: KeyPress): string {
  const letter = /^Key([A-Z])$/.exec(press.code)?.[1]?.toLowerCase();
  const isLatin = /^[\x20-\x7e]$/.test(press.key);
  return !isLatin && letter !== undefined ? letter : press.key;
}

/** Reads pressed keys one after another; answers the shortcut that one of them completes. `at`: milliseconds. */
export function createKeyReader(
  table: readonly Shortcut[] = shortcuts,
): (press: KeyPress, at: number) => ShortcutId | undefined {
  let first: { readonly key: string; readonly at: number } | undefined;
  const withKeys = (keys: string) => table.find((one) => one.keys.includes(keys))?.id;
  return (press, at) => {
    if (['Shift', 'Control', 'Alt', 'Meta'].includes(press.key)) return undefined;
    const before = first;
    first = undefined;
    if (press.altKey) return undefined;
    const name = nameOf(press);
    if (press.ctrlKey || press.metaKey)
      return press.ctrlKey && press.metaKey ? undefined : withKeys(`Mod+${name}`);
    const second = before && at - before.at <= patienceMs ? withKeys(`${before.key} ${name}`) : undefined;
    if (second !== undefined) return second;
    const single = withKeys(name);
    if (single === undefined && table.some((one) => one.keys.some((keys) => keys.startsWith(`${name} `))))
      first = { key: name, at };
    return single;
  };
}

/** The keys of a shortcut as they stand on the keyboard: `Ctrl` `K`, `G` `D`. */
export function keyCaps(keys: string, isApple: boolean): string[] {
  return keys
    .split(/[+ ]/)
    .map((one) => (one === 'Mod' ? (isApple ? '⌘' : 'Ctrl') : one.length === 1 ? one.toUpperCase() : one));
}
