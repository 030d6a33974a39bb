// GET /cluster/events: the event hub as server-sent events and over WebSockets, each event only for whom it concerns.
import type { WebSocket } from 'ws';
import { streamEvents } from '../contract/cluster.ts';
import type { MethodDeclaration } from '../contract/method.ts';
import { maySee } from './event-visibility.ts';
import type { EventHub, KeptEvent } from './events.ts';
import {
  type ApiRequest,
  type Caller,
  type Handler,
  ReplyResponse,
  type Route,
  type SocketTaker,
  type UpgradeHandler,
} from './route.ts';

interface StreamTimes {
  /** Between two comments that keep the connection alive. */
  readonly keepAliveMs: number;
  /** After this a stream ends; the client comes back with a ticket that is still valid and goes on where it was. */
  readonly lifeMs: number;
}
const defaultTimes: StreamTimes = { keepAliveMs: 15_000, lifeMs: 3_600_000 };
/** What a WebSocket may have waiting to be sent before we send no more. */
const maxBufferedBytes = 1024 * 1024;

/** The route; `times` only for tests. */
export function eventsRoute(hub: EventHub, times: StreamTimes = defaultTimes): Route {
  const stream = (request: ApiRequest<EventsParams>) => new ReplyResponse(sendEvents(hub, request, times));
  const socket = (request: ApiRequest<EventsParams>): SocketTaker => {
    const cursor = new Cursor(hub, request.caller, readSince(request));
    return (client) => feedSocket(client, hub, cursor, times);
  };
  return {
    declaration: streamEvents as unknown as MethodDeclaration,
    handler: stream as Handler<never>,
    upgrade: socket as UpgradeHandler<never>,
  };
}

interface EventsParams {
  readonly since?: number | undefined;
}

function readSince(request: ApiRequest<EventsParams>): number | undefined {
  const last = request.header('last-event-id');
  return last !== undefined && /^\d{1,16}$/.test(last) ? Number(last) : request.params.since;
}

/** A subscriber's position in the hub, and what it may see. */
class Cursor {
  readonly #hub: EventHub;
  readonly #caller: Caller;
  #since: number | undefined;

  /** Without `since` the first thing to come is a `reset`: it gives the number to go on from. */
  constructor(hub: EventHub, caller: Caller, since: number | undefined) {
    this.#hub = hub;
    this.#caller = caller;
    this.#since = since;
  }

  /** The next events, as many as are there up to some hundreds; none when there is nothing new for this caller. */
  next(): { seq: number; json: string }[] {
    while (this.#since === undefined || this.#since !== this.#hub.seq) {
      const kept = this.#since === undefined ? undefined : this.#hub.after(this.#since);
      if (kept === undefined) {
        this.#since = this.#hub.seq;
        return [{ seq: this.#since, json: JSON.stringify({ seq: this.#since, type: 'reset' }) }];
      }
      this.#since = kept.at(-1)?.event.seq ?? this.#since;
      const visible = kept.filter((one: KeptEvent) => maySee(this.#caller, one.event));
      if (visible.length > 0) return visible.map((one) => ({ seq: one.event.seq, json: one.json }));
    }
    return [];
  }
}

/** Server-sent events. Nothing is taken from the hub before the connection has room for it. */
function sendEvents(hub: EventHub, request: ApiRequest<EventsParams>, times: StreamTimes): Response {
  const cursor = new Cursor(hub, request.caller, readSince(request));
  const encoder = new TextEncoder();
  let stop = (): void => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const end = (): void => {
        stop();
        try {
          controller.close();
        } catch {
          // It is closed already: the client was faster.
        }
      };
      let stalled = 0;
      const keepAlive = setInterval(() => {
        const room = (controller.desiredSize ?? 0) > 0;
        stalled = room ? 0 : stalled + 1;
        // Two rounds without room: nobody reads. The client will come back and go on from its last event.
        if (stalled >= 2) end();
        else if (room) controller.enqueue(encoder.encode(': \n\n'));
      }, times.keepAliveMs);
      const life = setTimeout(end, times.lifeMs);
      const unsubscribe = hub.onPublish(() => {
        if ((controller.desiredSize ?? 0) > 0) pour(controller);
      });
      stop = () => {
        clearInterval(keepAlive);
        clearTimeout(life);
        unsubscribe();
      };
      request.signal.addEventListener('abort', end, { once: true });
      controller.enqueue(encoder.encode('retry: 1000\n\n'));
    },
    pull(controller) {
      pour(controller);
    },
    cancel() {
      stop();
    },
  });
  const pour = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    const events = cursor.next();
    if (events.length === 0) return;
    controller.enqueue(
      encoder.encode(events.map(({ seq, json }) => `id: ${seq}\ndata: ${json}\n\n`).join('')),
    );
  };
  return new Response(body, {
    headers: {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Accel-Buffering': 'no',
      Server: 'pve-api-daemon/3.0',
    },
  });
}

/** One event a message. A client that does not read gets nothing more until it does; its pings then go unanswered. */
function feedSocket(client: WebSocket, hub: EventHub, cursor: Cursor, times: StreamTimes): void {
  const pour = (): void => {
    while (client.readyState === client.OPEN && client.bufferedAmount < maxBufferedBytes) {
      const events = cursor.next();
      if (events.length === 0) return;
      for (const [index, { json }] of events.entries()) {
        client.send(json, index === events.length - 1 ? () => pour() : undefined);
      }
    }
  };
  const unsubscribe = hub.onPublish(pour);
  const life = setTimeout(() => client.close(1001), times.lifeMs);
  client.once('close', () => {
    clearTimeout(life);
    unsubscribe();
  });
  pour();
}
