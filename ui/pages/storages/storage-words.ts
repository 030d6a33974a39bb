// The words of storages: what a type is, what an option is for, what is wrong with a field.
import type { StorageTypeOption } from '../../../server/contract/storage-types.ts';
import type { StorageProblem } from '../../forms/storage-form.ts';
import { t, tOr } from '../../i18n/index.ts';

export const typeName = (type: string): string => tOr(`storages.type.${type}`, type);

/** A sentence on what the type is for; empty for one that Croft does not come with. */
export const typeText = (type: string): string => tOr(`storageType.${type}`, '');

export const optionName = ({ name }: Pick<StorageTypeOption, 'name'>): string =>
  tOr(`storageOption.${name}`, name);

/** What is said below the field: in the user's language for known options, else in the plugin's own words. */
export function optionHint({ name, description }: StorageTypeOption): string {
  const known = tOr(`storageOption.${name}`, '') !== '';
  return tOr(`storageHint.${name}`, known ? '' : description);
}

export const problemOf = (problem: StorageProblem | undefined): string | undefined =>
  problem === undefined ? undefined : t(`storageProblem.${problem}`);
