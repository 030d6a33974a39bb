// The event hub: numbers every event and keeps the last ones, so that subscribers can come back and miss nothing.
import type { CroftEvent, CroftEventBody } from '../contract/events.ts';
import { type Clock, systemClock } from '../core/clock.ts';

const defaultCapacity = 4096;

/** An event that is kept, with its JSON, which all subscribers share. */
export class KeptEvent {
  readonly event: CroftEvent;
  #json: string | undefined;

  constructor(event: CroftEvent) {
    this.event = event;
  }

  get json(): string {
    this.#json ??= JSON.stringify(this.event);
    return this.#json;
  }
}

/**
 * Holds events in memory. Subscribers are positions in it, not queues: a slow one costs nothing, and when what it wants
 * is no longer kept it gets a `reset`.
 */
export class EventHub {
  readonly #capacity: number;
  readonly #ring: (KeptEvent | undefined)[];
  readonly #first: number;
  #seq: number;
  readonly #listeners = new Set<() => void>();
  #waking = false;

  /** `capacity`: how many events are kept. */
  constructor(options: { capacity?: number; clock?: Clock } = {}) {
    this.#capacity = options.capacity ?? defaultCapacity;
    this.#ring = new Array<KeptEvent | undefined>(this.#capacity);
    // Microseconds since the epoch: a daemon that publishes fewer than a million events a second, on a clock that is
    // not turned back, never repeats a number of its life before. Stays exact until the year 2255.
    this.#first = (options.clock ?? systemClock).now() * 1000;
    this.#seq = this.#first;
  }

  /** Number of the newest event. */
  get seq(): number {
    return this.#seq;
  }

  /** Numbers and keeps an event and wakes the subscribers. */
  publish(body: CroftEventBody): CroftEvent {
    this.#seq += 1;
    const event = { ...body, seq: this.#seq } as CroftEvent;
    this.#ring[this.#seq % this.#capacity] = new KeptEvent(event);
    this.#wake();
    return event;
  }

  /** At most `limit` events after `since`, oldest first; undefined when some of them are no longer kept. */
  after(since: number, limit = 256): KeptEvent[] | undefined {
    if (since > this.#seq || since < this.#first || this.#seq - since > this.#capacity) return undefined;
    const events: KeptEvent[] = [];
    for (let seq = since + 1; seq <= this.#seq && events.length < limit; seq += 1) {
      const kept = this.#ring[seq % this.#capacity];
      if (!kept) return undefined;
      events.push(kept);
    }
    return events;
  }

  /** Calls back after events were published, once for all that came together. Returns how to stop. */
  onPublish(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Number of subscribers, for tests and health checks. */
  get subscribers(): number {
    return this.#listeners.size;
  }

  #wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    setImmediate(() => {
      this.#waking = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
