// What a restore asks of the worker that reads archives: short calls over one process each, bounded by their context.
import type { WorkContext } from '../../core/work-context.ts';
import type {
  ArchiveDescription,
  ArchiveFile,
  DescribedTree,
  RestoredDisks,
  RestoredTree,
  RestoreTarOrder,
  RestoreVmaOrder,
  ServeVmaOrder,
} from '../worker/worker-orders.ts';

/** All calls end with their context's signal, and reject with AppErrors. */
export interface ArchiveWorker {
  /** What a VMA archive says of itself, reading as little as possible. Texts are as strangers wrote them. */
  describe(context: WorkContext, archive: ArchiveFile): Promise<ArchiveDescription>;
  /** Writes disks of the archive to volumes that nobody has open; resolves when all of it is flushed. */
  restoreDisks(context: WorkContext, order: Omit<RestoreVmaOrder, 'kind'>): Promise<RestoredDisks>;
  /** What a container's archive says of itself, read from its beginning. As strangers wrote it. */
  describeTree(context: WorkContext, archive: ArchiveFile): Promise<DescribedTree>;
  /** Unpacks a container's archive into volumes that are mounted and empty, until its last byte. */
  restoreTree(context: WorkContext, order: Omit<RestoreTarOrder, 'kind'>): Promise<RestoredTree>;
  /**
   * Serves disks of an archive by NBD, read-only; resolves when it listens, and goes on until it is stopped or the daemon ends, whatever
   * the context says then. `unsupported` for an archive that cannot be read from anywhere.
   */
  serve(context: WorkContext, order: Omit<ServeVmaOrder, 'kind'>): Promise<ServedArchive>;
}

export interface ServedArchive {
  /** Hangs up and ends. Repeatable; never rejects. */
  stop(): Promise<void>;
}
