// The process of a worker: carries out one order of the daemon's, and is gone with it.
import { setPriority } from 'node:os';
import { plainError } from '../../storage/isolation/messages.ts';
import { runOrder } from './run-order.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';
import type { WorkerProgress } from './worker-orders.ts';

/** Milliseconds between two messages about progress. */
const progressMs = 500;

/** Of nice(1): guests and the daemon come first, and all there is when they want nothing. Its programs and later threads inherit it. */
const niceness = 10;

const ending = new AbortController();

function send(message: FromWorker): void {
  // A daemon that is gone is told nothing; `disconnect` follows.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

process.on('message', (message: ToWorker) => {
  if (message.kind === 'end') ending.abort();
  else {
    // A guest waits for what is served.
    if (message.order.kind !== 'serve-vma') setPriority(niceness);
    void carryOut(message);
  }
});

// Connections to QEMU are closed by this, whatever threads wait for. Those in a dead file system would keep an ordinary exit.
process.on('exit', () => {
  ending.abort();
  process.kill(process.pid, 'SIGKILL');
});
process.on('disconnect', () => process.exit());
// The daemon's own end comes by `disconnect`: a signal for the whole group of processes is not for this one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

async function carryOut({ order, folder }: Extract<ToWorker, { kind: 'order' }>): Promise<void> {
  let ask: (() => WorkerProgress) | undefined;
  let told = '';
  const tell = () => {
    if (!ask) return;
    const progress = ask();
    const text = JSON.stringify(progress);
    if (text === told) return;
    told = text;
    send({ kind: 'progress', progress });
  };
  const timer = setInterval(tell, progressMs);
  try {
    const result = await runOrder(order, {
      signal: ending.signal,
      folder,
      log: (line) => send({ kind: 'log', line }),
      ready: () => send({ kind: 'ready' }),
      watch: (progress) => {
        ask = progress;
      },
    });
    tell();
    send({ kind: 'done', result });
  } catch (error) {
    send({ kind: 'failed', error: plainError(error) });
  } finally {
    clearInterval(timer);
  }
}
