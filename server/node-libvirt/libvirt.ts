// A client with one connection: when it is lost, so is the client.
import { BackupCalls } from './backup-calls.ts';
import { BlockCalls } from './block-calls.ts';
import type { Caller } from './caller.ts';
import type { Connection } from './connection.ts';
import { DeviceCalls } from './device-calls.ts';
import { DomainCalls } from './domain-calls.ts';
import type { DomainEventName } from './domain-events.ts';
import type { LibvirtError } from './errors.ts';
import { type DomainEventListener, EventHub } from './event-hub.ts';
import { HostCalls } from './host-calls.ts';
import { QemuCalls } from './qemu-calls.ts';
import { closeSession, deregisterEvent, type LibvirtOptions, openSession, registerEvent } from './session.ts';
import { StatsCalls } from './stats-calls.ts';
import { TuningCalls } from './tuning-calls.ts';

/** The groups of calls, over whatever makes calls. */
export class LibvirtCalls {
  readonly host: HostCalls;
  readonly domains: DomainCalls;
  readonly devices: DeviceCalls;
  readonly blocks: BlockCalls;
  readonly backups: BackupCalls;
  readonly stats: StatsCalls;
  readonly qemu: QemuCalls;
  readonly tuning: TuningCalls;

  constructor(caller: Caller) {
    this.host = new HostCalls(caller);
    this.domains = new DomainCalls(caller);
    this.devices = new DeviceCalls(caller);
    this.blocks = new BlockCalls(caller);
    this.backups = new BackupCalls(caller);
    this.stats = new StatsCalls(caller);
    this.qemu = new QemuCalls(caller);
    this.tuning = new TuningCalls(caller);
  }
}

export class Libvirt extends LibvirtCalls {
  readonly #connection: Connection;
  readonly #events = new EventHub();
  readonly #registrations = new Map<DomainEventName, Promise<number>>();

  private constructor(connection: Connection) {
    super(connection);
    this.#connection = connection;
    connection.onEvent = (packet) => this.#events.deliver(packet);
  }

  /** Connects to libvirtd and opens the hypervisor. */
  static async connect(options: LibvirtOptions): Promise<Libvirt> {
    return new Libvirt(await openSession(options));
  }

  /** Resolves with the reason when the connection has ended. */
  get closed(): Promise<LibvirtError> {
    return this.#connection.closed;
  }

  /** Resolves when events come from here on, with the function that ends them for this listener. */
  async onDomainEvent<K extends DomainEventName>(
    name: K,
    listener: DomainEventListener<K>,
  ): Promise<() => Promise<void>> {
    const remove = this.#events.add(name, listener);
    const registration = this.#registrations.get(name) ?? registerEvent(this.#connection, name);
    this.#registrations.set(name, registration);
    try {
      await registration;
    } catch (error) {
      remove();
      if (this.#registrations.get(name) === registration) this.#registrations.delete(name);
      throw error;
    }
    return async () => {
      remove();
      if (this.#events.has(name) || this.#registrations.get(name) !== registration) return;
      this.#registrations.delete(name);
      await deregisterEvent(this.#connection, await registration);
    };
  }

  async close(): Promise<void> {
    await closeSession(this.#connection);
  }
}
