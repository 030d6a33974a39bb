// What the drivers observe, kept in memory: the state of every guest that is not stopped, fresh by events.
import type { Logger } from '../core/log.ts';
import type { GuestDriver, GuestObservation, ObservedGuest, RunState } from './guest-driver.ts';

export interface GuestStates {
  /** Asks the driver once and follows its events from then on. */
  open(): Promise<void>;
  close(): void;
  stateOf(vmid: number): RunState;
  observed(vmid: number): ObservedGuest | undefined;
  all(): readonly ObservedGuest[];
  /** Calls back after each change of a guest's state, with what caused it. Returns how to stop. */
  watch(listener: (observation: GuestObservation) => void): () => void;
  /** Resolves when the guest is in the state, or rejects when the signal aborts. */
  until(vmid: number, state: RunState, signal: AbortSignal): Promise<void>;
  /** Asks the driver again; for after a call whose event may still be on its way. */
  refresh(): Promise<void>;
}

/** Follows one driver. */
export function createGuestStates(driver: Pick<GuestDriver, 'observe' | 'watch'>, log: Logger): GuestStates {
  let known = new Map<number, ObservedGuest>();
  const listeners = new Set<(observation: GuestObservation) => void>();
  let stopWatching: (() => void) | undefined;
  let refreshing: Promise<void> | undefined;
  let following: Promise<void> | undefined;
  /** Guests with an event since the driver was asked: the event is newer than the driver's answer. */
  let heard = new Set<number>();

  function tell(observation: GuestObservation): void {
    for (const listener of listeners) {
      try {
        listener(observation);
      } catch (error) {
        log.error({ err: error, vmid: observation.vmid }, 'a listener to guest states failed');
      }
    }
  }

  async function observeAll(): Promise<void> {
    heard = new Set();
    const listed = new Map((await driver.observe()).map((guest) => [guest.vmid, guest]));
    const before = known;
    for (const vmid of heard) {
      const told = before.get(vmid);
      const facts = listed.get(vmid);
      if (told) listed.set(vmid, facts ? { ...facts, state: told.state } : told);
      else listed.delete(vmid);
    }
    known = listed;
    for (const guest of known.values()) {
      if (before.get(guest.vmid)?.state !== guest.state) {
        tell({ vmid: guest.vmid, state: guest.state, reason: 'reconnected' });
      }
    }
    for (const vmid of before.keys()) {
      if (!known.has(vmid)) tell({ vmid, state: 'stopped', reason: 'reconnected' });
    }
  }

  /** One that is under way may have asked the driver too early for this caller: then another follows it, for all who wait. */
  function refresh(): Promise<void> {
    if (refreshing === undefined) {
      refreshing = observeAll().finally(() => {
        refreshing = undefined;
      });
      return refreshing;
    }
    following ??= refreshing
      .catch(() => {})
      .then(() => {
        following = undefined;
        return refresh();
      });
    return following;
  }

  function follow(observation: GuestObservation): void {
    const { vmid, state, reason } = observation;
    const before = known.get(vmid);
    const halted = reason === 'io-error' || reason === 'crashed' ? reason : undefined;
    heard.add(vmid);
    if (state === 'stopped') {
      known.delete(vmid);
    } else {
      known.set(vmid, {
        vmid,
        state,
        startedAt: before?.startedAt,
        pid: before?.pid,
        accelerated: before?.accelerated,
        // Other news of one that stands say nothing about why it does.
        halted: state === 'paused' ? (halted ?? before?.halted) : undefined,
      });
      // The event does not say when the guest was started, nor how it runs.
      if (before === undefined) refresh().catch((error) => log.warn({ err: error }, 'cannot observe guests'));
    }
    tell(observation);
  }

  return {
    async open() {
      stopWatching = driver.watch(follow);
      await refresh();
    },
    close() {
      stopWatching?.();
    },
    stateOf: (vmid) => known.get(vmid)?.state ?? 'stopped',
    observed: (vmid) => known.get(vmid),
    all: () => [...known.values()],
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    until(vmid, state, signal) {
      return new Promise((resolve, reject) => {
        const done = (finish: () => void) => {
          listeners.delete(look);
          signal.removeEventListener('abort', stop);
          finish();
        };
        const stop = () => done(() => reject(signal.reason));
        const look = () => {
          if ((known.get(vmid)?.state ?? 'stopped') === state) done(resolve);
        };
        signal.addEventListener('abort', stop);
        listeners.add(look);
        if (signal.aborted) stop();
        else look();
      });
    },
    refresh,
  };
}
