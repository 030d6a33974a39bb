// What becomes of a switch to the other slot: settled when the daemon starts, kept when the trial finds itself healthy.
import type { Slot } from '../core/appliance-layout.ts';
import type { BootChoices } from './boot-choice.ts';
import type { UpdateOutcome, UpdateRecords } from './update-records.ts';

export interface TrialFacts {
  readonly running: Slot;
  /** Of the running image. */
  readonly version: string;
  readonly onTrial: boolean;
  readonly bootId: string;
  /** Seconds since the epoch. */
  readonly now: number;
}

export interface TrialParts {
  readonly records: UpdateRecords;
  readonly boot: BootChoices;
}

/** What the firmware and the boot loader leave to guess when a trial did not tell by itself. */
const silentReason = 'it did not come up: it hung, crashed, or lost power';
const notTakenReason =
  'the boot loader did not start it: it could not write to its boot partition, or the slot had no kernel';

/**
 * At the daemon's start: what came of a pending switch, written to the records. Answers the outcome when there is a new
 * one; undefined while nothing is pending, the machine has not rebooted yet, or the trial still runs. Repeatable.
 */
export async function settleTrial(parts: TrialParts, facts: TrialFacts): Promise<UpdateOutcome | undefined> {
  const { records, boot } = parts;
  const pending = records.pending();
  if (!pending || pending.bootId === facts.bootId || facts.onTrial) return undefined;
  const choice = await boot.read();
  const came = facts.running === pending.to.slot;
  // Started from the boot menu, without a trial: not ours to decide; the status says that another slot is the default.
  if (came && choice.slot !== facts.running) return undefined;
  const { from, to } = pending;
  const names = { at: facts.now, from: from.version, to: to.version };
  let outcome: UpdateOutcome;
  if (came) outcome = { ...names, outcome: 'committed' };
  else {
    const reasons = records.sick()?.reasons ?? [];
    const guess = choice.try !== undefined && choice.tryEverywhere ? notTakenReason : silentReason;
    outcome = { ...names, outcome: 'fell-back', reason: reasons.length > 0 ? reasons.join('; ') : guess };
  }
  // GRUB empties `try` only on the disk it booted from: on the others it would come up again when that disk dies.
  if (choice.try !== undefined) await boot.write({ try: undefined }, { rebuild: false });
  records.writeLast(outcome);
  records.removePending();
  records.removeSick();
  return outcome;
}

/**
 * Keeps the running slot: it boots by default from now on, and a pending switch to it is done. Writes a damaged
 * environment block anew. Answers what is wrong with single boot partitions; rejects when none could be written.
 * Repeatable.
 */
export async function keepSlot(
  { records, boot }: TrialParts,
  { running, version, now }: Pick<TrialFacts, 'running' | 'version' | 'now'>,
): Promise<readonly string[]> {
  const problems = await boot.write({ slot: running, try: undefined }, { rebuild: true });
  const pending = records.pending();
  if (pending) {
    const { from, to } = pending;
    const kept = to.slot === running;
    records.writeLast({
      at: now,
      from: from.version,
      to: to.version,
      ...(kept
        ? { outcome: 'committed' }
        : { outcome: 'fell-back', reason: 'the previous version was kept by hand' }),
    });
    records.removePending();
  }
  // An update that was written but never tried by a switch: somebody chose it in the boot menu.
  const last = records.last();
  if (last?.outcome === 'pending' && last.to === version)
    records.writeLast({ ...last, at: now, outcome: 'committed' });
  records.removeSick();
  return problems;
}
