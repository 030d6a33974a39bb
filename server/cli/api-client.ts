// Speaks the API over the daemon's local socket, where the caller is root@pam by being able to open it.
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WebSocket } from 'ws';
import type { Verb } from '../contract/method.ts';
import { AppError, type ErrorCode } from '../core/errors.ts';

/** Values as typed: the daemon reads numbers and booleans from text. Several values of one key make a list. */
export type Params = Readonly<Record<string, string | number | readonly string[]>>;

/** An answer with what stands beside `data`. */
export interface Answer<T> {
  readonly data: T;
  /** Of lists that are cut: how many there are in all. */
  readonly total: number | undefined;
}

export class ApiClient {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Calls a method by its path (`/nodes/pve1/status`). Rejects with the daemon's error, or `unavailable` without a daemon. */
  async call<T>(verb: Verb, path: string, params: Params = {}): Promise<T> {
    return (await this.callFull<T>(verb, path, params)).data;
  }

  /** As `call`, with `total`. */
  async callFull<T>(verb: Verb, path: string, params: Params = {}): Promise<Answer<T>> {
    const inBody = verb === 'POST' || verb === 'PUT';
    const query = inBody ? '' : renderQuery(params);
    const body = inBody ? JSON.stringify(params) : undefined;
    const headers: Record<string, string | number> =
      body === undefined
        ? {}
        : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    return this.#send<T>({ method: verb, path: `/api2/json${path}${query}`, headers }, body);
  }

  /** Sends a body of known length that is made up of parts, such as an upload. */
  async send<T>(path: string, contentType: string, lengthBytes: number, body: Readable): Promise<T> {
    const headers = { 'Content-Type': contentType, 'Content-Length': lengthBytes };
    return (await this.#send<T>({ method: 'POST', path: `/api2/json${path}`, headers }, body)).data;
  }

  /** Sends bytes, as many as there are, to a method that takes them as they are. */
  async put(path: string, params: Params, body: Readable): Promise<void> {
    const headers = { 'Content-Type': 'application/octet-stream' };
    await this.#send({ method: 'PUT', path: `/api2/json${path}${renderQuery(params)}`, headers }, body);
  }

  /** The bytes that a method answers with. Rejects as `call` does when it answers an error instead. */
  async fetch(path: string, params: Params): Promise<Readable> {
    const response = await this.#request({
      method: 'GET',
      path: `/api2/json${path}${renderQuery(params)}`,
    });
    if (response.statusCode !== 200) await readAnswer(response, this.#socketPath);
    return response;
  }

  /** Opens a WebSocket of the API. It may still fail: listen for `error` and `unexpected-response`. */
  webSocket(path: string, params: Params): WebSocket {
    return new WebSocket(`ws://localhost/api2/json${path}${renderQuery(params)}`, ['binary'], {
      createConnection: () => connect(this.#socketPath),
      perMessageDeflate: false,
    });
  }

  async #send<T>(options: RequestOptions, body: string | Readable | undefined): Promise<Answer<T>> {
    return readAnswer<T>(await this.#request(options, body), this.#socketPath);
  }

  #request(options: RequestOptions, body?: string | Readable): Promise<IncomingMessage> {
    return new Promise<IncomingMessage>((resolve, reject) => {
      // A connection of its own each time: the end of the last answer lets the program end at once.
      const outgoing = request({ ...options, socketPath: this.#socketPath, agent: false }, resolve);
      outgoing.on('error', (error) => reject(connectionError(error, this.#socketPath)));
      if (body === undefined || typeof body === 'string') outgoing.end(body);
      // The daemon may answer (and refuse) before it has read everything: then its answer counts, not the broken pipe.
      else pipeline(body, outgoing).catch((error) => reject(connectionError(error, this.#socketPath)));
    });
  }
}

async function readAnswer<T>(response: IncomingMessage, socketPath: string): Promise<Answer<T>> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (error) {
    throw connectionError(error, socketPath);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const status = response.statusCode ?? 0;
  let reply: Record<string, unknown>;
  try {
    reply = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new AppError('internal', `the daemon answered ${status} with something other than JSON`, { cause });
  }
  if (status !== 200) throw readError(reply, response.statusMessage ?? `status ${status}`);
  return { data: reply['data'] as T, total: typeof reply['total'] === 'number' ? reply['total'] : undefined };
}

/** The daemon's error as it was thrown there. */
function readError(reply: Record<string, unknown>, reason: string): AppError {
  const message = typeof reply['message'] === 'string' ? reply['message'].trim() : reason;
  const code = typeof reply['code'] === 'string' ? (reply['code'] as ErrorCode) : 'internal';
  const options = {
    ...(isRecord(reply['errors']) ? { fields: reply['errors'] as Record<string, string> } : {}),
    ...(isRecord(reply['details']) ? { data: reply['details'] } : {}),
  };
  return new AppError(code, message, options);
}

function connectionError(error: unknown, socketPath: string): AppError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ECONNREFUSED')
    return new AppError('unavailable', `the Croft daemon is not running: nobody answers at ${socketPath}`, {
      data: { hint: "start it with 'systemctl start croft', or with 'npm start' in a checkout" },
      cause: error,
    });
  if (code === 'EACCES' || code === 'EPERM')
    return new AppError('forbidden', `only root may use the daemon's socket ${socketPath}`, {
      data: { hint: 'run the command as root, for instance with sudo' },
      cause: error,
    });
  if (error instanceof AppError) return error;
  return new AppError('unavailable', 'the connection to the Croft daemon broke off', {
    detail: String(error),
    cause: error,
  });
}

function renderQuery(params: Params): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params))
    for (const item of Array.isArray(value) ? value : [value]) query.append(key, String(item));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
