// A storage whose calls run in a process of its own, which is started on the first call and ended when a call does not come back.
import { Readable } from 'node:stream';
import type { Storage } from '../../../storage-plugins/plugin.ts';
import { AppError } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { launch, type RunningProcess } from './launch.ts';
import { MessageStreams } from './message-streams.ts';
import {
  isStreamMark,
  isStreamMessage,
  type PluginSource,
  readPlainError,
  type StorageMethod,
  type ToParent,
} from './messages.ts';

/** Processes of one storage that were killed and cannot end, because the kernel waits for a device in their name. */
const mostAbandoned = 3;

const ended = "the storage's process has ended: the storage was changed or removed";

/** What it has beside the contract. */
export interface ProcessControl {
  /** Kills its process, with the programs that it runs; calls under way reject with `unavailable`, the next starts a new one. */
  kill(): void;
  /** Ends its process; calls under way, and all later ones, reject with `unavailable`: the storage is not used any more. */
  end(): void;
  /** Ends its process as soon as nothing is under way in it: another one has taken over, and what was begun here is not to be lost. */
  retire(): void;
  /** Is a process of it still there, also one that was killed and waits in the kernel? */
  readonly runs: boolean;
  /** How many of its processes are gone that had not done all that was asked of them: what they had begun is left behind. */
  readonly lost: number;
}

export interface ProcessStorage extends Storage, ProcessControl {}

export function isProcessStorage(storage: Storage): storage is ProcessStorage {
  return 'kill' in storage;
}

export interface StorageProcessParts {
  readonly plugin: PluginSource;
  readonly id: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** File of `storage-child.ts`, or what it was bundled into. */
  readonly entry: string;
  /** By storage, for all that were opened under the id: how many processes cannot end. */
  readonly abandoned: Map<string, number>;
}

interface Pending {
  readonly context: WorkContext;
  settle(result: { value: unknown } | { error: AppError }): void;
}

const methods: Readonly<Record<StorageMethod, true>> = {
  ...{ check: true, activate: true, deactivate: true, usage: true, list: true, info: true, createDisk: true },
  ...{ annotate: true, remove: true, resize: true, copyDisk: true, snapshot: true, rollback: true },
  ...{ removeSnapshot: true, listSnapshots: true, clone: true, makeBase: true, reassign: true },
  ...{ limitsTrees: true, beginImport: true, writeImport: true, readImport: true, commitImport: true },
  ...{
    discardImport: true,
    sweep: true,
    describeImport: true,
    importPath: true,
    putBeside: true,
    readBeside: true,
    exportStream: true,
    attach: true,
    detach: true,
  },
};

export function openStorageProcess(parts: StorageProcessParts): ProcessStorage {
  const link = new ProcessLink(parts);
  const calls = (Object.keys(methods) as StorageMethod[]).map((method) => {
    const call = (context: WorkContext, ...args: unknown[]) => link.call(method, context, args);
    return [method, call] as const;
  });
  const control: ProcessControl = {
    kill: () => link.kill(),
    end: () => link.end(),
    retire: () => link.retire(),
    get runs() {
      return link.runs;
    },
    get lost() {
      return link.lost;
    },
  };
  return Object.assign(control, Object.fromEntries(calls) as unknown as Storage);
}

class ProcessLink {
  readonly #parts: StorageProcessParts;
  #running: Running | undefined;
  #use: 'in use' | 'retired' | 'ended' = 'in use';
  /** Those that are not gone yet. */
  readonly #there = new Set<Running>();
  /** Of those, the ones that were told to end with nothing to do. */
  readonly #done = new Set<Running>();
  lost = 0;

  constructor(parts: StorageProcessParts) {
    this.#parts = parts;
  }

  get runs(): boolean {
    return this.#there.size > 0;
  }

