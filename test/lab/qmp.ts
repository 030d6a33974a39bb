// A client of QEMU's machine protocol over a unix socket: commands with ids and time limits, events kept in order.
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Message {
  id?: number;
  return?: unknown;
  error?: { class: string; desc: string };
  event?: string;
  data?: Record<string, unknown>;
  QMP?: object;
}

const defaultTimeoutMs = 20_000;

/** One connection. A monitor's socket serves one client at a time: a second one waits for its greeting. */
export class Qmp {
  /** All events since the connection was made. */
  readonly events: QmpEvent[] = [];
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  readonly #watchers = new Set<() => void>();
  #hasGreeted = false;
  #nextId = 1;
  #unread = '';
  #closed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#end());
  }

  /** Connects, waiting for the socket to be there, and negotiates. `alive` ends the wait when QEMU has gone. */
  static async connect(path: string, withinMs: number, alive: () => boolean = () => true): Promise<Qmp> {
    const until = Date.now() + withinMs;
    for (;;) {
      const socket = await open(path);
      if (socket) {
        const qmp = new Qmp(socket);
        if (!(await qmp.#greeted(Math.max(until - Date.now(), 1)))) {
          const why = qmp.closed ? 'QEMU ended' : 'another client holds it, or QEMU hangs';
          qmp.close();
          throw new Error(`QEMU's monitor ${path} does not greet: ${why}`);
        }
        await qmp.execute('qmp_capabilities');
        return qmp;
      }
      if (!alive()) throw new Error('QEMU ended before its monitor was there');
      if (Date.now() > until) throw new Error(`no monitor at ${path} within ${withinMs / 1000} s`);
      await delay(30);
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The command's `return`. Rejects with QEMU's own text, on a time-out, and when the connection ends. */
  execute(command: string, args: object = {}, timeoutMs = defaultTimeoutMs): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error(`${command}: QEMU has ended`));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new Error(`${command}: no answer within ${timeoutMs / 1000} s`));
      }, timeoutMs);
      this.#pending.set(id, {
        resolve: (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(new Error(`${command}: ${error.message}`));
        },
      });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\r\n`);
    });
  }

  /** The first event of that name after the first `after` events that fits. Take `after` before what causes it. */
  async waitEvent(
    name: string,
    withinMs: number,
    after = 0,
    fits: (event: QmpEvent) => boolean = () => true,
  ): Promise<QmpEvent> {
    const find = () => this.events.slice(after).find((event) => event.event === name && fits(event));
    const until = Date.now() + withinMs;
    for (;;) {
      const event = find();
      if (event) return event;
      if (this.#closed) throw new Error(`QEMU ended before it sent ${name}`);
      const left = until - Date.now();
      if (left <= 0) throw new Error(`no event ${name} within ${withinMs / 1000} s`);
      await this.#next(left);
    }
  }

  close(): void {
    this.#socket.destroy();
    this.#end();
  }

  async #greeted(withinMs: number): Promise<boolean> {
    const until = Date.now() + withinMs;
    while (!this.#hasGreeted && !this.#closed && Date.now() < until) await this.#next(until - Date.now());
    return this.#hasGreeted;
  }

  #next(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#watchers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      this.#watchers.add(done);
    });
  }

  #read(text: string): void {
    const lines = (this.#unread + text).split('\n');
    this.#unread = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.#take(JSON.parse(line) as Message);
  }

  #take(message: Message): void {
    if (message.QMP) this.#hasGreeted = true;
    if (message.event !== undefined) this.events.push({ event: message.event, data: message.data ?? {} });
    if (message.QMP || message.event !== undefined) {
      for (const watcher of [...this.#watchers]) watcher();
      return;
    }
    const pending = this.#pending.get(message.id ?? 0);
    this.#pending.delete(message.id ?? 0);
    if (message.error) pending?.reject(new Error(message.error.desc));
    else pending?.resolve(message.return);
  }

  #end(): void {
    this.#closed = true;
    for (const pending of this.#pending.values()) pending.reject(new Error('QEMU has ended'));
    this.#pending.clear();
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** A connected socket, or undefined while nobody listens. */
function open(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', () => resolve(undefined));
  });
}
