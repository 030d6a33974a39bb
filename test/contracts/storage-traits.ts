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

const inFolder = /^(\d+)\/((?:vm|base)-\1-[\w-]+)\.(?:raw|qcow2)$/;
const asVolume = /^((?:vm|base)-\d+-[\w-]+)(?:\.qcow2)?$/;

/** The name of a disk without its guest's folder and its extension, which each kind of storage has in its own way. */
export function stemOf(name: string): string {
  const stem = inFolder.exec(name)?.[2] ?? asVolume.exec(name)?.[1];
  if (stem === undefined) throw new Error(`a disk is named '${name}'`);
  return stem;
}

/**
 * Declares tests of what only some plugins have: known when the storage is made, so they run for all and look first. Inside an
 * appliance those that do not apply are counted as left out, so that its log says what was tried.
 */
export function testWhere(condition: () => boolean) {
  return (name: string, body: () => Promise<void>) =>
    test(name, async (context) => {
      if (condition()) return await body();
      (context as { leaveOut?: (why: string) => void }).leaveOut?.('not declared by the plugin');
    });
}
