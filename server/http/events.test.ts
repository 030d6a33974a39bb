// The event hub and its stream: numbering, resuming, forgetting, filtering, slow readers; SSE and WebSocket alike.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { CroftEvent, CroftEventBody } from '../contract/events.ts';
import { auditorHeaders, callerWith, rootHeaders, testApp } from './app-fixture.ts';
import { maySee } from './event-visibility.ts';
import { EventHub } from './events.ts';
import { eventsRoute } from './events-route.ts';
import { type Listener, listenHttps } from './listen.ts';
import { testCertificate } from './listen-fixture.ts';

const guest = (vmid: number, name = ''): CroftEventBody => ({
  type: 'resource',
  resource: { id: `qemu/${vmid}`, type: 'qemu', node: 'pve', status: 'running', vmid, name },
});
const fixedClock = (now: number) => ({ now: () => now, sleep: async () => {} });

describe('the hub', () => {
  it('numbers events without gaps, and higher after a restart', () => {
    const hub = new EventHub({ clock: fixedClock(1000) });
    const first = hub.publish(guest(100));
    expect(hub.publish(guest(101)).seq).toBe(first.seq + 1);
    expect(new EventHub({ clock: fixedClock(1001) }).seq).toBeGreaterThan(hub.seq);
    expect(Number.isSafeInteger(new EventHub().seq)).toBe(true);
  });

  it('gives what came after a number, or nothing when it forgot', () => {
    const hub = new EventHub({ capacity: 3 });
    const start = hub.seq;
    const seqs = [1, 2, 3].map((vmid) => hub.publish(guest(vmid)).seq);
    expect(hub.after(start)?.map((kept) => kept.event.seq)).toEqual(seqs);
    expect(hub.after(seqs[2]!)).toEqual([]);
    hub.publish(guest(4));
    expect(hub.after(start)).toBeUndefined();
    expect(hub.after(seqs[0]!)).toHaveLength(3);
    expect(hub.after(hub.seq + 1)).toBeUndefined();
    expect(hub.after(5)).toBeUndefined();
  });
});

describe('visibility', () => {
  const caller = callerWith('u@pve', {
    '/vms/100': ['VM.Audit'],
    '/storage/local': ['Datastore.Audit'],
    '/nodes/pve': ['Sys.Audit'],
  });
  const task = (user: string, node = 'other') => ({ user, node }) as never;
  const upid = (user: string) => `UPID:other:00000001:00000001:00000001:qmstart:100:${user}:`;
  const cases: [CroftEventBody, boolean][] = [
    [guest(100), true],
    [guest(101), false],
    [{ type: 'resource-gone', id: 'lxc/100' }, true],
    [{ type: 'resource-gone', id: 'storage/pve/local' }, true],
    [{ type: 'resource-gone', id: 'storage/pve/other' }, false],
    [{ type: 'resource-gone', id: 'node/pve' }, true],
    [{ type: 'resource-gone', id: 'node/other' }, false],
    [{ type: 'resource-gone', id: 'unknown' }, false],
    [{ type: 'task', task: task('u@pve') }, true],
    [{ type: 'task', task: task('u@pve!token') }, true],
    [{ type: 'task', task: task('v@pve') }, false],
    [{ type: 'task', task: task('v@pve', 'pve') }, true],
    [{ type: 'task-log', upid: upid('u@pve'), from: 1, lines: [] }, true],
    [{ type: 'task-log', upid: upid('v@pve'), from: 1, lines: [] }, false],
    [{ type: 'config', path: '/vms/100' }, true],
    [{ type: 'config', path: '/storage/other' }, false],
    [{ type: 'config', path: '/access/users' }, false],
    [{ type: 'reset' }, true],
  ];
  it.each(cases)('%j: %s', (body, visible) => {
    expect(maySee(caller, { ...body, seq: 1 } as CroftEvent)).toBe(visible);
  });
});

/** Reads `count` events of an SSE stream in-process, then cancels it. */
async function readSse(response: Response, count: number): Promise<CroftEvent[]> {
  const events: CroftEvent[] = [];
  let text = '';
  const decoder = new TextDecoder();
  const reader = response.body!.getReader();
  while (events.length < count) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value);
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data === undefined) continue;
      const event = JSON.parse(data) as CroftEvent;
      expect(/^id: (\d+)$/m.exec(block)?.[1]).toBe(String(event.seq));
      events.push(event);
    }
  }
  await reader.cancel();
  return events;
}

const path = '/api2/json/cluster/events';

