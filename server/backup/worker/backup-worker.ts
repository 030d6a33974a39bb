// The daemon's side of a worker: starts its process, hears what it tells, ends it.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError, asAppError } from '../../core/errors.ts';
import { readPlainError } from '../../storage/isolation/messages.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';
import type { WorkerOrder, WorkerProgress, WorkerResult } from './worker-orders.ts';

/** How workers are started here; from `main.ts`, the same for all. */
export interface WorkerHost {
  /** File of `worker-main.ts`, or what it was bundled into: `workerEntry`. */
  readonly entry: string;
  /** A folder of the daemon's own for sockets, on a local file system, its path at most 60 bytes. */
  readonly runtimeDir: string;
}

export interface WorkerOptions {
  readonly host: WorkerHost;
  /** Ends the worker, as `kill`; `done` rejects with `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: WorkerProgress) => void) | undefined;
  /** For the task's log. */
  readonly onLog?: ((line: string) => void) | undefined;
  /** Of ionice(1), class best-effort: 0 (first) to 7; 8 is the idle class. Undefined: as the daemon has it. */
  readonly ioPriority?: number | undefined;
}

export interface RunningWorker<Order extends WorkerOrder = WorkerOrder> {
  /** Of the process; undefined when it could not be started. */
  readonly pid: number | undefined;
  /**
   * Settles when the process is gone, with all that it started. Rejects with AppErrors: what the order failed with; `cancelled`
   * after `kill` or the signal; `unavailable` when the process ended by itself, or was killed and waits in the kernel for a
   * device or server: then its connections to QEMU are closed all the same.
   */
  readonly done: Promise<WorkerResult<Order>>;
  /** `serve-vma`: it listens. Others: the order was taken. Rejects as `done` when it does not come to that. */
  readonly ready: Promise<void>;
  /** Ends it, whatever it is at: first its connections, then itself. Resolves when `done` has settled; never rejects. Repeatable. */
  kill(): Promise<void>;
}

/** Milliseconds for a worker to hang up and end by itself, before it is killed. */
const graceMs = 2000;
/** Milliseconds that a killed process may take to be gone. */
const goneMs = 10_000;
/** Of V8, each: garbage is collected often, as large buffers hang on small objects. */
const semiSpaceMiB = 2;
const oldSpaceMiB = 128;
/** Of libuv, beside those that compress: reading and writing files. */
const fileThreads = 3;

/** Where the process's code is, told from the file of the daemon's own (`import.meta.url` of `main.ts` or what it was bundled into). */
export function workerEntry(daemon: string): string {
  const beside = daemon.endsWith('.ts') ? './backup/worker/worker-main.ts' : './backup-worker.mjs';
  return fileURLToPath(new URL(beside, daemon));
}

/** Starts a process for one order. Never throws: all that goes wrong comes by `done`. */
export function startBackupWorker<Order extends WorkerOrder>(
  order: Order,
  options: WorkerOptions,
): RunningWorker<Order> {
  const worker = new Worker(options);
  worker.start(order);
  return {
    pid: worker.pid,
    done: worker.done as Promise<WorkerResult<Order>>,
    ready: worker.ready,
    kill: () => worker.kill(),
  };
}

type Outcome = { readonly result: unknown } | { readonly error: AppError };

