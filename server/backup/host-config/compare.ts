// A backup of the configuration beside what is now: item by item, what differs and what a restore would make of it.
import type { Json, StoredDocument } from '../../cluster/cluster-store.ts';
import { type ConfigItem, itemDigest, itemsOf, withFingerprints } from './config-items.ts';
import { differences, type FieldDifference } from './field-diff.ts';
import { isKeptGuestKey } from './guest-parts.ts';
import { type DifferingItem, dangerOf, needsOf, type RestoreWorld, refusalOf } from './item-rules.ts';
import { type Secrets, showSecrets } from './secret-fields.ts';

/** One side: documents without secrets, and the secrets, as far as they are known; undefined for none. */
export interface ConfigSide {
  readonly documents: ReadonlyMap<string, Json>;
  readonly secrets: ReadonlyMap<string, Secrets> | undefined;
  readonly files: ReadonlyMap<string, string>;
}

export type ItemState = 'same' | 'changed' | 'missing' | 'new';

export interface ComparedItem extends DifferingItem {
  readonly state: ItemState;
  readonly digest: string;
  readonly refused: string | undefined;
  readonly danger: string | undefined;
  readonly needs: readonly string[];
}

/** All items of both sides, in the order of their ids. `read`: the store's, for the versions of documents. */
export async function compareConfig(
  backup: ConfigSide,
  now: ConfigSide,
  read: (key: string) => StoredDocument | undefined,
  world: RestoreWorld,
): Promise<ComparedItem[]> {
  const [before, after] = [printedItems(backup), printedItems(now)];
  const ids = [...new Set([...before.keys(), ...after.keys()])];
  const compared: ComparedItem[] = [];
  for (const id of ids.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))) {
    const [there, here] = [before.get(id), after.get(id)];
    const item = (here ?? there)!;
    const fields =
      there && here ? differences(there.value, here.value) : differences(there?.value, here?.value);
    const { key } = item;
    const digest = itemDigest(here, key === undefined ? 0 : (read(key)?.version ?? 0));
    const one: DifferingItem = {
      ...{ item, backup: there, now: here, fields },
      backupDocument: wholeDocument(backup, key),
      nowDocument: wholeDocument(now, key),
    };
    const state = stateOf(there, here, fields);
    const judged =
      state === 'same'
        ? { refused: undefined, danger: undefined, needs: [] }
        : { refused: await refusalOf(one, world), danger: dangerOf(one, world), needs: needsOf(one) };
    compared.push({ ...one, state, digest, ...judged });
  }
  return compared;
}

function printedItems({ documents, secrets, files }: ConfigSide): Map<string, ConfigItem> {
  const printed = [...documents].map(
    ([key, value]) =>
      [key, withFingerprints(value, secrets === undefined ? undefined : (secrets.get(key) ?? {}))] as const,
  );
  return itemsOf(new Map(printed), files);
}

function wholeDocument({ documents, secrets }: ConfigSide, key: string | undefined): Json | undefined {
  const shown = key === undefined ? undefined : documents.get(key);
  return shown === undefined || key === undefined ? undefined : showSecrets(shown, secrets?.get(key));
}

function stateOf(
  backup: ConfigItem | undefined,
  now: ConfigItem | undefined,
  fields: readonly FieldDifference[],
): ItemState {
  if (!backup) return 'new';
  if (!now) return 'missing';
  return fields.length === 0 ? 'same' : 'changed';
}

/** Does a restore leave the field of this item as it is? Of a guest that is gone all of it comes back. */
export function isKeptField({ item, backup, now }: DifferingItem, name: string): boolean {
  return item.area === 'guest' && backup !== undefined && now !== undefined && isKeptGuestKey(name);
}
