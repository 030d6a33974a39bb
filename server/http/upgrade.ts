// Answers requests for WebSockets: the same way as any request up to the handler, then the handler gets the socket.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { AppError, asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { type ApiCall, type ApiParts, prepareCall } from './api-call.ts';
import { addressOf } from './authenticator.ts';
import { errorReply, notImplemented } from './error-reply.ts';
import { apiHeaders, renderError, splitApiPath } from './pve-wire.ts';
import type { SocketTaker } from './route.ts';

const pingEveryMs = 30_000;
/** Consoles send little and often; nothing a client sends us in one message is larger. */
const maxMessageBytes = 1024 * 1024;

export class Upgrades {
  readonly #parts: ApiParts;
  readonly #log: Logger;
  readonly #server: WebSocketServer;
  readonly #heard = new WeakSet<WebSocket>();
  readonly #timer: NodeJS.Timeout;

  constructor(parts: ApiParts, log: Logger) {
    this.#parts = parts;
    this.#log = log;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      // The API's clients ask for `binary` and give up when it is not confirmed.
      handleProtocols: (offered) => (offered.has('binary') ? 'binary' : ([...offered][0] ?? false)),
    });
    this.#timer = setInterval(() => this.#pingAll(), pingEveryMs);
    this.#timer.unref();
  }

  /** Ends sockets whose other side has not answered the last ping. */
  #pingAll(): void {
    for (const socket of this.#server.clients) {
      if (!this.#heard.has(socket)) socket.terminate();
      else {
        this.#heard.delete(socket);
        socket.ping();
      }
    }
  }

  handle(incoming: IncomingMessage, socket: Duplex, head: Buffer, local: boolean): void {
    // A client that goes away while its request is looked at must not bring the daemon down.
    const ignore = (): void => {};
    socket.on('error', ignore);
    this.#prepare(incoming, socket, local)
      .then((take) => {
        if (socket.destroyed) return;
        this.#server.handleUpgrade(incoming, socket, head, (client) => {
          socket.off('error', ignore);
          this.#open(client, take);
        });
      })
      .catch((thrown: unknown) => refuse(socket, thrown));
  }

  #open(client: WebSocket, take: SocketTaker): void {
    this.#heard.add(client);
    client.on('pong', () => this.#heard.add(client));
    client.on('error', (error) => this.#log.debug({ detail: error.message }, 'WebSocket failed'));
    try {
      take(client);
    } catch (thrown) {
      this.#log.error({ detail: asAppError(thrown).detail }, 'WebSocket handler failed');
      client.close(1011);
    }
  }

  async #prepare(incoming: IncomingMessage, socket: Duplex, local: boolean): Promise<SocketTaker> {
    if (!sameOrigin(incoming))
      throw new AppError('forbidden', 'WebSockets are only for pages of this server');
    const [path = '/', query = ''] = splitOnce(incoming.url ?? '/');
    const target = splitApiPath(path);
    if (target?.format !== 'json') throw notImplemented('GET', path);
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    const call: ApiCall = {
      method: incoming.method ?? 'GET',
      path: target.path,
      query,
      header: (name) => headerText(incoming.headers[name]),
      headerCount: incoming.rawHeaders.length / 2,
      address: addressOf(incoming, local),
      local,
      signal: gone.signal,
      request: undefined,
      incoming,
      outgoing: undefined,
    };
    const { route, request } = await prepareCall(call, this.#parts);
    if (!route.upgrade) throw new AppError('invalid-input', 'this method answers no WebSocket');
    return route.upgrade(request);
  }

  /** Closes every socket, telling the other side that the server goes away. */
  close(): void {
    clearInterval(this.#timer);
    for (const client of this.#server.clients) client.close(1001);
  }
}

/**
 * A browser says which page opened the socket, and sends the cookie whoever asks: only our own pages may.
 * Programs send no origin.
 */
function sameOrigin(incoming: IncomingMessage): boolean {
  const origin = incoming.headers.origin;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === incoming.headers.host;
}

function splitOnce(url: string): string[] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

/** An ordinary HTTP error on a connection that was to become a WebSocket. */
function refuse(socket: Duplex, thrown: unknown): void {
  if (socket.destroyed) return;
  const { status, reason, body } = renderError('json', errorReply(thrown));
  const headers = { ...apiHeaders, 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(Buffer.from(`HTTP/1.1 ${status} ${reason ?? ''}\r\n${lines.join('')}\r\n`, 'latin1'));
  socket.end(body);
}
