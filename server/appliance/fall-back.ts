// Has this boot come back from a trial that did not pass?
import { appliancePaths } from '../core/appliance-layout.ts';
import { type AppliancePaths, isOnTrial, readBootFacts, readBootId } from './boot-facts.ts';
import { createUpdateRecords } from './update-records.ts';

/**
 * True from the first start after the fall back until `settleTrial` has noted it: what the newer version did to the
 * database on its trial is taken back then.
 */
export function hasFallenBack(paths: AppliancePaths = appliancePaths): boolean {
  const { mode, slot } = readBootFacts(paths);
  if (mode !== 'installed' || isOnTrial(paths)) return false;
  const pending = createUpdateRecords(paths.state).pending();
  return pending !== undefined && pending.bootId !== readBootId() && pending.from.slot === slot;
}