describe('server-sent events', () => {
  const setUp = (times?: { keepAliveMs: number; lifeMs: number }, capacity = 100) => {
    const hub = new EventHub({ capacity });
    const { hono } = testApp({ routes: [eventsRoute(hub, times)] });
    return {
      hub,
      get: (headers: Record<string, string>, query = '') => hono.request(`${path}${query}`, { headers }),
    };
  };

  it('begin with a reset, then come as they happen', async () => {
    const { hub, get } = setUp();
    const response = await get(rootHeaders);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reading = readSse(response, 3);
    await new Promise((resolve) => setTimeout(resolve, 20));
    hub.publish(guest(100));
    setTimeout(() => hub.publish(guest(101)), 20);
    expect((await reading).map((event) => event.type)).toEqual(['reset', 'resource', 'resource']);
    expect(hub.subscribers).toBe(0);
  });

  it('go on after the last one seen: by header, which counts first, or by query', async () => {
    const { hub, get } = setUp();
    const start = hub.seq;
    const seqs = [100, 101, 102].map((vmid) => hub.publish(guest(vmid)).seq);
    const byHeader = await get({ ...rootHeaders, 'last-event-id': String(seqs[0]) }, '?since=1');
    expect((await readSse(byHeader, 2)).map((event) => event.seq)).toEqual(seqs.slice(1));
    const byQuery = await get(rootHeaders, `?since=${start}`);
    expect((await readSse(byQuery, 3)).map((event) => event.seq)).toEqual(seqs);
  });

  it('are reset when too much was missed, and for numbers of another life', async () => {
    const { hub, get } = setUp(undefined, 2);
    const start = hub.seq;
    for (const vmid of [100, 101, 102]) hub.publish(guest(vmid));
    for (const since of [start, hub.seq + 1_000_000]) {
      expect(await readSse(await get(rootHeaders, `?since=${since}`), 1)).toEqual([
        { seq: hub.seq, type: 'reset' },
      ]);
    }
  });

  it('show each only what it may see', async () => {
    const { hub, get } = setUp();
    const start = hub.seq;
    for (const vmid of [101, 100, 102, 100]) hub.publish(guest(vmid));
    const events = await readSse(await get(auditorHeaders, `?since=${start}`), 2);
    expect(events.map((event) => event.type === 'resource' && event.resource.vmid)).toEqual([100, 100]);
    expect((await get({})).status).toBe(401);
  });

  it('keep the connection alive, and end after their time', async () => {
    const { get } = setUp({ keepAliveMs: 10, lifeMs: 60 });
    const text = await (await get(rootHeaders)).text();
    expect(text.match(/^: $/gm)?.length).toBeGreaterThan(1);
  });

  it('drop a reader that does not read, and take nothing from the hub for it', async () => {
    const { hub, get } = setUp({ keepAliveMs: 10, lifeMs: 10_000 });
    const response = await get(rootHeaders);
    for (let i = 0; i < 50; i += 1) hub.publish(guest(100, 'x'.repeat(1000)));
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(hub.subscribers).toBe(0);
    expect((await response.text()).length).toBeLessThan(2000);
  });
});

describe('over a real connection', () => {
  const hub = new EventHub();
  let listener: Listener;
  beforeAll(async () => {
    listener = await listenHttps(testApp({ routes: [eventsRoute(hub)] }), {
      port: 0,
      host: '127.0.0.1',
      certificate: await testCertificate(),
    });
  });
  afterAll(() => listener.close(100));

  const open = (since: number) =>
    new WebSocket(`wss://127.0.0.1:${listener.port}${path}?since=${since}`, {
      rejectUnauthorized: false,
      headers: { cookie: rootHeaders.cookie },
    });
  const collect = (socket: WebSocket, count: number): Promise<CroftEvent[]> =>
    new Promise((resolve, reject) => {
      const events: CroftEvent[] = [];
      socket.on('error', reject);
      socket.on('message', (data) => {
        events.push(JSON.parse(String(data)) as CroftEvent);
        if (events.length === count) resolve(events);
      });
    });

  it('a WebSocket gets what it missed and what comes, once and in order', async () => {
    const start = hub.seq;
    hub.publish(guest(100));
    const socket = open(start);
    const events = collect(socket, 1001);
    await new Promise((resolve) => socket.once('open', resolve));
    for (let i = 0; i < 1000; i += 1) hub.publish(guest(100 + i));
    const seqs = (await events).map((event) => event.seq);
    expect(seqs).toEqual(Array.from({ length: 1001 }, (_, i) => start + 1 + i));
    socket.close();
    await new Promise((resolve) => socket.once('close', resolve));
    await expect.poll(() => hub.subscribers).toBe(0);
  });

  it('server-sent events arrive at once, and the subscription ends with the client', async () => {
    const { request } = await import('node:https');
    const got = await new Promise<string>((resolve, reject) => {
      const asking = request(
        { host: '127.0.0.1', port: listener.port, path, headers: rootHeaders, rejectUnauthorized: false },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => {
            text += chunk.toString();
            if (text.includes('"type":"reset"') && !text.includes('qemu/7')) hub.publish(guest(7));
            if (text.includes('qemu/7')) {
              resolve(text);
              asking.destroy();
            }
          });
          response.on('error', () => {});
        },
      );
      asking.on('error', reject);
      asking.end();
    });
    expect(got).toContain('data: {');
    await expect.poll(() => hub.subscribers).toBe(0);
  });
});
