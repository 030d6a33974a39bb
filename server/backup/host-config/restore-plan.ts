// From chosen items to what is written: all documents in one batch that expects what was seen, then the files. Pure.
import type { DocumentWrite, Json, StoredDocument } from '../../cluster/cluster-store.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { ComparedItem } from './compare.ts';
import { aclKey, field, listOf, objectOf, poolsKey } from './config-items.ts';
import { restoredGuestConfig } from './guest-parts.ts';
import { isHidden } from './secret-fields.ts';

export interface RestorePlan {
  readonly writes: readonly DocumentWrite[];
  readonly files: readonly { readonly name: string; readonly text: string }[];
  /** For the log: what is restored, and what of it is not. */
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

/** An item that somebody chose, with the digest of what he saw of it. */
export interface ChosenItem {
  readonly id: string;
  readonly digest: string;
}

/** Reads `guests/100@0123456789abcdef`; `invalid-input` about `items`. */
export function readChosen(texts: readonly string[]): ChosenItem[] {
  const chosen = texts.map((text) => {
    const match = /^([^@\s]+)@([0-9a-f]{16}|none)$/.exec(text);
    if (!match)
      throw invalidInput({ items: `'${text.slice(0, 80)}' is not an item and a digest: write id@digest` });
    return { id: match[1]!, digest: match[2]! };
  });
  if (new Set(chosen.map(({ id }) => id)).size < chosen.length)
    throw invalidInput({ items: 'an item is chosen twice' });
  return chosen;
}

/**
 * What is to be written. `invalid-input` about `items` for one that there is not or that cannot be restored, or that lacks what it needs;
 * `wrong-state` for one that changed since it was looked at. Items that are already as in the backup are left alone: so the same restore
 * can be asked for again.
 */
export function planRestore(
  compared: readonly ComparedItem[],
  chosen: readonly ChosenItem[],
  read: (key: string) => StoredDocument | undefined,
  nowMs: number,
): RestorePlan {
  const byId = new Map(compared.map((one) => [one.item.id, one]));
  const picked = chosen.flatMap(({ id, digest }) => {
    const one = byId.get(id);
    // Restored already: then it is gone from both sides.
    if (!one && digest !== 'none') return [];
    if (!one) throw invalidInput({ items: `there is no '${id}' in this backup` });
    if (one.state === 'same') return [];
    const name = `${one.item.area} '${one.item.name}'`;
    if (one.refused !== undefined)
      throw invalidInput({ items: `${name} cannot be restored: ${one.refused}` });
    if (one.digest !== digest)
      throw new AppError('wrong-state', `${name} was changed since it was compared: compare again`, {
        data: { id },
      });
    return [one];
  });
  requireNeeds(picked, byId);
  const current = (key: string) => read(key)?.value;
  const state = { warnings: [] as string[], nowMs, guests: guestsAfter(picked, compared), current };
  const writes = [
    ...documentWrites(picked, state),
    ...grantWrites(picked, state),
    ...poolWrites(picked, state),
  ];
  const files = picked.filter(({ item }) => item.area === 'file');
  return {
    // What was read is what is expected.
    writes: writes.map((write) => ({ ...write, ifVersion: read(write.key)?.version ?? 0 })),
    files: files.map(({ item, backup }) => ({ name: item.name, text: String(backup?.value) })),
    lines: picked.map(lineOf),
    warnings: state.warnings,
  };
}

interface PlanState {
  readonly warnings: string[];
  readonly nowMs: number;
  /** Numbers of the guests that there will be. */
  readonly guests: ReadonlySet<number>;
  /** A document as it is stored, with all that is no configuration. */
  current(key: string): Json | undefined;
}

function lineOf({ item, state, backup }: ComparedItem): string {
  const deed = !backup ? 'removed' : state === 'missing' ? 'made again' : 'as in the backup';
  return `${item.area} '${item.name}': ${deed}`;
}

function requireNeeds(picked: readonly ComparedItem[], byId: ReadonlyMap<string, ComparedItem>): void {
  const restored = new Set(picked.map(({ item }) => item.id));
  for (const { item, needs } of picked)
    for (const need of needs)
      if (byId.get(need)?.now === undefined && !restored.has(need))
        throw invalidInput({
          items: `${item.area} '${item.name}' needs '${decodeURIComponent(need)}', which is not there: restore it, too`,
        });
}

function guestsAfter(picked: readonly ComparedItem[], compared: readonly ComparedItem[]): Set<number> {
  const there = compared.filter(({ item, now }) => item.area === 'guest' && now !== undefined);
  const back = picked.filter(({ item, backup }) => item.area === 'guest' && backup !== undefined);
  return new Set([...there, ...back].map(({ item }) => Number(item.name)));
}

function documentWrites(picked: readonly ComparedItem[], state: PlanState): DocumentWrite[] {
  return picked.flatMap((one): DocumentWrite[] => {
    const { key } = one.item;
    if (key === undefined || key === aclKey || key === poolsKey) return [];
    if (!one.backup) return [{ key, delete: true }];
    return [{ key, value: documentOf(one, key, state) }];
  });
}

function documentOf(one: ComparedItem, key: string, { warnings, nowMs, current }: PlanState): Json {
  const { item, backupDocument = null } = one;
  const now = current(key);
  const filled = withPresentSecrets(backupDocument, now, () =>
    warnings.push(`${item.area} '${item.name}': a secret is not in the backup and has to be set again`),
  );
  if (item.area === 'job') return { ...objectOf(filled), since: nowMs };
  if (item.area !== 'guest' || now === undefined) return filled;
  const present = field(now, 'config') ?? {};
  const lock = field(present, 'lock');
  if (lock !== undefined)
    throw new AppError(
      'wrong-state',
      `guest ${item.name} is locked (${String(lock)}): wait until that is over`,
    );
  // What it runs with, its snapshots and what holds it are as they are.
  return { ...objectOf(now), config: restoredGuestConfig(field(filled, 'config') ?? {}, present) };
}

/** Where the backup holds no secret the one of now stays; where there is none, the property goes and `onLack` hears of it. */
function withPresentSecrets(backup: Json, now: Json | undefined, onLack: () => void): Json {
  if (isHidden(backup)) {
    if (now !== undefined) return now;
    onLack();
    return null;
  }
  if (Array.isArray(backup))
    return listOf(backup).map((part, index) => withPresentSecrets(part, listOf(now)[index], onLack));
  if (typeof backup !== 'object' || backup === null) return backup;
  return Object.fromEntries(
    Object.entries(objectOf(backup)).flatMap(([name, part]) => {
      const present = field(now, name);
      if (!isHidden(part) || present !== undefined)
        return [[name, withPresentSecrets(part, present, onLack)]];
      onLack();
      return [];
    }),
  );
}

function grantWrites(picked: readonly ComparedItem[], { current }: PlanState): DocumentWrite[] {
  const grants = picked.filter(({ item }) => item.key === aclKey);
  if (grants.length === 0) return [];
  const sameGrant = (a: Json, b: Json) =>
    ['path', 'type', 'ugid', 'roleid'].every((name) => field(a, name) === field(b, name));
  let entries = [...listOf(field(current(aclKey), 'entries'))];
  for (const { item, backup } of grants) {
    entries = entries.filter((entry) => !sameGrant(entry, item.value));
    if (backup) entries.push(backup.value);
  }
  return [{ key: aclKey, value: { entries } }];
}

/** A guest is in one pool at most: what another pool has now stays there. */
function poolWrites(
  picked: readonly ComparedItem[],
  { warnings, guests, current }: PlanState,
): DocumentWrite[] {
  const restored = picked.filter(({ item, backup }) => item.key === poolsKey && backup !== undefined);
  if (restored.length === 0) return [];
  const names = new Set(restored.map(({ item }) => item.name));
  const others = listOf(field(current(poolsKey), 'pools')).filter(
    (pool) => !names.has(String(field(pool, 'id'))),
  );
  const taken = new Set(others.flatMap((pool) => listOf(field(pool, 'vms'))));
  const back = restored.map(({ item, backup }) => {
    const wanted = listOf(field(backup!.value, 'vms'));
    const vms = wanted.filter((vmid) => guests.has(Number(vmid)) && !taken.has(vmid));
    for (const vmid of vms) taken.add(vmid);
    if (vms.length < wanted.length)
      warnings.push(`pool '${item.name}': guests that are gone or in another pool were left out`);
    return { ...objectOf(backup!.value), vms };
  });
  const pools = [...others, ...back].sort((a, b) =>
    String(field(a, 'id')) < String(field(b, 'id')) ? -1 : 1,
  );
  return [{ key: poolsKey, value: { pools } }];
}
