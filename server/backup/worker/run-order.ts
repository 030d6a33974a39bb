// Which part of the worker carries out which order.
import { checkTarArchive, describeTarArchive, restoreTar, writeTarArchive } from '../trees/tar-work.ts';
import { checkArchive, checkFrames } from './check-archive.ts';
import { describeArchive } from './describe-archive.ts';
import { restoreVma } from './restore-vma.ts';
import { serveVma } from './serve-vma.ts';
import type { Work } from './work.ts';
import type { WorkerOrder, WorkerResult } from './worker-orders.ts';
import { writeVma } from './write-vma.ts';

/** Rejects with AppErrors, or with the system's own. */
export async function runOrder(order: WorkerOrder, work: Work): Promise<WorkerResult> {
  if (order.kind !== 'serve-vma') work.ready();
  switch (order.kind) {
    case 'write-vma':
      return await writeVma(order, work);
    case 'check':
      return /\.(tgz|tar(\.\w+)?)$/.test(order.archive.name)
        ? await checkTarArchive(order, work)
        : await checkArchive(order, work);
    case 'check-frames':
      return await checkFrames(order, work);
    case 'describe':
      return await describeArchive(order);
    case 'describe-tar':
      return await describeTarArchive(order, work);
    case 'restore-vma':
      return await restoreVma(order, work);
    case 'restore-tar':
      return await restoreTar(order, work);
    case 'write-tar':
      return await writeTarArchive(order, work);
    case 'serve-vma':
      return await serveVma(order, work);
  }
}
