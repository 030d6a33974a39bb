// Who listens to which domain events, and the delivery to them.
import { type DomainEventName, type DomainEvents, domainEventKinds } from './domain-events.ts';
import type { Packet } from './packet.ts';
import { remoteProgram } from './procedures.ts';
import { XdrDecoder } from './xdr-decoder.ts';

export type DomainEventListener<K extends DomainEventName> = (event: DomainEvents[K]) => void;

const nameByProcedure = new Map(
  Object.entries(domainEventKinds).map(([name, kind]) => [kind.procedure, name as DomainEventName]),
);

export class EventHub {
  readonly #listeners = new Map<DomainEventName, Set<DomainEventListener<never>>>();

  /** The kinds somebody listens to. */
  get names(): DomainEventName[] {
    return [...this.#listeners.keys()];
  }

  has(name: DomainEventName): boolean {
    return this.#listeners.has(name);
  }

  /** Returns the function that takes the listener away again. */
  add<K extends DomainEventName>(name: K, listener: DomainEventListener<K>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // Wrapped, so that a function added twice is called twice and removed once.
    const entry: DomainEventListener<K> = (event) => listener(event);
    listeners.add(entry);
    return () => {
      listeners.delete(entry);
      if (listeners.size === 0 && this.#listeners.get(name) === listeners) this.#listeners.delete(name);
    };
  }

  /** Gives an event message to its listeners; messages of other kinds are left alone. */
  deliver(packet: Packet): void {
    if (packet.program !== remoteProgram) return;
    const name = nameByProcedure.get(packet.procedure);
    const listeners = name && this.#listeners.get(name);
    if (!name || !listeners) return;
    const decoder = new XdrDecoder(packet.payload);
    // Number of the registration: one per kind and connection, so the kind says it all.
    decoder.i32();
    const event = domainEventKinds[name].read(decoder);
    for (const listener of [...listeners]) {
      try {
        listener(event as never);
      } catch (error) {
        // The listener's fault must not pass for a broken connection: it surfaces as an uncaught exception.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
