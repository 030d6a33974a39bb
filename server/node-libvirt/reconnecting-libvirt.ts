// A client that outlives libvirtd: it connects again by itself and asks for its events again.
import { setTimeout as delay } from 'node:timers/promises';
import type { Caller } from './caller.ts';
import type { Connection } from './connection.ts';
import type { DomainEventName } from './domain-events.ts';
import { LibvirtError } from './errors.ts';
import { type DomainEventListener, EventHub } from './event-hub.ts';
import { LibvirtCalls } from './libvirt.ts';
import { closeSession, type LibvirtOptions, openSession, registerEvent } from './session.ts';

export interface ReconnectingOptions extends LibvirtOptions {
  /** Pause before the second attempt; doubles with each further one. Default 100 ms. */
  firstRetryMs?: number;
  /** Longest pause between attempts. Default 5,000 ms. */
  maxRetryMs?: number;
}

/** `connected`: events flow already, so a listing made now misses nothing. `disconnected`: calls reject until then. */
export type ConnectionChange =
  | { readonly state: 'connected'; readonly first: boolean }
  | { readonly state: 'disconnected'; readonly reason: LibvirtError };

/** Holds the connection of the moment; the groups of calls go through it. */
class CurrentConnection implements Caller {
  connection: Connection | undefined;

  async call(...args: Parameters<Caller['call']>) {
    return this.#get().call(...args);
  }

  async callWithStream(...args: Parameters<Caller['callWithStream']>) {
    return this.#get().callWithStream(...args);
  }

  #get(): Connection {
    if (!this.connection) throw new LibvirtError('disconnected', 'there is no connection to libvirtd');
    return this.connection;
  }
}

/**
 * A call made while there is no connection rejects with `disconnected` at once: whether to wait and try again only the
 * caller can know, for the lost one may have been carried out.
 */
export class ReconnectingLibvirt extends LibvirtCalls {
  readonly #options: ReconnectingOptions;
  readonly #current: CurrentConnection;
  readonly #events = new EventHub();
  readonly #stop = new AbortController();
  readonly #listeners = new Set<(change: ConnectionChange) => void>();
  /** Kinds of events that the connection of the moment was asked for. */
  #registered = new Set<DomainEventName>();
  #running: Promise<void> | undefined;

  constructor(options: ReconnectingOptions) {
    const current = new CurrentConnection();
    super(current);
    this.#current = current;
    this.#options = options;
  }

  get connected(): boolean {
    return this.#current.connection !== undefined;
  }

  /** Starts connecting; resolves when connected for the first time, rejects only when closed before. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.connected) return resolve();
      const remove = this.onConnection((change) => {
        if (change.state !== 'connected') return;
        remove();
        resolve();
      });
      this.#stop.signal.addEventListener('abort', () => reject(closedError()), { once: true });
      if (this.#stop.signal.aborted) return reject(closedError());
      this.#running ??= this.#run();
    });
  }

  /** Events come whenever there is a connection, until the returned function is called. */
  onDomainEvent<K extends DomainEventName>(name: K, listener: DomainEventListener<K>): () => void {
    const remove = this.#events.add(name, listener);
    const { connection } = this.#current;
    if (connection) this.#register(connection, name).catch(() => connection.destroy());
    return remove;
  }

  onConnection(listener: (change: ConnectionChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the connection for good. */
  async close(): Promise<void> {
    this.#stop.abort();
    const { connection } = this.#current;
    if (connection) await closeSession(connection);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let first = true;
    while (!signal.aborted) {
      const connection = await this.#connect();
      if (!connection) return;
      this.#current.connection = connection;
      this.#tell({ state: 'connected', first });
      first = false;
      const reason = await connection.closed;
      this.#current.connection = undefined;
      this.#tell({ state: 'disconnected', reason });
    }
  }

  /** Tries until it works; undefined when closed meanwhile. */
  async #connect(): Promise<Connection | undefined> {
    const { signal } = this.#stop;
    let pauseMs = this.#options.firstRetryMs ?? 100;
    while (!signal.aborted) {
      try {
        const connection = await openSession(this.#options);
        connection.onEvent = (packet) => this.#events.deliver(packet);
        this.#registered = new Set();
        await this.#registerAll(connection);
        if (!signal.aborted) return connection;
        await closeSession(connection);
      } catch {
        await delay(pauseMs, undefined, { signal }).catch(() => {});
        pauseMs = Math.min(pauseMs * 2, this.#options.maxRetryMs ?? 5000);
      }
    }
    return undefined;
  }

  async #registerAll(connection: Connection): Promise<void> {
    try {
      // Again and again, for those asked for while we waited.
      for (let name = this.#unregistered(); name; name = this.#unregistered()) {
        await this.#register(connection, name);
      }
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  #unregistered(): DomainEventName | undefined {
    return this.#events.names.find((name) => !this.#registered.has(name));
  }

  /** Once for each connection: a second registration would bring every event twice. It stays until the connection ends. */
  async #register(connection: Connection, name: DomainEventName): Promise<void> {
    if (this.#registered.has(name)) return;
    this.#registered.add(name);
    await registerEvent(connection, name);
  }

  #tell(change: ConnectionChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}

function closedError(): LibvirtError {
  return new LibvirtError('disconnected', 'the client was closed');
}
