// What is kept of a job's runs on this node: the newest one, and up to when its times are dealt with. Survives the daemon.
import type { ClusterStore, Json } from '../../cluster/cluster-store.ts';
import { jobKey } from './job-document.ts';

export type RunEnd = 'ok' | 'warnings' | 'failed' | 'cancelled' | 'interrupted' | 'nothing';

/** Times in milliseconds since the epoch. */
export type JobRun = {
  readonly startedAt: number;
  /** The time of the schedule that it is for; null when somebody asked for it. */
  readonly due: number | null;
  /** Missing until its task is there. */
  readonly upid?: string;
  readonly state: 'running' | RunEnd;
  readonly endedAt?: number;
  /** How it ended, in words. */
  readonly status?: string;
};

export type JobRuns = {
  /** Times of the schedule up to this one are dealt with. */
  readonly handledUntil: number;
  readonly last?: JobRun;
};

/** Of a job's backups, and of the restores of them that it tries. */
export type RunsOf = 'backup-runs' | 'backup-test-runs';

/** Reads and writes them; of this node alone. A job's runs are forgotten with it. */
export class JobRunStore {
  readonly #store: ClusterStore;
  readonly #node: string;

  readonly #kind: RunsOf;

  constructor(store: ClusterStore, node: string, kind: RunsOf = 'backup-runs') {
    this.#store = store;
    this.#node = node;
    this.#kind = kind;
  }

  read(id: string): JobRuns | undefined {
    return this.#store.read(this.#key(id))?.value as JobRuns | undefined;
  }

  /** The ids that something is kept of. */
  ids(): string[] {
    const start = this.#key('');
    return this.#store
      .list(this.#kind)
      .filter(({ key }) => key.startsWith(start))
      .map(({ key }) => key.slice(start.length));
  }

  /** Writes down a run that begins. Nothing may begin that this rejects for. */
  async begin(id: string, run: JobRun, handledUntil: number): Promise<void> {
    await this.#store.write(this.#key(id), { handledUntil, last: run } satisfies JobRuns as Json);
  }

  /** Changes the newest run, when it is still that one and its job is still there. */
  async change(id: string, run: JobRun, handledUntil?: number): Promise<void> {
    const kept = this.read(id);
    if (kept?.last?.startedAt !== run.startedAt || !this.#store.read(jobKey(id))) return;
    const changed: JobRuns = { handledUntil: handledUntil ?? kept.handledUntil, last: run };
    await this.#store.write(this.#key(id), changed as Json);
  }

  async forget(id: string): Promise<void> {
    if (this.#store.read(this.#key(id))) await this.#store.delete(this.#key(id));
  }

  watch(listener: (id: string) => void): () => void {
    const start = this.#key('');
    return this.#store.watch(this.#kind, ({ key }) => {
      if (key.startsWith(start)) listener(key.slice(start.length));
    });
  }

  /** Names of nodes hold no colon. */
  #key(id: string): string {
    return `${this.#kind}/${this.#node}:${id}`;
  }
}
