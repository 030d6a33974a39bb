// The daemon's measuring: a round every ten seconds over node, guests and storages, into the lists and the rings.
import type { Clock } from '../core/clock.ts';
import { asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { Db } from '../db/database.ts';
import type { BalloonWatch } from '../guests/balloon-watch.ts';
import type { GuestBoard } from '../guests/guest-board.ts';
import type { GuestDriver, GuestStats } from '../guests/guest-driver.ts';
import type { NodeService } from '../node/node-service.ts';
import type { StorageService } from '../storage/storage-service.ts';
import { GuestRateMeter, type GuestRates } from './guest-rates.ts';
import type { ReadSeries } from './read-series.ts';
import { createRoundRobinStore } from './round-robin-store.ts';

export interface MetricsParts {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly node: string;
  /** Those that are reached by now: guests of the others are not measured. */
  readonly drivers: () => readonly Pick<GuestDriver, 'kind' | 'stats'>[];
  readonly board: GuestBoard;
  readonly nodes: NodeService;
  readonly storage: Pick<StorageService, 'resources'>;
  readonly balloons: Pick<BalloonWatch, 'measured'>;
}

export interface Metrics {
  readonly read: ReadSeries;
  /** Forgets a series, for instance of a guest that was removed: another may get its number. */
  forget(id: string): void;
  /** Measures the node now, so that its line in the lists is fresh. */
  refreshNode(): void;
  stop(): void;
}

const intervalMs = 10_000;
/** Asking many guests costs QEMU's time: a round never takes more than a tenth of the whole. */
const restFactor = 10;

export function startMetrics(parts: MetricsParts): Metrics {
  const { clock, log, node, drivers, board, nodes, storage } = parts;
  const rings = createRoundRobinStore(parts.db);
  const meter = new GuestRateMeter();
  const stopping = new AbortController();

  async function measureGuests(
    samples: Map<string, Record<string, number>>,
    host: { readonly totalBytes: number; readonly usedBytes: number },
  ): Promise<void> {
    const now = clock.now();
    const rounds = await Promise.allSettled(
      drivers().map(async (driver) => (await driver.stats()).map((guest) => ({ kind: driver.kind, guest }))),
    );
    const all = rounds.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    const guests = all.map(({ guest }) => guest);
    parts.balloons.measured(host, guests);
    const rates = meter.measure(now, guests);
    for (const { kind, guest: stats } of all) {
      const rate = rates.get(stats.vmid);
      board.measure(
        stats.vmid,
        {
          cpu: rate?.cpu ?? 0,
          mem: memoryOf(stats),
          ...(stats.swapBytes === undefined ? {} : { swap: stats.swapBytes }),
          netin: stats.netInBytes,
          netout: stats.netOutBytes,
          diskread: stats.diskReadBytes,
          diskwrite: stats.diskWriteBytes,
        },
        now,
      );
      if (rate) samples.set(`${kind}/${stats.vmid}`, sampleOf(stats, rate));
    }
    const failed = rounds.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async function round(): Promise<void> {
    const samples = new Map<string, Record<string, number>>();
    const host = await nodes.measure();
    samples.set(`node/${node}`, { ...host });
    for (const item of storage.resources()) {
      if (item.status === 'available')
        samples.set(item.id, { total: item.maxdisk ?? 0, used: item.disk ?? 0 });
    }
    try {
      await measureGuests(samples, { totalBytes: host.memtotal, usedBytes: host.memused });
    } finally {
      if (!stopping.signal.aborted) rings.record(Math.floor(clock.now() / 1000), samples);
    }
  }

  void (async () => {
    while (!stopping.signal.aborted) {
      const began = clock.now();
      try {
        await round();
      } catch (error) {
        if (!stopping.signal.aborted)
          log.warn({ detail: asAppError(error).detail }, 'a round of measuring failed');
      }
      const took = clock.now() - began;
      await clock
        .sleep(Math.max(intervalMs - took, took * restFactor, 1000), stopping.signal)
        .catch(() => {});
    }
  })();

  return {
    read: rings.read,
    forget: rings.remove,
    refreshNode: () => void nodes.measure().catch(() => {}),
    stop() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      rings.flush();
    },
  };
}

/** What the guest uses of its memory; without its own word, what the host gives for it. */
function memoryOf(stats: GuestStats): number {
  return stats.memoryBytes ?? stats.residentBytes ?? 0;
}

function sampleOf(stats: GuestStats, rate: GuestRates): Record<string, number> {
  return { ...rate, maxcpu: stats.cpus, mem: memoryOf(stats) };
}
