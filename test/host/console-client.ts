// The tests' own client of consoles: a WebSocket over TLS with a login cookie, as a browser opens it.
import { WebSocket } from 'ws';
import { callTls } from './api.ts';
import type { TestDaemon } from './daemon.ts';
import { eventually } from './wait.ts';

export interface Login {
  readonly userid: string;
  readonly cookie: string;
  /** For calls that change something. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ConsoleGrant {
  readonly port: number;
  readonly ticket: string;
  readonly user: string;
}

/** Makes a user who may do everything, and logs in over TLS. */
export async function logIn(daemon: TestDaemon, name: string): Promise<Login> {
  const userid = `${name}@pve`;
  const password = 'a password of tests';
  await daemon.ok('POST', '/access/users', { userid, password });
  await daemon.ok('PUT', '/access/acl', { path: '/', roles: 'Administrator', users: userid });
  const answer = await callTls(daemon.port, 'POST', '/access/ticket', { username: userid, password });
  const { ticket, CSRFPreventionToken } = answer.body.data as { ticket: string; CSRFPreventionToken: string };
  const cookie = `PVEAuthCookie=${encodeURIComponent(ticket)}`;
  return { userid, cookie, headers: { cookie, CSRFPreventionToken } };
}

/** Asks for a console over TLS; `shell` is of containers only. */
export async function openConsole(
  daemon: TestDaemon,
  login: Login,
  vmid: number,
  method: 'vncproxy' | 'termproxy' | 'shell',
  kind: 'qemu' | 'lxc' = 'qemu',
  params: Record<string, unknown> = {},
): Promise<ConsoleGrant> {
  const path = `/nodes/testnode/${kind}/${vmid}/${method}`;
  const answer = await callTls(daemon.port, 'POST', path, params, { ...login.headers });
  if (answer.status !== 200) throw new Error(`${method}: ${answer.status} ${answer.reason}`);
  return answer.body.data as ConsoleGrant;
}

export class ConsoleClient {
  readonly #socket: WebSocket;
  #received = '';
  closed: number | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      this.#received += data.toString('latin1');
    });
    socket.on('close', (code) => {
      this.closed = code;
    });
    socket.on('error', () => {});
  }

  /** Rejects with `HTTP <status>` when the daemon refuses. */
  static connect(
    { port, node = 'testnode' }: { readonly port: number; readonly node?: string },
    vmid: number,
    grant: Pick<ConsoleGrant, 'port' | 'ticket'>,
    headers: Readonly<Record<string, string>>,
    kind: 'qemu' | 'lxc' = 'qemu',
  ): Promise<ConsoleClient> {
    const query = new URLSearchParams({ port: String(grant.port), vncticket: grant.ticket });
    // The certificate is the daemon's own: there is nobody to vouch for it on loopback.
    const socket = new WebSocket(
      `wss://127.0.0.1:${port}/api2/json/nodes/${node}/${kind}/${vmid}/vncwebsocket?${query}`,
      ['binary'],
      { rejectUnauthorized: false, headers },
    );
    const client = new ConsoleClient(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(client));
      socket.once('unexpected-response', (request, answer) => {
        reject(new Error(`HTTP ${answer.statusCode}`));
        request.destroy();
      });
      socket.once('error', reject);
    });
  }

  get received(): string {
    return this.#received;
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  /** Types into a terminal. */
  type(text: string): void {
    this.send(`0:${Buffer.byteLength(text)}:${text}`);
  }

  /** Says how large the terminal is. */
  resize(columns: number, rows: number): void {
    this.send(`1:${columns}:${rows}:`);
  }

  /** Waits until the text arrived; everything up to its end is then forgotten. */
  async expect(text: string, withinMs = 20_000): Promise<void> {
    await eventually(
      `'${text}' on the console, which said ${JSON.stringify(this.#received.slice(-300))}`,
      withinMs,
      () => this.#received.includes(text),
    );
    this.#received = this.#received.slice(this.#received.indexOf(text) + text.length);
  }

  close(): void {
    this.#socket.terminate();
  }
}
