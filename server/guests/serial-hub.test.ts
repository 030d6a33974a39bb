// The serial hub: one connection to the guest, many viewers, a newcomer sees the past.
import { mkdtempSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { SerialHub } from './serial-hub.ts';

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const part of open.splice(0)) part.close();
});

async function guest() {
  const connections: Socket[] = [];
  const received: string[] = [];
  const path = join(mkdtempSync(join(tmpdir(), 'croft-serial-')), 'serial0.sock');
  const server = createServer((socket) => {
    connections.push(socket);
    socket.on('data', (data) => received.push(String(data)));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const hub = new SerialHub();
  open.push(server, hub);
  return { path, connections, received, hub };
}

function viewer() {
  const seen = { text: '', ended: false };
  return {
    seen,
    write: (data: Buffer) => {
      seen.text += data;
    },
    end: () => {
      seen.ended = true;
    },
  };
}

it('serves several viewers over one connection, with history', async () => {
  const { path, connections, received, hub } = await guest();
  const [first, second] = [viewer(), viewer()];
  const session = await hub.join(path, first);
  connections[0]?.write('login: ');
  while (first.seen.text === '') await delay(5);
  await hub.join(path, second);
  expect(second.seen.text).toBe('login: ');
  session.send(Buffer.from('root\n'));
  while (received.length === 0) await delay(5);
  expect(received.join('')).toBe('root\n');
  expect(connections.length).toBe(1);
  session.leave();
  connections[0]?.write('bye');
  while (!second.seen.text.endsWith('bye')) await delay(5);
  expect(first.seen.text).toBe('login: ');
  connections[0]?.destroy();
  while (!second.seen.ended) await delay(5);
});

it('rejects when there is no guest', async () => {
  await expect(new SerialHub().join('/nonexistent/serial0.sock', viewer())).rejects.toThrow('ENOENT');
});
