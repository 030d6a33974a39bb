// Guest numbers: lowest first, never twice, back after a while.
import { describe, expect, it } from 'vitest';
import { createVmidReservations } from './vmid-reservations.ts';

function world(used: number[] = []) {
  let now = 0;
  const inUse = new Set(used);
  const clock = { now: () => now, sleep: async () => {} };
  return {
    reservations: createVmidReservations(clock, (vmid) => inUse.has(vmid)),
    inUse,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('vmid reservations', () => {
  it('gives the lowest free number, and not the same one twice', () => {
    const { reservations } = world([100, 102]);
    expect(reservations.next('a@pve')).toBe(101);
    expect(reservations.next('b@pve')).toBe(103);
    expect(reservations.next('a@pve')).toBe(104);
  });

  it('gives a number back after ten minutes, or when it is released', () => {
    const { reservations, pass } = world();
    expect(reservations.next('a@pve')).toBe(100);
    pass(9 * 60_000);
    expect(reservations.next('a@pve')).toBe(101);
    reservations.release(101);
    expect(reservations.next('a@pve')).toBe(101);
    pass(2 * 60_000);
    expect(reservations.next('a@pve')).toBe(100);
  });

  it('refuses a number in use, naming the parameter', () => {
    const { reservations } = world([100]);
    expect(() => reservations.assertFree(100)).toThrow(
      expect.objectContaining({ fields: { vmid: 'VM 100 already exists' } }),
    );
    expect(() => reservations.assertFree(101)).not.toThrow();
  });
});
