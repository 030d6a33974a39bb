// A client over TLS that keeps one connection, and tells how long an answer took to arrive whole.
import { Agent, request } from 'node:https';
import { devPassword, devUser } from '../server/dev.ts';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly ms: number;
}

export class TlsClient {
  // The certificates are made for this run: on loopback there is nobody to vouch for them.
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  readonly #port: number;
  #headers: Record<string, string> = {};

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends everything from now on as the development server's user. */
  async logIn(): Promise<this> {
    const form = new URLSearchParams({ username: devUser, password: devPassword }).toString();
    const { body } = await this.send('POST', '/api2/json/access/ticket', form);
    const { ticket, CSRFPreventionToken } = JSON.parse(body.toString()).data;
    this.#headers = { cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}`, CSRFPreventionToken };
    return this;
  }

  send(method: 'GET' | 'POST', path: string, form = ''): Promise<Answer> {
    const began = performance.now();
    const headers =
      method === 'GET'
        ? this.#headers
        : { 'content-type': 'application/x-www-form-urlencoded', ...this.#headers };
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.#port, agent: this.#agent, method, path, headers };
      const outgoing = request(options, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            body: Buffer.concat(chunks),
            ms: performance.now() - began,
          }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end(form);
    });
  }

  /** A `GET` that must succeed. */
  async get(path: string): Promise<Answer> {
    const answer = await this.send('GET', path);
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.body}`);
    return answer;
  }

  close(): void {
    this.#agent.destroy();
  }
}
