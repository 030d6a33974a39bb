// Console sockets of fake guests: the serial one sends back what it gets, the graphic one only greets as a VNC server.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConsoleKind } from '../guest-driver.ts';

interface FakeConsole {
  readonly server: Server;
  readonly path: string;
  readonly clients: Set<Socket>;
}

export class FakeConsoles {
  readonly #consoles = new Map<string, Promise<FakeConsole>>();
  #directory: Promise<string> | undefined;

  /** Path of the socket; the same for each call. */
  async open(vmid: number, kind: ConsoleKind): Promise<string> {
    const key = `${vmid}-${kind}`;
    let console = this.#consoles.get(key);
    if (!console) {
      this.#directory ??= mkdtemp(join(tmpdir(), 'croft-fake-'));
      console = this.#directory.then((directory) => serve(join(directory, `${key}.sock`), kind));
      this.#consoles.set(key, console);
    }
    return (await console).path;
  }

  async remove(vmid: number): Promise<void> {
    for (const kind of ['serial', 'graphic']) {
      const key = `${vmid}-${kind}`;
      const console = this.#consoles.get(key);
      this.#consoles.delete(key);
      if (console) await end(await console);
    }
  }

  async close(): Promise<void> {
    for (const console of this.#consoles.values()) await end(await console);
    this.#consoles.clear();
    if (this.#directory) await rm(await this.#directory, { recursive: true, force: true });
    this.#directory = undefined;
  }
}

function serve(path: string, kind: ConsoleKind): Promise<FakeConsole> {
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    clients.add(socket);
    socket.on('close', () => clients.delete(socket));
    socket.on('error', () => socket.destroy());
    if (kind === 'serial') socket.pipe(socket);
    else socket.write('RFB 003.008\n');
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve({ server, path, clients }));
  });
}

function end({ server, clients }: FakeConsole): Promise<void> {
  for (const client of clients) client.destroy();
  return new Promise((resolve) => server.close(() => resolve()));
}
