// The lab's client of a machine's API over TLS: login by password, calls, tasks waited for, uploads with their progress.
import { createReadStream, statSync } from 'node:fs';
import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { callTls } from '../host/api.ts';

export type Verb = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface TaskEnd {
  readonly upid: string;
  /** `OK`, `WARNINGS: ...`, or what failed. */
  readonly exitstatus: string;
}

/** root@pam on one machine. Its certificate is the machine's own: there is nobody to vouch for it. */
export class LabApi {
  readonly port: number;
  readonly #password: string;
  #headers: Readonly<Record<string, string>> | undefined;

  constructor(port: number, password: string) {
    this.port = port;
    this.#password = password;
  }

  /** Waits until the API answers at all, without logging in. */
  async waitUntilUp(withinMs: number, alive: () => boolean = () => true): Promise<void> {
    const until = Date.now() + withinMs;
    for (let last = ''; ; await delay(1000)) {
      try {
        const { status } = await limited(callTls(this.port, 'GET', '/version'), 20_000);
        if (status === 200 || status === 401) return;
        last = `HTTP ${status}`;
      } catch (error) {
        last = String(error);
      }
      if (!alive()) throw new Error(`the machine ended before its API was up (${last})`);
      if (Date.now() > until) throw new Error(`no API within ${withinMs / 1000} s (${last})`);
    }
  }

  /** The reply's `data`. Logs in first when need be; rejects with the API's own words. */
  async call<T = unknown>(verb: Verb, path: string, params: Record<string, unknown> = {}): Promise<T> {
    const headers = await this.login();
    const answer = await callTls(this.port, verb, path, params, headers);
    if (answer.status !== 200)
      throw new Error(`${verb} ${path}: ${answer.status} ${answer.reason} ${JSON.stringify(answer.body)}`);
    return answer.body.data as T;
  }

  /** The name by which the machine knows itself. */
  async node(): Promise<string> {
    const nodes = await this.call<{ node: string }[]>('GET', '/nodes');
    if (!nodes[0]) throw new Error('the API names no node');
    return nodes[0].node;
  }

  /** Waits until a task has ended. Rejects, with the task's log, when it did not end well. */
  async waitTask(upid: string, withinMs: number): Promise<TaskEnd> {
    const path = `/nodes/${upid.split(':')[1]}/tasks/${encodeURIComponent(upid)}`;
    const until = Date.now() + withinMs;
    for (;;) {
      const { status, exitstatus } = await this.call<{ status: string; exitstatus?: string }>(
        'GET',
        `${path}/status`,
      );
      if (status === 'stopped') {
        if (/^(OK|WARNINGS)/.test(exitstatus ?? '')) return { upid, exitstatus: exitstatus! };
        throw new Error(`${upid}: ${exitstatus}\n${await this.#log(path)}`);
      }
      if (Date.now() > until)
        throw new Error(`${upid} still runs after ${withinMs / 1000} s\n${await this.#log(path)}`);
      await delay(500);
    }
  }

  /** Sends a file as the body of a POST, in pieces; answers the reply's `data`. `progress` is told of bytes sent. */
  async upload<T = string>(
    path: string,
    file: string,
    progress: (sentBytes: number, totalBytes: number) => void = () => {},
  ): Promise<T> {
    const headers = await this.login();
    const totalBytes = statSync(file).size;
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          ...{ host: '127.0.0.1', port: this.port, rejectUnauthorized: false, agent: false },
          method: 'POST',
          path: `/api2/json${path}`,
          headers: { 'content-type': 'application/octet-stream', 'content-length': totalBytes, ...headers },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            if (answer.statusCode === 200) resolve((JSON.parse(text) as { data: T }).data);
            else reject(new Error(`POST ${path}: ${answer.statusCode} ${answer.statusMessage} ${text}`));
          });
        },
      );
      outgoing.on('error', reject);
      let sent = 0;
      const bytes = createReadStream(file, { highWaterMark: 256 * 1024 });
      bytes.on('data', (chunk) => {
        sent += chunk.length;
        progress(sent, totalBytes);
      });
      bytes.on('error', (error) => outgoing.destroy(error));
      bytes.pipe(outgoing);
    });
  }

  /** Forgets the ticket, after a restore or a change of password. */
  logOut(): void {
    this.#headers = undefined;
  }

  /** Headers of a logged-in client, for requests that this class does not know. */
  async login(): Promise<Readonly<Record<string, string>>> {
    if (this.#headers) return this.#headers;
    const answer = await callTls(this.port, 'POST', '/access/ticket', {
      username: 'root@pam',
      password: this.#password,
    });
    const { ticket, CSRFPreventionToken: csrf } = (answer.body.data ?? {}) as Record<
      string,
      string | undefined
    >;
    if (ticket === undefined || csrf === undefined)
      throw new Error(`no login: ${answer.status} ${answer.reason}`);
    this.#headers = { cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}`, CSRFPreventionToken: csrf };
    return this.#headers;
  }

  async #log(path: string): Promise<string> {
    const lines = await this.call<{ t: string }[]>('GET', `${path}/log`, { limit: 200 });
    return lines.map(({ t }) => t).join('\n');
  }
}

function limited<T>(promise: Promise<T>, withinMs: number): Promise<T> {
  const late = delay(withinMs, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${withinMs / 1000} s`);
  });
  return Promise.race([promise, late]);
}
