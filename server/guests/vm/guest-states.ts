// The states of our domains as events and listings tell them, and the telling of changes to those who watch.
import type { DomainRef, DomainStats } from 'node-libvirt';
import type { GuestObservation, RunState } from '../guest-driver.ts';
import { vmidOf } from './domain-name.ts';
import { haltOf, observationOf, runStateOf } from './domain-state.ts';

export interface ListedGuest {
  readonly vmid: number;
  readonly domain: DomainRef;
  readonly state: RunState;
  readonly halted: 'io-error' | 'crashed' | undefined;
}

/** Pure bookkeeping: no call to libvirt is made here. */
export class GuestStates {
  readonly #guestPrefix: string;
  readonly #states = new Map<number, RunState>();
  readonly #listeners = new Set<(observation: GuestObservation) => void>();
  /** Guests with an event since a listing was asked for: the event is newer than what the listing will say. */
  readonly #newerThanListing = new Map<symbol, Set<number>>();

  constructor(guestPrefix: string) {
    this.#guestPrefix = guestPrefix;
  }

  watch(listener: (observation: GuestObservation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A lifecycle event arrived. */
  lifecycle(domain: DomainRef, event: number, detail: number): void {
    const vmid = vmidOf(this.#guestPrefix, domain.name);
    const observed = observationOf(event, detail);
    if (vmid === undefined || !observed) return;
    const known = this.#states.get(vmid);
    // libvirt tells `resumed` before `started` when a domain starts; only the latter is news.
    if (observed.reason === 'resumed' && (known === undefined || known === 'running')) return;
    this.#set(vmid, observed.state);
    this.#tell({ vmid, ...observed });
  }

  /** Something else about the guest changed; its state did not. */
  notice(domain: DomainRef, reason: GuestObservation['reason']): void {
    const vmid = vmidOf(this.#guestPrefix, domain.name);
    const state = vmid === undefined ? undefined : this.#states.get(vmid);
    if (vmid !== undefined && state !== undefined) this.#tell({ vmid, state, reason });
  }

  /**
   * Takes in a listing made by `list`, which is called at once; returns our guests in it. With `announce`, tells
   * `reconnected` for each guest, those that went meanwhile as stopped.
   */
  async takeListing(list: () => Promise<DomainStats[]>, announce = false): Promise<ListedGuest[]> {
    const mark = Symbol();
    const newer = new Set<number>();
    this.#newerThanListing.set(mark, newer);
    try {
      const guests: ListedGuest[] = [];
      for (const { domain, values } of await list()) {
        const vmid = vmidOf(this.#guestPrefix, domain.name);
        if (vmid === undefined) continue;
        const [now, reason] = [Number(values.get('state.state')), Number(values.get('state.reason'))];
        const listed = runStateOf(now, reason);
        const state = newer.has(vmid) ? (this.#states.get(vmid) ?? 'stopped') : listed;
        if (state !== 'stopped') guests.push({ vmid, domain, state, halted: haltOf(now, reason) });
      }
      this.#replace(guests, newer, announce);
      return guests;
    } finally {
      this.#newerThanListing.delete(mark);
    }
  }

  #replace(guests: readonly ListedGuest[], newer: ReadonlySet<number>, announce: boolean): void {
    const listed = new Set(guests.map((guest) => guest.vmid));
    const gone = [...this.#states.keys()].filter((vmid) => !listed.has(vmid) && !newer.has(vmid));
    for (const vmid of gone) this.#states.delete(vmid);
    for (const { vmid, state } of guests) this.#states.set(vmid, state);
    if (!announce) return;
    for (const { vmid, state } of guests) this.#tell({ vmid, state, reason: 'reconnected' });
    for (const vmid of gone) this.#tell({ vmid, state: 'stopped', reason: 'reconnected' });
  }

  #set(vmid: number, state: RunState): void {
    if (state === 'stopped') this.#states.delete(vmid);
    else this.#states.set(vmid, state);
    for (const newer of this.#newerThanListing.values()) newer.add(vmid);
  }

  #tell(observation: GuestObservation): void {
    for (const listener of [...this.#listeners]) listener(observation);
  }
}
