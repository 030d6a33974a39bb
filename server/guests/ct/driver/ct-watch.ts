// Tells changes of containers' states: by the hooks' files as they appear and go, and by looking again every few seconds.
import { type FSWatcher, watch } from 'node:fs';
import type { Logger } from '../../../core/log.ts';
import type { GuestObservation, RunState } from '../../guest-driver.ts';
import { ctEventsFolder } from '../ct-paths.ts';
import { type CtPlace, type CtRunState, readRunStates } from './run-state.ts';

export interface WatchOptions {
  readonly place: CtPlace;
  readonly log: Logger;
  /** Milliseconds between looks without an event. */
  readonly everyMs: number;
  /**
   * Called for one that seems to have ended without its hook: looks again and takes away what is left. `ended`: its hook had run
   * meanwhile. `later`: somebody works on it just now; it is looked at again.
   */
  clear(vmid: number): Promise<'cleared' | 'ended' | 'later'>;
}

interface Known {
  readonly pid: number;
  readonly state: RunState;
}

export class CtWatch {
  readonly #options: WatchOptions;
  readonly #listeners = new Set<(observation: GuestObservation) => void>();
  #known = new Map<number, Known>();
  /** Ended by us, so that their end is no shutdown of their own. */
  readonly #destroyed = new Set<number>();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again: Promise<void> | undefined;
  #open = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** The first look tells nothing: what runs already is no news. */
  async open(): Promise<void> {
    this.#open = true;
    this.#watcher = watch(ctEventsFolder(this.#options.place.base), () => this.#lookSoon());
    this.#watcher.on('error', (error) =>
      this.#options.log.warn({ error: String(error) }, 'the folder of container events cannot be watched'),
    );
    this.#timer = setInterval(() => this.#lookSoon(), this.#options.everyMs);
    this.#timer.unref();
    const states = await readRunStates(this.#options.place);
    for (const run of states) this.#known.set(run.vmid, { pid: run.pid, state: asRunState(run) });
    await this.look();
  }

  async close(): Promise<void> {
    this.#open = false;
    clearInterval(this.#timer);
    this.#watcher?.close();
    await this.#again;
    await this.#running;
    this.#known = new Map();
  }

  listen(listener: (observation: GuestObservation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  noteDestroyed(vmid: number): void {
    this.#destroyed.add(vmid);
  }

  /** Resolves when a look that began after this call is through. */
  async look(): Promise<void> {
    if (!this.#running) {
      this.#running = this.#compare().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#again ??= this.#running.then(() => {
      this.#again = undefined;
      return this.look();
    });
    return this.#again;
  }

  #lookSoon(): void {
    if (!this.#open) return;
    this.look().catch((error: unknown) =>
      this.#options.log.error({ err: error }, 'the states of containers cannot be read'),
    );
  }

  async #compare(): Promise<void> {
    const before = this.#known;
    const now = new Map<number, Known>();
    const crashed = new Set<number>();
    for (const run of await readRunStates(this.#options.place)) {
      const known = before.get(run.vmid);
      if (run.state === 'dead' || run.state === 'orphan') {
        const outcome = await this.#options.clear(run.vmid);
        if (outcome === 'cleared') crashed.add(run.vmid);
        if (outcome === 'later' && known) now.set(run.vmid, known);
        continue;
      }
      // A reboot from inside: the next look sees it run again, or its file gone.
      if (run.state === 'ending' && known) now.set(run.vmid, known);
      else now.set(run.vmid, { pid: run.pid, state: asRunState(run) });
    }
    this.#known = now;
    for (const [vmid, { pid, state }] of now) {
      const old = before.get(vmid);
      if (!old) this.#tell({ vmid, state: 'running', reason: 'started' });
      else if (old.pid !== pid) this.#tell({ vmid, state: 'running', reason: 'reset' });
      if (state === 'paused' && old?.state !== 'paused') this.#tell({ vmid, state, reason: 'paused' });
      if (state === 'running' && old?.state === 'paused') this.#tell({ vmid, state, reason: 'resumed' });
    }
    for (const vmid of new Set([...before.keys(), ...crashed])) {
      if (now.has(vmid)) continue;
      const reason = this.#destroyed.delete(vmid) ? 'destroyed' : crashed.has(vmid) ? 'crashed' : 'shutdown';
      this.#tell({ vmid, state: 'stopped', reason });
    }
  }

  #tell(observation: GuestObservation): void {
    for (const listener of this.#listeners) listener(observation);
  }
}

/** As the guest contract has it. */
export function asRunState({ state }: CtRunState): RunState {
  if (state === 'paused' || state === 'running') return state;
  return state === 'ending' ? 'stopping' : 'running';
}
