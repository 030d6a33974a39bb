// What differs between two values of an item, field by field, as text for people. Pure; secrets stay secrets.
import type { Json } from '../../cluster/cluster-store.ts';
import { field, listOf, objectOf } from './config-items.ts';
import { isHidden } from './secret-fields.ts';

export interface FieldDifference {
  /** `net0`, `options.storage`, `keys.laptop`; empty for a value without fields (a file). */
  readonly name: string;
  /** Undefined: not there. */
  readonly backup: string | undefined;
  readonly now: string | undefined;
  /** Then both texts are undefined, and all that is told is that it differs. */
  readonly secret: boolean;
}

/** More characters of one value nobody compares. */
const mostText = 20_000;

/** A leaf: its text, or of a secret its fingerprint, if that is known. */
type Leaf = { readonly text: string } | { readonly print: string | undefined };

/** Undefined stands for an item that is not there. */
export function differences(backup: Json | undefined, now: Json | undefined): FieldDifference[] {
  const [before, after] = [leavesOf(backup), leavesOf(now)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort(byName);
  return names.flatMap((name) => {
    const [a, b] = [before.get(name), after.get(name)];
    if (a && b && equalLeaves(a, b)) return [];
    const secret = (a !== undefined && 'print' in a) || (b !== undefined && 'print' in b);
    return [{ name, backup: secret ? undefined : textOf(a), now: secret ? undefined : textOf(b), secret }];
  });
}

/** Where nothing is known of a secret it counts as the same. */
function equalLeaves(a: Leaf, b: Leaf): boolean {
  if ('text' in a && 'text' in b) return a.text === b.text;
  if ('print' in a && 'print' in b)
    return a.print === undefined || b.print === undefined || a.print === b.print;
  return false;
}

function textOf(leaf: Leaf | undefined): string | undefined {
  if (!leaf || !('text' in leaf)) return undefined;
  return leaf.text.length > mostText ? `${leaf.text.slice(0, mostText)}…` : leaf.text;
}

function leavesOf(value: Json | undefined): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  if (value !== undefined) collect(value, '', leaves);
  return leaves;
}

function collect(value: Json, name: string, leaves: Map<string, Leaf>): void {
  if (isHidden(value)) {
    const print = field(value, '$secret');
    leaves.set(name, { print: typeof print === 'string' ? print : undefined });
  } else if (Array.isArray(value)) {
    const members = listOf(value);
    if (members.every((member) => typeof member !== 'object' || member === null))
      leaves.set(name, { text: members.map(String).join(', ') });
    else
      for (const [index, member] of members.entries())
        collect(member, below(name, memberName(member, index)), leaves);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(objectOf(value))) collect(part, below(name, key), leaves);
  } else if (value !== null) leaves.set(name, { text: String(value) });
}

/** By what it calls itself, so that one that was put in front does not make all others differ. */
function memberName(member: Json, index: number): string {
  const own = field(member, 'name') ?? field(member, 'id');
  return typeof own === 'string' && own !== '' ? own : String(index);
}

function below(name: string, part: string): string {
  return name === '' ? part : `${name}.${part}`;
}

function byName(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
