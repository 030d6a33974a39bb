// The connection: order of lists and events, resuming, resets, waiting longer after each failure.
import { expect, test } from 'vitest';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { type ConnectionState, connect, type EventSocket, parseEvent } from './connection.ts';
import type { LiveEvent } from './state.ts';

function stage() {
  const sockets: { socket: EventSocket; since: number | undefined }[] = [];
  const taken: LiveEvent[] = [];
  const shown: ConnectionState[] = [];
  const waits: { ms: number; then: () => void; cancelled: boolean }[] = [];
  const readings: { done: (resources: ResourceItem[]) => void; fail: () => void }[] = [];
  const connection = connect({
    openSocket: (since) => {
      const socket: EventSocket = { onopen: null, onmessage: null, onclose: null, close: () => {} };
      sockets.push({ socket, since });
      return socket;
    },
    readLists: () =>
      new Promise((resolve, reject) => {
        readings.push({
          done: (resources) => resolve({ resources, tasks: [] }),
          fail: () => reject(new Error('away')),
        });
      }),
    take: (events) => taken.push(...events),
    show: (state) => shown.push(state),
    after: (ms, then) => {
      const wait = { ms, then, cancelled: false };
      waits.push(wait);
      return () => {
        wait.cancelled = true;
      };
    },
  });
  const say = (event: object) => sockets.at(-1)?.socket.onmessage?.({ data: JSON.stringify(event) });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  return { sockets, taken, shown, waits, readings, connection, say, settle };
}

test('events that come while the lists are read are applied after them', async () => {
  const s = stage();
  s.sockets[0]?.socket.onopen?.();
  s.say({ seq: 7, type: 'resource-gone', id: 'x' });
  expect(s.taken).toEqual([]);
  s.readings[0]?.done([]);
  await s.settle();
  expect(s.taken.map((event) => event.type)).toEqual(['lists', 'resource-gone']);
  expect(s.shown).toEqual(['live']);
  s.say({ seq: 8, type: 'config', path: '/' });
  expect(s.taken).toHaveLength(3);
});

test('a lost connection shows itself and resumes behind the last event without reading the lists', async () => {
  const s = stage();
  s.sockets[0]?.socket.onopen?.();
  s.readings[0]?.done([]);
  await s.settle();
  s.say({ seq: 41, type: 'config', path: '/' });
  s.sockets[0]?.socket.onclose?.();
  expect(s.shown.at(-1)).toBe('reconnecting');
  s.waits[0]?.then();
  expect(s.sockets[1]?.since).toBe(41);
  s.sockets[1]?.socket.onopen?.();
  expect(s.shown.at(-1)).toBe('live');
  expect(s.readings).toHaveLength(1);
});

test('reset reads the lists again', async () => {
  const s = stage();
  s.sockets[0]?.socket.onopen?.();
  s.readings[0]?.done([]);
  await s.settle();
  s.say({ seq: 90, type: 'reset' });
  s.say({ seq: 91, type: 'config', path: '/' });
  expect(s.taken.map((event) => event.type)).toEqual(['lists', 'reset']);
  s.readings[1]?.done([]);
  await s.settle();
  expect(s.taken.map((event) => event.type)).toEqual(['lists', 'reset', 'lists', 'config']);
});

test('waits longer after each failure, and starts from nothing when the lists were never read', async () => {
  const s = stage();
  for (let i = 0; i < 8; i += 1) {
    s.sockets.at(-1)?.socket.onclose?.();
    s.waits.at(-1)?.then();
  }
  expect(s.waits.map((wait) => wait.ms)).toEqual([500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
  expect(s.shown.every((state) => state === 'connecting')).toBe(true);
  s.sockets.at(-1)?.socket.onopen?.();
  s.say({ seq: 3, type: 'config', path: '/' });
  s.readings[0]?.fail();
  await s.settle();
  s.waits.at(-1)?.then();
  expect(s.sockets.at(-1)?.since).toBeUndefined();
});

test('nothing happens after closing', () => {
  const s = stage();
  s.connection.close();
  s.waits[0]?.then();
  expect(s.sockets).toHaveLength(1);
  expect(s.sockets[0]?.socket.onclose).toBeNull();
});

test('what is not an event is ignored', () => {
  expect(parseEvent('{')).toBeUndefined();
  expect(parseEvent('null')).toBeUndefined();
  expect(parseEvent('{"type":"config"}')).toBeUndefined();
  expect(parseEvent(new ArrayBuffer(2))).toBeUndefined();
  expect(parseEvent('{"seq":1,"type":"reset"}')).toEqual({ seq: 1, type: 'reset' });
});
