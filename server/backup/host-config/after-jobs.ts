// Backs the configuration up to where a job has put its guests, when it has run and something was changed since the last time.
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import { asAppError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { quietContext } from '../../core/work-context.ts';
import { findJob } from '../jobs/job-document.ts';
import { JobRunStore } from '../jobs/job-runs.ts';
import type { HostConfig } from './host-config.ts';
import { configTargets, listStoredConfigs } from './stored-configs.ts';

export interface AfterJobsParts {
  readonly node: string;
  readonly store: ClusterStore;
  readonly config: HostConfig;
  readonly log: Pick<Logger, 'warn'>;
  /** Begins the task that backs up to the storage, and resolves when it has ended. */
  backUp(storage: string): Promise<void>;
}

export interface AfterJobs {
  close(): void;
  /** Resolves when nothing is under way. For tests. */
  settled(): Promise<void>;
}

/** From now on. What fails is told in the log and by its task: the next run tries again. */
export function backUpAfterJobs(parts: AfterJobsParts): AfterJobs {
  const { node, store, config, log } = parts;
  const runs = new JobRunStore(store, node);
  const seen = new Map<string, number>();
  // One storage at a time, and each once, however many jobs end meanwhile.
  const wanted = new Set<string>();
  let working: Promise<void> = Promise.resolve();
  let closed = false;

  const work = async () => {
    for (const storage of wanted) {
      wanted.delete(storage);
      if (closed) return;
      try {
        if (await isDue(storage)) await parts.backUp(storage);
      } catch (error) {
        const { message, detail } = asAppError(error);
        log.warn({ storage, detail }, `the configuration could not be backed up: ${message}`);
      }
    }
  };

  async function isDue(storage: string): Promise<boolean> {
    if (!configTargets(config.parts.storages, node).includes(storage)) return false;
    const known = config.target(storage);
    if (known?.digest !== (await config.digest())) return true;
    // Nothing is different; but is it still there?
    const there = await listStoredConfigs(config.parts.storages, quietContext(), storage);
    return !there.some(({ volid }) => volid === known.volid);
  }

  const stop = runs.watch((id) => {
    const last = runs.read(id)?.last;
    if (last === undefined || last.state === 'running' || last.state === 'nothing') return;
    if (seen.get(id) === last.startedAt) return;
    seen.set(id, last.startedAt);
    const storage = findJob(store, id)?.options.storage;
    if (storage === undefined) return;
    wanted.add(storage);
    working = working.then(work);
  });
  return {
    close() {
      closed = true;
      stop();
    },
    settled: () => working,
  };
}
