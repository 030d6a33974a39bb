// Archives read by real workers: a process for each call.
import type { WorkContext } from '../../core/work-context.ts';
import { startBackupWorker, type WorkerHost } from '../worker/backup-worker.ts';
import type { WorkerOrder, WorkerResult } from '../worker/worker-orders.ts';
import type { ArchiveWorker } from './archive-worker.ts';

export function createWorkerArchives(host: WorkerHost): ArchiveWorker {
  const run = <Order extends WorkerOrder>(context: WorkContext, order: Order): Promise<WorkerResult<Order>> =>
    startBackupWorker(order, {
      ...{ host, signal: context.signal },
      onLog: (line) => context.log(line),
      onProgress: ({ processedBytes, totalBytes }) => {
        const bytes = { done: processedBytes, total: totalBytes };
        if (totalBytes > 0) context.progress(Math.min(1, processedBytes / totalBytes), bytes);
      },
    }).done;
  return {
    describe: (context, archive) => run(context, { kind: 'describe', archive }),
    restoreDisks: (context, order) => run(context, { kind: 'restore-vma', ...order }),
    describeTree: (context, archive) => run(context, { kind: 'describe-tar', archive }),
    restoreTree: (context, order) => run(context, { kind: 'restore-tar', ...order }),
    async serve(context, order) {
      const worker = startBackupWorker(
        { kind: 'serve-vma', ...order },
        { host, onLog: (line) => context.log(line) },
      );
      const giveUp = () => void worker.kill();
      context.signal.addEventListener('abort', giveUp, { once: true });
      try {
        await worker.ready;
      } finally {
        context.signal.removeEventListener('abort', giveUp);
      }
      return { stop: () => worker.kill() };
    },
  };
}
