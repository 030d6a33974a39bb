// What the storage contract's suite reads from a plugin's declaration, so that it asks of each what it says it can do.
import { test } from 'vitest';
import type {
  Capability,
  Feature,
  PluginDeclaration,
  Storage,
  VolumeFormat,
} from '../../storage-plugins/plugin.ts';

/** Within a `describe` that makes the storage before each test: that of the running test, and what its plugin declares. */
export interface RunningStorage {
  readonly storage: () => Storage;
  readonly declaration: () => PluginDeclaration;
}

/** Does it declare the feature for volumes of the format, in the state or in any? */
export function declares(
  declaration: PluginDeclaration,
  feature: Feature,
  format: VolumeFormat,
  state?: Capability['states'][number],
): boolean {
  return declaration.capabilities.some(
    (row) =>
      row.feature === feature &&
      row.formats.includes(format) &&
      (state === undefined || row.states.includes(state)),
  );
}

export const holdsFiles = (declaration: PluginDeclaration) => declaration.contents.includes('iso');
export const holdsTrees = (declaration: PluginDeclaration) => declaration.rootFormats.includes('subvol');
export const makesDisks = (declaration: PluginDeclaration) => declaration.imageFormats.length > 0;

/** The name of a volume without folder and extension, which each kind of storage has in its own way. */
export function stemOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1).replace(/\.[a-z0-9]+$/, '');
}

/** Declares tests of what only some plugins have: known when the storage is made, so they run for all and look first. */
export function testWhere(condition: () => boolean) {
  return (name: string, body: () => Promise<void>) =>
    test(name, async () => {
      if (condition()) await body();
    });
}
