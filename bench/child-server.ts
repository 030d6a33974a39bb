// Servers under measurement, each a process of its own that says when it is ready: Croft's daemon on fakes, and its peers.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const readyWithinMs = 60_000;

export interface ReadyMessage {
  readonly ready: true;
  readonly port: number;
  /** Of the daemon on fakes. */
  readonly socket?: string;
}

/** One server process. Call `end`. */
export class ChildServer {
  readonly pid: number;
  readonly port: number;
  readonly socket: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, message: ReadyMessage) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.port = message.port;
    this.socket = message.socket ?? '';
  }

  /** Starts `node <args>` and waits until it says that it is ready. */
  static async start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<ChildServer> {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { PATH: process.env['PATH'] ?? '', ...env },
    });
    let output = '';
    child.stderr?.on('data', (data: Buffer) => {
      output = (output + data).slice(-10_000);
    });
    const message = await new Promise<ReadyMessage>((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`not ready in time: ${args.join(' ')}\n${output}`));
      }, readyWithinMs);
      child.on('message', (message: ReadyMessage) => {
        clearTimeout(timer);
        resolve(message);
      });
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        reject(new Error(`ended before it was ready (${code ?? signal}): ${args.join(' ')}\n${output}`));
      });
    });
    return new ChildServer(child, message);
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await gone;
  }
}

/** The daemon on fakes with so many guests, without the checks that are for development. */
export function startDevDaemon(
  guests: number,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = ['server/dev.ts'],
): Promise<ChildServer> {
  return ChildServer.start(args, {
    CROFT_PORT: '0',
    CROFT_DEV_GUESTS: String(guests),
    CROFT_DEV_CHECK_REPLIES: '0',
    CROFT_DEV_CONTAINERS: '0',
    CROFT_DEV_SITUATIONS: '0',
    CROFT_DEV_UI: '0',
    CROFT_DEV_TASKS: '0',
    ...(process.env['CROFT_UI_DIR'] ? { CROFT_UI_DIR: process.env['CROFT_UI_DIR'] } : {}),
    ...env,
  });
}

/** A bare `node:https` server that answers everything with the bytes of a file, or with a word. */
export function startPeer(certificateFile: string, bodyFile = ''): Promise<ChildServer> {
  return ChildServer.start(['bench/https-peer.mjs'], {
    PEER_CERTIFICATE: certificateFile,
    PEER_BODY: bodyFile,
  });
}

/** Resident memory, MiB, of which `anonymous` is the process's own. */
export function memoryOf(pid: number): { rss: number; anonymous: number } {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? Number.NaN) / 1024;
  return { rss: field('VmRSS'), anonymous: field('RssAnon') };
}

/** Processor time used so far, milliseconds (Linux counts in hundredths of a second). */
export function processorMsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
