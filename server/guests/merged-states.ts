// The states of all guests, whatever runs them: one view over each driver's. Numbers are unique among all kinds.
import type { GuestStates } from './guest-states.ts';

export function mergeGuestStates(parts: readonly GuestStates[]): GuestStates {
  const owner = (vmid: number) => parts.find((states) => states.observed(vmid) !== undefined);
  return {
    async open() {
      await Promise.all(parts.map((states) => states.open()));
    },
    close() {
      for (const states of parts) states.close();
    },
    stateOf: (vmid) => owner(vmid)?.stateOf(vmid) ?? 'stopped',
    observed: (vmid) => owner(vmid)?.observed(vmid),
    all: () => parts.flatMap((states) => states.all()),
    watch(listener) {
      const stops = parts.map((states) => states.watch(listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
    async until(vmid, state, signal) {
      // Nobody has a guest that is stopped: it is waited for where it is, or where it will show up first.
      const states = owner(vmid);
      if (states) return states.until(vmid, state, signal);
      if (state === 'stopped') return;
      const done = new AbortController();
      const either = AbortSignal.any([signal, done.signal]);
      await Promise.race(parts.map((part) => part.until(vmid, state, either))).finally(() => done.abort());
    },
    async refresh() {
      await Promise.all(parts.map((states) => states.refresh()));
    },
  };
}
