// The two slots of an installed system as cards, and what can be done with them now. Pure.
import type { ApplianceStatus } from '../../server/contract/appliance.ts';

type Slot = ApplianceStatus['slots'][number];

export interface SlotCard {
  readonly name: 'A' | 'B';
  readonly version: string | undefined;
  readonly built: string | undefined;
  readonly bytes: number | undefined;
  readonly running: boolean;
  readonly byDefault: boolean;
  /** What lies there: nothing, what runs, what runs on trial, an update not tried yet, one that failed, the one before. */
  readonly role: 'empty' | 'running' | 'trial' | 'update' | 'failed' | 'previous';
}

export function slotCards(status: ApplianceStatus): SlotCard[] {
  return status.slots.map((slot) => ({
    name: slot.name,
    version: slot.version,
    built: slot.built,
    bytes: slot.bytes,
    running: slot.running === 1,
    byDefault: slot.default === 1,
    role: roleOf(slot, status),
  }));
}

function roleOf(slot: Slot, status: ApplianceStatus): SlotCard['role'] {
  if (slot.running === 1) return status.trial === 1 ? 'trial' : 'running';
  if (slot.version === undefined) return 'empty';
  if (status.last?.to !== slot.version) return 'previous';
  switch (status.last.outcome) {
    case 'pending':
      // On trial the update is what runs: the other slot is the way back.
      return status.trial === 1 ? 'previous' : 'update';
    case 'fell-back':
    case 'refused':
      return 'failed';
    case 'committed':
      return 'previous';
  }
}

export interface SwitchOffer {
  /** Try the update; try again what fell back; go back to the version before. */
  readonly kind: 'update' | 'retry' | 'previous';
  readonly version: string;
}

/** What booting the other slot would mean now; undefined when there is nothing to boot, or a trial runs. */
export function switchOffer(status: ApplianceStatus): SwitchOffer | undefined {
  if (status.mode !== 'installed' || status.trial === 1) return undefined;
  const other = slotCards(status).find((card) => !card.running);
  if (other?.version === undefined) return undefined;
  const { version } = other;
  if (other.role === 'update') return { kind: 'update', version };
  return { kind: other.role === 'failed' ? 'retry' : 'previous', version };
}

/** Does another slot boot by default than the one that runs? Then it can be kept by hand. */
export function canKeepRunning(status: ApplianceStatus): boolean {
  return status.mode === 'installed' && status.slots.some((slot) => slot.running === 1 && slot.default !== 1);
}
