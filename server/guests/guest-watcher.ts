// What follows the end of a guest, also of one that ended by itself or while the daemon was away: it is cleared up after, forgets what
// it ran with, and its hook script hears `post-stop`, once.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { VmConfig } from './config/config-keys.ts';
import type { GuestKind } from './config/guest-document.ts';
import { changeGuest, findGuest, listGuests, withoutRunning } from './guest-documents.ts';
import type { GuestStates } from './guest-states.ts';
import type { HookContext, HookScripts } from './hook-scripts.ts';

export interface RunEnds {
  /**
   * Clears up after a run if it is over, together with whoever is at it already: resolves when the guest's document has forgotten
   * what it ran with. One that runs, or that was cleared up after, is left alone. Repeatable.
   */
  note(vmid: number): Promise<void>;
  /** As `note`, and waits for the hook script, which is told to `context`. */
  settle(vmid: number, context?: HookContext): Promise<void>;
  /** What the hook script says of an end that comes meanwhile is told to `context`, whoever sees that end first. */
  telling<T>(vmid: number, context: HookContext, work: () => Promise<T>): Promise<T>;
  /** Ends the hook scripts that belong to no task. */
  close(): void;
}

export interface RunEndParts {
  readonly store: ClusterStore;
  readonly states: Pick<GuestStates, 'stateOf'>;
  readonly hooks: HookScripts;
}

type EndLog = Pick<Logger, 'info' | 'warn'>;

/**
 * One for each daemon and kind of guest: the watcher and the tasks must not do it twice, nor while the next start is under way.
 * `clearUp` is done before the run is forgotten; it must be repeatable, and not reject for what the next try cannot do better.
 */
export function createRunEnds(
  { store, states, hooks }: RunEndParts,
  kind: GuestKind,
  log: EndLog,
  clearUp: (vmid: number, running: VmConfig) => Promise<void> = async () => {},
): RunEnds {
  const noting = new Map<number, Promise<void>>();
  const scripts = new Map<number, Promise<void>>();
  const listeners = new Map<number, HookContext>();
  const closing = new AbortController();

  async function end(vmid: number): Promise<void> {
    const document = findGuest(store, vmid);
    if (document?.kind !== kind || document.running === undefined) return;
    if (states.stateOf(vmid) !== 'stopped') return;
    await clearUp(vmid, document.running);
    // Whoever takes the note away runs the script, so nobody does it twice; a daemon that ends just here has forgotten it.
    const ran = await takeRunning(vmid);
    if (ran === undefined) return;
    const script: Promise<void> = hooks
      .run(contextFor(vmid), vmid, 'post-stop', ran)
      .catch((error: unknown) => log.warn({ vmid, problem: asAppError(error).message }, 'hook script failed'))
      .finally(() => {
        if (scripts.get(vmid) === script) scripts.delete(vmid);
      });
    scripts.set(vmid, script);
  }

  async function takeRunning(vmid: number): Promise<VmConfig | undefined> {
    let taken: VmConfig | undefined;
    await changeGuest(store, vmid, (document) => {
      taken = states.stateOf(vmid) === 'stopped' ? document.running : undefined;
      return taken === undefined ? undefined : withoutRunning(document);
    });
    return taken;
  }

  /** The listener is asked for at each line: a task may have ended before the script does. */
  function contextFor(vmid: number): HookContext {
    const signals = [closing.signal, listeners.get(vmid)?.signal].filter((signal) => signal !== undefined);
    return {
      signal: AbortSignal.any(signals),
      log: (line) => (listeners.has(vmid) ? listeners.get(vmid)?.log(line) : log.info({ vmid }, line)),
      warn: (line) => (listeners.has(vmid) ? listeners.get(vmid)?.warn(line) : log.warn({ vmid }, line)),
      progress: () => {},
    };
  }

  function note(vmid: number): Promise<void> {
    const under = noting.get(vmid);
    if (under) return under;
    const work = end(vmid).finally(() => noting.delete(vmid));
    noting.set(vmid, work);
    return work;
  }

  async function telling<T>(vmid: number, context: HookContext, work: () => Promise<T>): Promise<T> {
    listeners.set(vmid, context);
    try {
      return await work();
    } finally {
      listeners.delete(vmid);
    }
  }

  async function settle(vmid: number): Promise<void> {
    await note(vmid);
    await scripts.get(vmid);
  }

  return {
    note,
    telling,
    settle: (vmid, context) => (context ? telling(vmid, context, () => settle(vmid)) : settle(vmid)),
    close: () => closing.abort(),
  };
}

/** So many guests are cleared up after at once when the daemon starts. */
const lanes = 8;

/**
 * Notes the end of every guest of a kind, now and from here on. What cannot be written is logged and holds up nothing; no hook script is
 * waited for. Returns how to stop.
 */
export async function watchGuests(
  parts: { readonly store: ClusterStore; readonly states: GuestStates },
  kind: GuestKind,
  ends: RunEnds,
  log: Pick<Logger, 'error'>,
): Promise<() => void> {
  const note = (vmid: number) =>
    ends.note(vmid).catch((error) => log.error({ err: error, vmid }, 'cannot note that a guest ended'));
  // First: a guest that ends while the others are looked at is not missed.
  const stop = parts.states.watch(({ vmid, state }) => {
    if (state === 'stopped') void note(vmid);
  });
  const ran = listGuests(parts.store).filter((guest) => guest.kind === kind && guest.running !== undefined);
  const left = ran.map(({ vmid }) => vmid).values();
  // After a power cut all have ended: their volumes are let go of by storages that take their time.
  const lane = async () => {
    for (const vmid of left) await note(vmid);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return () => {
    stop();
    ends.close();
  };
}
