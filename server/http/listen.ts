// Listens: HTTPS for everybody (HTTP/1.1 only: clients read error texts from its reason phrase), a unix socket for root.

import { chmod, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { AppError } from '../core/errors.ts';
import type { App } from './app.ts';

const serverOptions: ServerOptions = {
  // 64 lines of 8 KiB are allowed; Node counts all of them together.
  maxHeaderSize: 64 * 1024,
  headersTimeout: 30_000,
  // The whole of an upload may take hours: bodies of plain requests have their own limit.
  requestTimeout: 0,
  keepAliveTimeout: 30_000,
  // Offers of other protocols (h2c) are not taken up: the request is answered as it stands.
  shouldUpgradeCallback: (incoming) => incoming.headers.upgrade?.toLowerCase() === 'websocket',
};

export interface Listener {
  /** Port of a network listener; 0 of a socket. */
  readonly port: number;
  /** Takes no new requests, gives those under way up to `graceMs` milliseconds, then cuts them off. */
  close(graceMs?: number): Promise<void>;
  /** Uses another certificate for connections to come; only of a network listener. */
  setCertificate(certificate: Certificate): void;
}

/** PEM texts. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

function attach(server: Server, app: App, local: boolean): void {
  const listener = getRequestListener((request, env) => app.hono.fetch(request, { ...env, local }), {
    overrideGlobalObjects: true,
  });
  // Node drops lines beyond this without a word: the app counts them itself.
  server.maxHeadersCount = 0;
  server.on('request', listener);
  server.on('upgrade', (incoming, socket, head) => app.upgrade(incoming, socket, head, local));
  server.on('clientError', (_error, socket) => {
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
}

/**
 * Serves the app by HTTPS. A browser that speaks plain HTTP to the port is sent to `https://`.
 * Rejects with `unavailable` when the port is taken or not allowed.
 */
export async function listenHttps(
  app: App,
  options: { port: number; host?: string | undefined; certificate: Certificate },
): Promise<Listener> {
  const server = createHttpsServer({ ...serverOptions, ...options.certificate, ALPNProtocols: ['http/1.1'] });
  attach(server, app, false);
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const sockets = new Set<Socket>();
  const front = createNetServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    sort(socket, server);
  });
  // Without a host Node takes IPv6 and IPv4 alike where there is IPv6, and IPv4 elsewhere.
  const where = { port: options.port, ...(options.host === undefined ? {} : { host: options.host }) };
  await listenOn(front, where, `port ${options.port}`);
  const address = front.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    close: (graceMs = 5000) => closeServer(front, server, app, graceMs, sockets),
    setCertificate: (certificate) => server.setSecureContext({ ...certificate }),
  };
}

/** Hands TLS connections to the HTTPS server, and answers plain HTTP with a redirection. */
function sort(socket: Socket, server: Server): void {
  socket.on('error', () => socket.destroy());
  const impatient = setTimeout(() => socket.destroy(), 30_000);
  socket.once('close', () => clearTimeout(impatient));
  socket.once('readable', () => {
    clearTimeout(impatient);
    const first = socket.read() as Buffer | null;
    if (first === null) return socket.destroy();
    const isTls = first[0] === 0x16;
    if (!isTls) return redirect(socket, first);
    socket.unshift(first);
    server.emit('connection', socket);
  });
}

function redirect(socket: Socket, request: Buffer): void {
  const text = request.toString('latin1');
  const target = /^[A-Z]+ (\/[\x21-\x7e]*) HTTP\/1\.[01]\r?\n/.exec(text)?.[1];
  const host = /\r?\nhost: *([A-Za-z0-9.:[\]_-]+) *\r?\n/i.exec(text)?.[1];
  const answer =
    target && host
      ? `HTTP/1.1 301 Moved Permanently\r\nLocation: https://${host}${target}\r\n`
      : 'HTTP/1.1 400 Bad Request\r\n';
  socket.end(`${answer}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Serves the app on a unix socket that only root can open. A stale socket file is replaced. */
export async function listenLocal(app: App, path: string): Promise<Listener> {
  const server = createHttpServer(serverOptions);
  attach(server, app, true);
  await rm(path, { force: true });
  // The file is made with this mask, so that there is no moment in which others could connect.
  const before = process.umask(0o177);
  try {
    const listening = listenOn(server, { path }, path);
    process.umask(before);
    await listening;
  } finally {
    process.umask(before);
  }
  await chmod(path, 0o600);
  return {
    port: 0,
    close: async (graceMs = 5000) => {
      await closeServer(server, server, app, graceMs, new Set());
      await rm(path, { force: true });
    },
    setCertificate: () => {},
  };
}

async function listenOn(
  server: NetServer,
  where: { port: number; host?: string } | { path: string },
  what: string,
): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const text =
      code === 'EADDRINUSE'
        ? `${what} is in use by another program`
        : code === 'EACCES'
          ? `no permission to listen on ${what}`
          : `cannot listen on ${what}: ${String(code)}`;
    throw new AppError('unavailable', text, { cause: error });
  }
}

async function closeServer(
  front: NetServer,
  server: Server,
  app: App,
  graceMs: number,
  sockets: ReadonlySet<Socket>,
): Promise<void> {
  const closed = new Promise<void>((resolve) => front.close(() => resolve()));
  app.close();
  server.closeIdleConnections();
  const cut = setTimeout(() => {
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
  }, graceMs);
  await closed;
  clearTimeout(cut);
}
