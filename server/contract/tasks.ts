// Tasks as the API shows them.

/** One line of `/cluster/tasks` and `/nodes/{node}/tasks`. Times are seconds since the epoch. */
export interface TaskItem {
  readonly upid: string;
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  readonly starttime: number;
  readonly endtime?: number;
  readonly type: string;
  /** The object, usually the vmid; empty for none. */
  readonly id: string;
  readonly user: string;
  /** `OK`, `WARNINGS: n` or the error text; absent while it runs. */
  readonly status?: string;
  /** Croft's own: the exact state, what it waits for, 0 to 1, and a sentence for people (`VM 100 - Start`). */
  readonly state: string;
  readonly waitingFor?: string;
  readonly progress?: number;
  /** Croft's own, of what reads or writes much while it runs: how many bytes of what it does now are done, and of how many. */
  readonly bytes?: { readonly done: number; readonly total: number };
  readonly description: string;
  readonly cancellable: boolean;
}
