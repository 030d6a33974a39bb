// What backups cost beside their time: how late the daemon's event loop was, and the memory of the workers.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const pollMs = 50;
/** The daemon is left alone for so long before it is given work. */
export const idleMs = 5000;

/** Of the daemon's loop, in milliseconds. */
interface LoopDelay {
  readonly longestMs: number;
  /** The most that the loop's own thread worked in a tenth of a second: how late it was beyond that it waited for a processor, or the disk. */
  readonly busyMs: number;
}

/** Watches one daemon, started with `env`. */
export class BackupWatch {
  /** In memory, so that the daemon never waits for it. */
  readonly #file = `/dev/shm/croft-bench-loop-${process.pid}`;
  #peakMiB = 0;
  #since = 0;
  #until = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    writeFileSync(this.#file, '');
  }

  /** For the daemon's start. */
  get env(): Readonly<Record<string, string>> {
    const preload = fileURLToPath(new URL('./loop-watch.mjs', import.meta.url));
    return { NODE_OPTIONS: `--import=${preload}`, BENCH_LOOP_FILE: this.#file };
  }

  /** Looks while the work is done. */
  async during(daemonPid: number, work: () => Promise<void>): Promise<void> {
    this.#since ||= Date.now();
    this.#timer = setInterval(() => this.#look(daemonPid), pollMs);
    try {
      await work();
    } finally {
      clearInterval(this.#timer);
      this.#until = Date.now();
    }
  }

  /** The highest resident memory of any worker, as the kernel keeps it. */
  get workerPeakMiB(): number {
    return this.#peakMiB;
  }

  /** While the daemon had nothing to do, for so long before the first work; and from then until the last work. */
  loopDelays(): { readonly idle: LoopDelay; readonly working: LoopDelay } {
    return {
      idle: this.#longest(this.#since - idleMs, this.#since),
      working: this.#longest(this.#since, this.#until),
    };
  }

  close(): void {
    rmSync(this.#file, { force: true });
  }

  #longest(from: number, to: number): LoopDelay {
    const seen = readFileSync(this.#file, 'utf8')
      .split('\n')
      .map((line) => line.split(' ').map(Number))
      .filter(([at = 0]) => at > from && at <= to)
      .sort(([, a = 0], [, b = 0]) => b - a);
    const [, longestMs] = seen[0] ?? [];
    const busyMs = Math.max(...seen.map(([, , busy = 0]) => busy));
    if (longestMs === undefined) throw new Error('the daemon was not watched');
    return { longestMs, busyMs };
  }

  #look(daemonPid: number): void {
    for (const pid of childrenOf(daemonPid)) {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('backup-worker')) continue;
        const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        this.#peakMiB = Math.max(this.#peakMiB, Number(kib ?? 0) / 1024);
      } catch {
        // It has ended meanwhile.
      }
    }
  }
}

function childrenOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    try {
      return readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean);
    } catch {
      return [];
    }
  });
}
