// A real daemon for tests: its own folders, socket, port and guest prefix, so that it meets nobody else's; can be killed and started again.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exec } from '../../server/core/exec.ts';
import { type ApiAnswer, callLocal } from './api.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readyWithinMs = 60_000;

/**
 * Names of cards and bridges are the whole machine's, and another run of the tests may be under way: numbers of guests that have a
 * card, a bridge's name and the beginning of addresses are of this process.
 */
export const firstVmid = 10_000 + (process.pid % 9000) * 100;

export interface DaemonOptions {
  /** The daemon's code, if it is not `server/main.ts`. */
  entry?: string;
  /** The private bridge to make; none by default. */
  privateBridge?: string;
  /** Further variables, such as CROFT_TEST_CRASH_AT. */
  env?: Readonly<Record<string, string>>;
}

/** One daemon under test. Call `dispose` at the end: it ends the daemon and everything that it started. */
export class TestDaemon {
  readonly folder: string;
  readonly guestPrefix: string;
  readonly #options: DaemonOptions;
  #env: Readonly<Record<string, string>> = {};
  #child: ChildProcess | undefined;
  #port = 0;
  #output = '';

  constructor(options: DaemonOptions = {}) {
    // Below /var/lib, not /tmp: QEMU's own user must be able to reach the disk images.
    mkdirSync('/var/lib/croft-tests', { recursive: true, mode: 0o755 });
    this.folder = mkdtempSync('/var/lib/croft-tests/d');
    chmodSync(this.folder, 0o711);
    this.guestPrefix = `${this.folder
      .split('/')
      .at(-1)
      ?.toLowerCase()
      .replace(/[^a-z0-9]/g, 'x')}-`;
    this.#options = options;
  }

  get url(): string {
    return `https://localhost:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get socket(): string {
    return join(this.folder, 'run', 'croft.sock');
  }

  get storagePath(): string {
    return join(this.folder, 'local');
  }

  /** Everything that the daemon wrote to its log. */
  get output(): string {
    return this.#output;
  }

  /** Further variables for every start from now on. */
  setEnv(env: Readonly<Record<string, string>>): void {
    this.#env = { ...this.#env, ...env };
  }

  /** Starts it and waits until it answers. `env` is for this start only. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<this> {
    const child = spawn(
      join(root, 'node_modules/.bin/node'),
      [this.#options.entry ?? join(root, 'server/main.ts')],
      {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: {
          PATH: process.env['PATH'] ?? '',
          // Half the time of a start is spent on reading the sources.
          NODE_COMPILE_CACHE: '/var/cache/croft-tests/node',
          CROFT_PORT: String(this.#port),
          CROFT_ADDRESS: '127.0.0.1',
          CROFT_NODE: 'testnode',
          CROFT_DATA_DIR: join(this.folder, 'data'),
          CROFT_RUNTIME_DIR: join(this.folder, 'run'),
          CROFT_LOCAL_STORAGE: this.storagePath,
          CROFT_GUEST_PREFIX: this.guestPrefix,
          CROFT_PRIVATE_BRIDGE: this.#options.privateBridge ?? '',
          ...this.#options.env,
          ...this.#env,
          ...env,
        },
      },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.#output = (this.#output + data).slice(-1_000_000);
      });
    }
    this.#port = await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the daemon was not ready in time\n${this.#output}`)),
        readyWithinMs,
      );
      child.on('message', (message: { ready?: boolean; port?: number }) => {
        if (message.ready !== true) return;
        clearTimeout(timer);
        resolve(message.port ?? 0);
      });
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        reject(new Error(`the daemon ended before it was ready (${code ?? signal})\n${this.#output}`));
      });
    });
    return this;
  }

  /** Ends it by a signal and waits until it is gone. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  /** Waits until it ended by itself (a crash that the test ordered). */
  async ended(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise((resolve) => child.once('exit', resolve));
  }

  /** Calls a method over the local socket, as root@pam. */
  call(
    verb: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    params: Record<string, unknown> = {},
  ): Promise<ApiAnswer> {
    return callLocal(this.socket, verb, path, params);
  }

  /** Calls a method that must succeed; answers its data. */
  async ok<T = unknown>(
    verb: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    params: Record<string, unknown> = {},
  ): Promise<T> {
    const answer = await this.call(verb, path, params);
    if (answer.status !== 200)
      throw new Error(`${verb} ${path}: ${answer.status} ${answer.reason} ${JSON.stringify(answer.body)}`);
    return answer.body.data as T;
  }

  /** Calls a method that answers a UPID, waits for the task's end, and answers its exit status. */
  async task(
    verb: 'POST' | 'PUT' | 'DELETE',
    path: string,
    params: Record<string, unknown> = {},
  ): Promise<string> {
    const upid = await this.ok<string>(verb, path, params);
    return this.taskEnd(upid);
  }

  async taskEnd(upid: string, withinMs = 120_000): Promise<string> {
    const until = Date.now() + withinMs;
    for (;;) {
      const status = await this.ok<{ status: string; exitstatus?: string }>(
        'GET',
        `/nodes/testnode/tasks/${upid}/status`,
      );
      if (status.status === 'stopped') return status.exitstatus ?? '';
      if (Date.now() > until) throw new Error(`task ${upid} did not end in time`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** The libvirt domains of this daemon that run now. */
  async domains(): Promise<string[]> {
    const { stdout } = await exec('virsh', ['-c', 'qemu:///system', 'list', '--name']);
    return stdout.split('\n').filter((name) => name.startsWith(this.guestPrefix));
  }

  /** Ends the daemon, its guests and its network, and removes its folder. */
  async dispose(): Promise<void> {
    await this.end('SIGKILL');
    for (const name of await this.domains())
      await exec('virsh', ['-c', 'qemu:///system', 'destroy', name], { okExitCodes: [0, 1] });
    const bridge = this.#options.privateBridge;
    if (bridge) await this.#removeBridge(bridge);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #removeBridge(bridge: string): Promise<void> {
    const { removePrivateNet } = await import('../../network/private-net/apply.ts');
    await removePrivateNet(bridge, {
      exec,
      stateDir: join(this.folder, 'data', 'network'),
      runtimeDir: join(this.folder, 'run', 'network'),
    });
  }
}
