// The node's own terminal over WebSocket and TLS: a shell of root for root, a question for everybody else, and nothing left behind.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { callTls } from './api.ts';
import { logIn } from './console-client.ts';
import { TestDaemon } from './daemon.ts';
import { eventually } from './wait.ts';

const why =
  process.getuid?.() !== 0
    ? 'root is needed'
    : existsSync('/usr/bin/login') || existsSync('/bin/login')
      ? undefined
      : 'login is not installed';
if (why !== undefined) process.stderr.write(`the node's terminal is not tested: ${why}\n`);

const daemon = new TestDaemon();
const node = '/nodes/testnode';
let rootToken: Record<string, string>;

/** One terminal, as a browser has it. */
class Terminal {
  readonly #socket: WebSocket;
  received = '';
  closed: number | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      this.received += data.toString('latin1');
    });
    socket.on('close', (code) => {
      this.closed = code;
    });
    socket.on('error', () => {});
  }

  static async open(headers: Record<string, string>): Promise<Terminal> {
    const answer = await callTls(daemon.port, 'POST', `${node}/termproxy`, {}, headers);
    if (answer.status !== 200) throw new Error(`termproxy: ${answer.status} ${answer.reason}`);
    const { port, ticket, user } = answer.body.data as { port: number; ticket: string; user: string };
    const query = new URLSearchParams({ port: String(port), vncticket: ticket });
    const url = `wss://127.0.0.1:${daemon.port}/api2/json${node}/vncwebsocket?${query}`;
    const socket = new WebSocket(url, ['binary'], { rejectUnauthorized: false, headers });
    const terminal = new Terminal(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    socket.send(`${user}:${ticket}\n`);
    await terminal.expect('OK');
    return terminal;
  }

  type(text: string): void {
    this.#socket.send(`0:${Buffer.byteLength(text)}:${text}`);
  }

  resize(columns: number, rows: number): void {
    this.#socket.send(`1:${columns}:${rows}:`);
  }

  async expect(text: string): Promise<void> {
    await eventually(`'${text}', but there is ${JSON.stringify(this.received.slice(-300))}`, 20_000, () =>
      this.received.includes(text),
    );
    this.received = this.received.slice(this.received.indexOf(text) + text.length);
  }

  close(): void {
    this.#socket.terminate();
  }
}

const runs = (pattern: string) => spawnSync('pgrep', ['-f', pattern]).status === 0;
/** Programs below the daemon. */
const children = () =>
  spawnSync('pgrep', ['--parent', String(daemon.pid), '-x', 'login'])
    .stdout.toString()
    .trim();

beforeAll(async () => {
  await daemon.start();
  const { value } = await daemon.ok<{ value: string }>('POST', '/access/users/root@pam/token/shell', {
    privsep: 0,
  });
  rootToken = { Authorization: `PVEAPIToken=root@pam!shell=${value}` };
});
afterAll(() => daemon.dispose());

describe.skipIf(why !== undefined)("the node's terminal", () => {
  it('is a shell of root, as large as the client says', async () => {
    const terminal = await Terminal.open(rootToken);
    terminal.type('echo I am $(id -un) on $(tty) in $PWD\r');
    await terminal.expect('I am root on /dev/pts/');
    await terminal.expect('in /root');
    terminal.resize(131, 41);
    terminal.type('sleep 0.3; stty size\r');
    await terminal.expect('41 131');
    terminal.type('exit\r');
    await eventually('the end of the connection', 10_000, () => terminal.closed !== undefined);
    expect(terminal.closed).toBe(1000);
    expect(children()).toBe('');
  });

  it('leaves no process behind when the window is closed', async () => {
    const terminal = await Terminal.open(rootToken);
    terminal.type('sleep 4714 & sleep 4715\r');
    await eventually('the programs', 10_000, () => runs('sleep 4714') && runs('sleep 4715'));
    terminal.close();
    await eventually('their end', 15_000, () => !runs('sleep 471[45]') && children() === '');
  });

  it('ends what does not hear the hang-up, but not what was started to go on', async () => {
    const terminal = await Terminal.open(rootToken);
    terminal.type(
      "nohup sleep 4717 >/dev/null 2>&1 & bash -c 'trap : HUP; while :; do sleep 1; done; : deaf4718'\r",
    );
    await eventually('the programs', 10_000, () => runs('sleep 4717') && runs('deaf4718'));
    terminal.close();
    await eventually('the end of the deaf one', 15_000, () => !runs('deaf4718') && children() === '');
    expect(runs('sleep 4717')).toBe(true);
    const [left] = spawnSync('pgrep', ['-x', '-f', 'sleep 4717']).stdout.toString().split('\n');
    process.kill(Number(left));
  });

  it('asks users of other realms for a name and a password of this machine', async () => {
    const { headers } = await logIn(daemon, 'operator');
    const terminal = await Terminal.open({ ...headers });
    await terminal.expect('login: ');
    terminal.type('nobody-here\r');
    await terminal.expect('Password: ');
    expect(terminal.received).not.toContain('#');
    terminal.close();
    await eventually('its end', 15_000, () => children() === '');
  });

  it('is for those who may use consoles of the node', async () => {
    await daemon.ok('POST', '/access/users', { userid: 'guest@pve', password: 'a password of tests' });
    await daemon.ok('PUT', '/access/acl', { path: '/', roles: 'PVEAuditor', users: 'guest@pve' });
    const login = await callTls(daemon.port, 'POST', '/access/ticket', {
      ...{ username: 'guest@pve', password: 'a password of tests' },
    });
    const { ticket, CSRFPreventionToken } = login.body.data as Record<string, string>;
    const headers = {
      cookie: `PVEAuthCookie=${encodeURIComponent(ticket ?? '')}`,
      CSRFPreventionToken: CSRFPreventionToken ?? '',
    };
    await expect(Terminal.open(headers)).rejects.toThrow('termproxy: 403');
  });

  it('does not outlive the daemon', async () => {
    const terminal = await Terminal.open(rootToken);
    terminal.type('sleep 4716\r');
    await eventually('the program', 10_000, () => runs('sleep 4716'));
    await daemon.end();
    await eventually('its end', 10_000, () => !runs('sleep 4716'));
    terminal.close();
  });
});