class Worker {
  readonly done: Promise<unknown>;
  readonly ready: Promise<void>;
  readonly #options: WorkerOptions;
  readonly #done = Promise.withResolvers<unknown>();
  readonly #ready = Promise.withResolvers<void>();
  #child: ChildProcess | undefined;
  #folder: string | undefined;
  /** What it said at its end. */
  #outcome: Outcome | undefined;
  #killed = false;
  #settled = false;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #onAbort = () => void this.kill();

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.done = this.#done.promise;
    this.ready = this.#ready.promise;
    // Who waits for one of them hears of it; the other is not "unhandled".
    this.done.catch(() => undefined);
    this.ready.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(order: WorkerOrder): void {
    const { signal, host } = this.#options;
    if (signal?.aborted) {
      this.#settle({ error: ended() });
      return;
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    try {
      this.#folder = mkdtempSync(join(host.runtimeDir, 'worker-'));
      this.#child = this.#fork(order);
    } catch (error) {
      this.#settle({ error: asAppError(error) });
    }
    if (this.#folder !== undefined) this.#send({ kind: 'order', order, folder: this.#folder });
  }

  async kill(): Promise<void> {
    if (!this.#killed && !this.#settled) {
      this.#killed = true;
      this.#send({ kind: 'end' });
      this.#after(graceMs, () => this.#signalGroup('SIGKILL'));
      this.#after(graceMs + goneMs, () => this.#settle({ error: stuck() }));
    }
    await this.done.catch(() => undefined);
  }

  #fork(order: WorkerOrder): ChildProcess {
    const { host, ioPriority } = this.#options;
    // A notice to systemd or its watchdog is the daemon's own matter.
    const { NOTIFY_SOCKET: _socket, WATCHDOG_USEC: _watchdog, WATCHDOG_PID: _pid, ...env } = process.env;
    const flags = [`--max-semi-space-size=${semiSpaceMiB}`, `--max-old-space-size=${oldSpaceMiB}`];
    const threads = 'zstdThreads' in order ? (order.zstdThreads ?? 1) : 1;
    const class_ = ioPriority === 8 ? ['-c3'] : ['-c2', `-n${ioPriority}`];
    const program =
      ioPriority === undefined
        ? { execArgv: flags }
        : { execPath: 'ionice', execArgv: ['-t', ...class_, process.execPath, ...flags] };
    const child = fork(host.entry, [], {
      ...program,
      env: { ...env, UV_THREADPOOL_SIZE: String(threads + fileThreads) },
      serialization: 'advanced',
      // A group of its own, so that it can be killed together with the programs that it runs.
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.on('message', (message) => this.#take(message as FromWorker));
    child.once('exit', (code, by) => {
      // What it started ends by itself; this is for what does not.
      this.#signalGroup('SIGKILL');
      const reason = new AppError(
        'unavailable',
        `the backup's worker has ended: ${by ?? `exit code ${code}`}`,
      );
      this.#settle(this.#outcome ?? { error: this.#killed ? ended() : reason });
    });
    child.on('error', (cause) => {
      if (child.pid === undefined)
        this.#settle({
          error: new AppError('unavailable', "the backup's worker cannot be started", { cause }),
        });
    });
    return child;
  }

  #take(message: FromWorker): void {
    const { onProgress, onLog } = this.#options;
    if (this.#outcome || this.#settled) return;
    if (message.kind === 'progress') onProgress?.(message.progress);
    else if (message.kind === 'log') onLog?.(message.line);
    else if (message.kind === 'ready') this.#ready.resolve();
    else {
      if (message.kind === 'done') this.#outcome = { result: message.result };
      // A failure of one that was told to end comes of the ending.
      else this.#outcome = { error: this.#killed ? ended() : readPlainError(message.error) };
      // It ends by that.
      if (this.#child?.connected) this.#child.disconnect();
      this.#after(graceMs, () => this.#signalGroup('SIGKILL'));
      this.#after(graceMs + goneMs, () => this.#settle(this.#outcome!));
    }
  }

  #settle(outcome: Outcome): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    if (this.#settled) return;
    this.#settled = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    if ('error' in outcome) {
      this.#done.reject(outcome.error);
      this.#ready.reject(outcome.error);
    } else {
      this.#done.resolve(outcome.result);
      this.#ready.resolve();
    }
  }

  #send(message: ToWorker): void {
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  #after(ms: number, then: () => void): void {
    this.#timers.push(setTimeout(then, ms));
  }

  #signalGroup(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended already.
    }
  }
}

function ended(): AppError {
  return new AppError('cancelled', "the backup's worker was ended");
}

function stuck(): AppError {
  return new AppError(
    'unavailable',
    "the backup's worker was ended, but waits for a device or server that does not answer",
  );
}
