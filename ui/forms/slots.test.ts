// Slots as cards, and what can be done with them.
import { expect, test } from 'vitest';
import type { ApplianceStatus } from '../../server/contract/appliance.ts';
import { canKeepRunning, slotCards, switchOffer } from './slots.ts';

type Outcome = NonNullable<ApplianceStatus['last']>['outcome'];

/** A runs 1.0, B holds `other`; `last` is about the way from 1.0 to 1.1. */
function status(
  other: string | undefined,
  last?: Outcome,
  more: Partial<ApplianceStatus> = {},
): ApplianceStatus {
  return {
    ...{ mode: 'installed', version: '1.0', firmware: 'uefi', trial: 0, warnings: [] },
    slots: [
      { name: 'A', version: '1.0', running: 1, default: 1 },
      { name: 'B', ...(other === undefined ? {} : { version: other }), running: 0, default: 0 },
    ],
    ...(last ? { last: { at: 1, outcome: last, from: '1.0', to: '1.1' } } : {}),
    ...more,
  };
}
const trial: ApplianceStatus = {
  ...status('1.0', 'pending'),
  version: '1.1',
  trial: 1,
  slots: [
    { name: 'A', version: '1.0', running: 0, default: 1 },
    { name: 'B', version: '1.1', running: 1, default: 0 },
  ],
};
const roles = (one: ApplianceStatus) => slotCards(one).map((card) => `${card.name} ${card.role}`);

test.each<[string | undefined, Outcome | undefined, string, object | undefined]>([
  [undefined, undefined, 'B empty', undefined],
  ['0.9', undefined, 'B previous', { kind: 'previous', version: '0.9' }],
  ['1.1', 'pending', 'B update', { kind: 'update', version: '1.1' }],
  ['1.1', 'fell-back', 'B failed', { kind: 'retry', version: '1.1' }],
  ['1.1', 'refused', 'B failed', { kind: 'retry', version: '1.1' }],
  ['0.9', 'refused', 'B previous', { kind: 'previous', version: '0.9' }],
  ['1.1', 'committed', 'B previous', { kind: 'previous', version: '1.1' }],
])('other slot %s, last %s: %s, offer %o', (other, last, role, offer) => {
  const one = status(other, last);
  expect(roles(one)).toEqual(['A running', role]);
  expect(switchOffer(one)).toEqual(offer);
  expect(canKeepRunning(one)).toBe(false);
});

test('on trial nothing is switched, but what runs can be kept', () => {
  expect(roles(trial)).toEqual(['A previous', 'B trial']);
  expect(switchOffer(trial)).toBeUndefined();
  expect(canKeepRunning(trial)).toBe(true);
});

test('on trial of the same version once more, the other slot is still the way back', () => {
  const again = { ...trial, slots: trial.slots.map((slot) => ({ ...slot, version: '1.1' })) };
  expect(roles(again)).toEqual(['A previous', 'B trial']);
});

test('a live system has nothing to keep or to switch', () => {
  const live: ApplianceStatus = { ...status(undefined), mode: 'live', slots: [] };
  expect(slotCards(live)).toEqual([]);
  expect(switchOffer(live)).toBeUndefined();
  expect(canKeepRunning(live)).toBe(false);
});
