// A daemon for tests of the command line: answers on a unix socket from a table, and remembers what was asked.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Input, Io, Output } from './io.ts';
import { type ExitCode, runCli } from './run-cli.ts';

export interface Asked {
  readonly verb: string;
  /** Without `/api2/json` and query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: string;
  readonly type: string | undefined;
}

/** The answer's `data`, bytes as they are, or a whole reply with a status. */
export type Answerer = (asked: Asked) => unknown | Promise<unknown>;

/** A reply that is not just `data`. */
export class Reply {
  readonly status: number;
  readonly body: object;
  constructor(status: number, body: object) {
    this.status = status;
    this.body = body;
  }
}

export interface Outcome {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

export class FakeDaemon {
  readonly asked: Asked[] = [];
  readonly answers = new Map<string, Answerer>();
  onSocket: (socket: WebSocket, path: string) => void = (socket) => socket.close();
  readonly #folder: string;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(): Promise<FakeDaemon> {
    const daemon = new FakeDaemon(await mkdtemp(join(tmpdir(), 'croft-cli-')));
    const sockets = new WebSocketServer({ noServer: true });
    daemon.#server.on('upgrade', (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (client) => daemon.onSocket(client, request.url ?? '')),
    );
    await new Promise<void>((resolve) => daemon.#server.listen(daemon.socketPath, resolve));
    daemon.on('GET /nodes', () => [{ node: 'pve1' }]);
    return daemon;
  }

  get socketPath(): string {
    return join(this.#folder, 'croft.sock');
  }

  get folder(): string {
    return this.#folder;
  }

  /** `GET /nodes` and what is answered. */
  on(method: string, answerer: Answerer): void {
    this.answers.set(method, answerer);
  }

  /** Runs `croft` against this daemon. `input` makes standard input a pipe with this text; `terminal` a terminal. */
  async run(argv: readonly string[], more: { input?: string; terminal?: Input } = {}): Promise<Outcome> {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const stdin = more.terminal ?? new PassThrough();
    if (!more.terminal) (stdin as PassThrough).end(more.input ?? '');
    const texts = { out: '', err: '' };
    stdout.on('data', (data) => {
      texts.out += String(data);
    });
    stderr.on('data', (data) => {
      texts.err += String(data);
    });
    const io: Io = {
      stdin,
      stdout: stdout as Output,
      stderr: stderr as Output,
      env: { CROFT_SOCKET: this.socketPath },
    };
    const code = await runCli(argv, io);
    stdout.end();
    stderr.end();
    await new Promise((resolve) => setImmediate(resolve));
    return { code, ...texts };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const asked: Asked = {
      verb: request.method ?? '',
      path: decodeURI(url.pathname.replace('/api2/json', '')),
      query: Object.fromEntries(url.searchParams),
      body: Buffer.concat(chunks).toString('latin1'),
      type: request.headers['content-type'],
    };
    this.asked.push(asked);
    const answerer = this.answers.get(`${asked.verb} ${asked.path}`);
    const result = answerer
      ? await answerer(asked)
      : new Reply(501, {
          message: `Method '${asked.verb} ${asked.path}' not implemented\n`,
          code: 'unsupported',
        });
    if (Buffer.isBuffer(result)) {
      response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
      response.end(result);
      return;
    }
    const reply = result instanceof Reply ? result : new Reply(200, { data: result });
    response.writeHead(reply.status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ data: null, ...reply.body }));
  }
}
