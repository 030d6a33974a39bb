// Orders for backups' workers that no process carries out: an archive is a few bytes, and takes a moment.
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import type { WorkerOrder } from '../worker/worker-orders.ts';
import type { RunOrder } from './run-worker.ts';

/** `stepMs`: how long each tenth of a backup takes. */
export function createFakeOrders(stepMs = 100): RunOrder {
  const texts = new Map<string, readonly { readonly name: string; readonly text: string }[]>();
  const run: (...args: Parameters<RunOrder>) => Promise<unknown> = async (
    context,
    order: WorkerOrder,
    options,
  ) => {
    if (order.kind === 'describe')
      return {
        ...{ archiveBytes: 1024, uuid: '', ctime: 0, disks: [], hasState: false, seekable: true },
        texts: texts.get(order.archive.name) ?? [{ name: 'qemu-server.conf', text: 'memory: 512\n' }],
      };
    if (order.kind === 'describe-tar')
      return { archiveBytes: 1024, texts: texts.get(order.archive.name) ?? [] };
    if (order.kind === 'check-frames') return { frames: 1, readBytes: 0 };
    if (order.kind !== 'write-vma' && order.kind !== 'write-tar')
      throw new AppError('unsupported', 'no worker carries this out here');
    const isVma = order.kind === 'write-vma';
    const totalBytes = isVma
      ? order.disks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      : order.tree.estimatedBytes;
    const at = (tenth: number) => ({
      ...{ totalBytes, processedBytes: (totalBytes * tenth) / 10, zeroBytes: (totalBytes * tenth) / 20 },
      archiveBytes: (totalBytes * tenth) / 40,
    });
    for (let tenth = 1; tenth <= 10; tenth += 1) {
      if (stepMs > 0) await delay(stepMs, undefined, { signal: context.signal });
      context.signal.throwIfAborted();
      options?.onProgress?.(at(tenth));
    }
    texts.set(order.archive.name, isVma ? order.texts : order.tree.texts);
    await writeFile(order.archive.path, 'an archive');
    const disks = isVma ? order.disks.map(({ device, sizeBytes }) => ({ device, sizeBytes })) : [];
    return { ...at(10), disks };
  };
  return run as RunOrder;
}
