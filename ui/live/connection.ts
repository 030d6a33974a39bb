// The connection to the daemon's event stream: opens it, resumes it, reads the lists when events were lost.
import type { CroftEvent } from '../../server/contract/events.ts';
import type { ResourceItem } from '../../server/contract/resources.ts';
import type { TaskItem } from '../../server/contract/tasks.ts';
import type { LiveEvent } from './state.ts';

/** `live`: what is shown is current. `connecting`: never was. `reconnecting`: what is shown may be old. */
export type ConnectionState = 'connecting' | 'live' | 'reconnecting';

/** The part of WebSocket that is used; replaced in tests. */
export interface EventSocket {
  onopen: (() => void) | null;
  onmessage: ((message: { readonly data: unknown }) => void) | null;
  onclose: (() => void) | null;
  close(): void;
}

export interface ConnectionParts {
  readonly openSocket: (since: number | undefined) => EventSocket;
  readonly readLists: () => Promise<{ resources: readonly ResourceItem[]; tasks: readonly TaskItem[] }>;
  /** Takes events in order. */
  readonly take: (events: readonly LiveEvent[]) => void;
  readonly show: (state: ConnectionState) => void;
  readonly after: (ms: number, then: () => void) => () => void;
}

const firstWaitMs = 500;
const longestWaitMs = 15_000;

/**
 * Keeps the stream open until closed. The socket is opened before the lists are read, and what it says meanwhile is
 * applied after them, so that no change falls between the two.
 */
export function connect(parts: ConnectionParts): { close(): void; retryNow(): void } {
  let socket: EventSocket | undefined;
  let lastSeq: number | undefined;
  let held: CroftEvent[] | undefined = [];
  let everLive = false;
  let closed = false;
  let waitMs = firstWaitMs;
  let cancelWait: (() => void) | undefined;
  /** Grows with each socket and each reading of the lists: answers of older ones are ignored. */
  let round = 0;

  async function load(): Promise<void> {
    round += 1;
    const mine = round;
    held ??= [];
    try {
      const lists = await parts.readLists();
      if (closed || mine !== round) return;
      const missed = held ?? [];
      held = undefined;
      parts.take([{ type: 'lists', ...lists }, ...missed]);
      everLive = true;
      waitMs = firstWaitMs;
      parts.show('live');
    } catch {
      if (!closed && mine === round) drop();
    }
  }

  function receive(event: CroftEvent): void {
    lastSeq = event.seq;
    if (event.type === 'reset') {
      held = undefined;
      parts.take([event]);
      void load();
    } else if (held) held.push(event);
    else parts.take([event]);
  }

  function drop(): void {
    round += 1;
    const old = socket;
    socket = undefined;
    if (old) {
      old.onopen = null;
      old.onmessage = null;
      old.onclose = null;
      old.close();
    }
    // Lists that were never finished reading cannot be resumed from.
    if (held) {
      lastSeq = undefined;
      held = undefined;
    }
    parts.show(everLive ? 'reconnecting' : 'connecting');
    cancelWait?.();
    cancelWait = parts.after(waitMs, open);
    waitMs = Math.min(waitMs * 2, longestWaitMs);
  }

  function open(): void {
    if (closed) return;
    cancelWait?.();
    cancelWait = undefined;
    const since = lastSeq;
    const mine = parts.openSocket(since);
    socket = mine;
    mine.onmessage = (message) => {
      const event = parseEvent(message.data);
      if (event) receive(event);
    };
    mine.onclose = drop;
    mine.onopen = () => {
      if (since === undefined) {
        void load();
        return;
      }
      // What was missed comes first in the stream; what is shown is current from here on.
      waitMs = firstWaitMs;
      parts.show('live');
    };
    if (since === undefined) held = [];
  }

  open();
  return {
    close: () => {
      closed = true;
      cancelWait?.();
      const last = socket;
      socket = undefined;
      if (last) {
        last.onclose = null;
        last.onmessage = null;
        last.onopen = null;
        last.close();
      }
    },
    retryNow: () => {
      if (cancelWait && !closed) open();
    },
  };
}

/** One event from the wire; undefined for what is not one (keepalives, newer kinds without a number). */
export function parseEvent(data: unknown): CroftEvent | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const parsed = JSON.parse(data) as { seq?: unknown; type?: unknown };
    return typeof parsed.seq === 'number' && typeof parsed.type === 'string'
      ? (parsed as unknown as CroftEvent)
      : undefined;
  } catch {
    return undefined;
  }
}