  async call(method: StorageMethod, context: WorkContext, args: readonly unknown[]): Promise<unknown> {
    if (this.#use === 'ended') throw new AppError('unavailable', ended);
    this.#running ??= this.#start();
    return await this.#running.call(method, context, args);
  }

  kill(): void {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    const { abandoned, id } = this.#parts;
    // Counted until it is really gone: nobody can kill what waits in the kernel.
    abandoned.set(id, (abandoned.get(id) ?? 0) + 1);
    void running.gone.then(() => abandoned.set(id, (abandoned.get(id) ?? 1) - 1));
    running.close("the storage's process was ended: a call did not come back");
    running.process.kill();
  }

  end(): void {
    this.#use = 'ended';
    const running = this.#running;
    this.#letGo();
    running?.close(ended);
  }

  retire(): void {
    if (this.#use === 'in use') this.#use = 'retired';
    if (this.#running?.idle) this.#letGo();
  }

  #letGo(): void {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    if (running.idle) this.#done.add(running);
    running.process.end();
  }

  #start(): Running {
    const { plugin, id, options, entry, abandoned } = this.#parts;
    const stuck = abandoned.get(id) ?? 0;
    if (stuck >= mostAbandoned)
      throw new AppError(
        'unavailable',
        `${stuck} processes of the storage wait for a server or a device and cannot be ended`,
      );
    const running: Running = new Running(launch(entry), {
      onEnd: (reason) => {
        if (this.#running === running) this.#running = undefined;
        this.#there.delete(running);
        if (!this.#done.delete(running)) this.lost += 1;
        running.close(`the storage's process has ended: ${reason}`);
      },
      onIdle: () => {
        if (this.#use === 'retired' && this.#running === running) this.#letGo();
      },
    });
    this.#there.add(running);
    running.process.send({ kind: 'open', plugin, id, options });
    return running;
  }
}

/** One process and the calls that are under way in it. */
class Running {
  readonly process: RunningProcess;
  readonly gone: Promise<void>;
  readonly #pending = new Map<number, Pending>();
  readonly #streams: MessageStreams;
  readonly #onIdle: () => void;
  #next = 1;

  constructor(process: RunningProcess, on: { onEnd(reason: string): void; onIdle(): void }) {
    this.process = process;
    this.#onIdle = () => {
      if (this.idle) on.onIdle();
    };
    this.#streams = new MessageStreams((message) => process.send(message), 'parent', this.#onIdle);
    process.onMessage((message) => this.#take(message));
    this.gone = process.ended.then(on.onEnd);
  }

  /** Is no call and no stream under way? */
  get idle(): boolean {
    return this.#pending.size === 0 && this.#streams.idle;
  }

  call(method: StorageMethod, context: WorkContext, args: readonly unknown[]): Promise<unknown> {
    const number = this.#next;
    this.#next += 1;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const abort = () => this.process.send({ kind: 'abort', call: number });
    const sources = args.filter((arg) => arg instanceof Readable);
    this.#pending.set(number, {
      context,
      settle: (result) => {
        this.#pending.delete(number);
        context.signal.removeEventListener('abort', abort);
        for (const source of sources) source.destroy();
        if ('error' in result) reject(result.error);
        else
          resolve(
            isStreamMark(result.value) ? this.#streams.receive(result.value.streamNumber) : result.value,
          );
        this.#onIdle();
      },
    });
    // The call goes before the first chunk: the other side must know whose it is.
    const marks = args.map((arg) =>
      arg instanceof Readable ? { streamNumber: this.#streams.send(arg) } : arg,
    );
    const { aborted } = context.signal;
    this.process.send({ kind: 'call', call: number, method, args: marks, aborted });
    context.signal.addEventListener('abort', abort, { once: true });
    return promise;
  }

  /** All that is under way ends so. */
  close(reason: string): void {
    for (const { settle } of [...this.#pending.values()])
      settle({ error: new AppError('unavailable', reason) });
    this.#streams.close();
  }

  #take(message: ToParent): void {
    if (isStreamMessage(message)) {
      this.#streams.take(message);
      return;
    }
    if (message.kind === 'declared' || message.kind === 'refused') return;
    const pending = this.#pending.get(message.call);
    if (!pending) return;
    if (message.kind === 'log') pending.context.log(message.line);
    else if (message.kind === 'progress') pending.context.progress(message.fraction);
    else if (message.kind === 'result') pending.settle({ value: message.value });
    else pending.settle({ error: readPlainError(message.error) });
  }
}
