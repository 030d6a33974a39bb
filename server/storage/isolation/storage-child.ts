// The process of one isolated storage: opens its plugin and carries out the calls that the daemon sends, until that is gone.
import { Readable } from 'node:stream';
import type { Storage, StoragePlugin } from '../../../storage-plugins/plugin.ts';
import { AppError } from '../../core/errors.ts';
import { exec } from '../../core/exec.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { builtInPlugins } from '../storage-types.ts';
import { MessageStreams } from './message-streams.ts';
import {
  isStreamMark,
  isStreamMessage,
  type PluginSource,
  plainError,
  type ToChild,
  type ToParent,
} from './messages.ts';
import { importPlugin } from './plugin-folder.ts';

const streams = new MessageStreams(send, 'child');
const running = new Map<number, AbortController>();
let opening: Promise<Storage> | undefined;

function send(message: ToParent): void {
  // A daemon that is gone is told nothing; `disconnect` follows.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

process.on('message', (message: ToChild) => {
  if (isStreamMessage(message)) return streams.take(message);
  if (message.kind === 'open') return open(message);
  if (message.kind === 'abort') return running.get(message.call)?.abort();
  void answer(message);
});

// Threads that hang in a dead file system would keep an ordinary exit waiting. The programs that run are ended before, by
// the listener that `exec` has.
process.on('exit', () => process.kill(process.pid, 'SIGKILL'));
process.on('disconnect', () => process.exit());
// The daemon's own end comes by `disconnect`: a signal for the whole group of processes is not for this one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

function open({ plugin, id, options }: Extract<ToChild, { kind: 'open' }>): void {
  const found = findPlugin(plugin);
  if (id === undefined) {
    found.then(
      ({ declaration }) => send({ kind: 'declared', declaration }),
      (error: unknown) => send({ kind: 'refused', error: plainError(error) }),
    );
    return;
  }
  opening = found.then((opened) => opened.open(id, options));
  // Every call tells it.
  opening.catch(() => {});
}

async function findPlugin({ type, folder }: PluginSource): Promise<StoragePlugin> {
  if (folder !== undefined) return await importPlugin(folder, exec);
  const found = builtInPlugins(exec).find(({ declaration }) => declaration.type === type);
  if (!found) throw new AppError('internal', `no storage plugin of type '${type}'`);
  return found;
}

async function answer({ call, method, args, aborted }: Extract<ToChild, { kind: 'call' }>): Promise<void> {
  const abort = new AbortController();
  if (aborted) abort.abort();
  running.set(call, abort);
  const context: WorkContext = {
    signal: abort.signal,
    log: (line) => send({ kind: 'log', call, line }),
    progress: (fraction) => send({ kind: 'progress', call, fraction }),
  };
  // At once, before anything is waited for: chunks may come with the next message.
  const received: Readable[] = [];
  const given = args.map((arg) => {
    if (!isStreamMark(arg)) return arg;
    const stream = streams.receive(arg.streamNumber);
    received.push(stream);
    return stream;
  });
  try {
    const storage = await opening;
    if (!storage) throw new AppError('internal', 'no storage is open');
    const run = storage[method] as (context: WorkContext, ...rest: unknown[]) => Promise<unknown>;
    const value = await run.call(storage, context, ...given);
    send({
      kind: 'result',
      call,
      value: value instanceof Readable ? { streamNumber: streams.send(value) } : value,
    });
  } catch (error) {
    send({ kind: 'failed', call, error: plainError(error) });
  } finally {
    running.delete(call);
    for (const stream of received) stream.destroy();
  }
}
