// Series of measurements in rings of fixed length: fine for the last hour, coarser the further back.
import type { Db } from '../db/database.ts';
import { type SeriesRing, seriesTables } from '../db/series-tables.ts';
import type { Consolidation, ReadSeries, SeriesRow, Timeframe } from './read-series.ts';

/** Seconds of a slot, and how many slots: the archive's number is its place here. Append-only. */
const archives = [
  { timeframe: 'hour', step: 60, slots: 70 },
  { timeframe: 'day', step: 300, slots: 300 },
  { timeframe: 'week', step: 1800, slots: 350 },
  { timeframe: 'month', step: 7200, slots: 380 },
  { timeframe: 'year', step: 86_400, slots: 370 },
  { timeframe: 'decade', step: 604_800, slots: 525 },
] as const satisfies readonly { timeframe: Timeframe; step: number; slots: number }[];

export interface RoundRobinStore {
  /** Adds samples of one moment, by series; times in seconds since the epoch, never going back. */
  record(timeSeconds: number, samples: ReadonlyMap<string, Readonly<Record<string, number>>>): void;
  read: ReadSeries;
  /** Forgets a series: its object is gone. */
  remove(id: string): void;
  /** Writes what is only in memory. */
  flush(): void;
}

/** A slot that is being filled. */
interface Filling {
  start: number;
  count: number;
  readonly sums: Map<string, number>;
  readonly maxima: Map<string, number>;
}

interface Series {
  readonly ring: SeriesRing;
  readonly filling: (Filling | undefined)[];
}

/**
 * Over the metrics file. Of the slots under way, the minute's and one coarser archive's are written each minute, so that
 * no round is long: a crash loses a minute of the last hour, and at most five minutes of a coarser slot.
 */
export function createRoundRobinStore(db: Db): RoundRobinStore {
  const tables = seriesTables(db);
  const known = new Map<string, Series>();
  let lastFlush = 0;
  let lastTime = 0;
  let turn = 0;

  function seriesOf(id: string): Series {
    let series = known.get(id);
    if (!series) {
      series = { ring: tables.open(id), filling: [] };
      known.set(id, series);
    }
    return series;
  }

  function add(
    series: Series,
    archive: number,
    time: number,
    values: Readonly<Record<string, number>>,
  ): void {
    const { step } = archives[archive]!;
    const start = Math.floor(time / step) * step;
    let slot = series.filling[archive];
    if (slot?.start !== start) {
      if (slot) write(series, archive, slot);
      slot = resume(series, archive, start, time);
      series.filling[archive] = slot;
    }
    slot.count += 1;
    for (const [name, value] of Object.entries(values)) {
      slot.sums.set(name, (slot.sums.get(name) ?? 0) + value);
      slot.maxima.set(name, Math.max(slot.maxima.get(name) ?? Number.NEGATIVE_INFINITY, value));
    }
  }

  /** A slot that a former life began is gone on with, weighted by the part of it that had passed. */
  function resume(series: Series, archive: number, start: number, time: number): Filling {
    const slot: Filling = { start, count: 0, sums: new Map(), maxima: new Map() };
    const kept = series.ring.read(archive, start);
    if (!kept) return slot;
    slot.count = Math.max(1, Math.round((time - start) / 10));
    for (const [name, value] of Object.entries(kept.averages)) slot.sums.set(name, value * slot.count);
    for (const [name, value] of Object.entries(kept.maxima)) slot.maxima.set(name, value);
    return slot;
  }

  function write(series: Series, archive: number, slot: Filling): void {
    const averages = Object.fromEntries([...slot.sums].map(([name, sum]) => [name, sum / slot.count]));
    series.ring.write(archive, slot.start, archives[archive]!, averages, Object.fromEntries(slot.maxima));
  }

  function flush(): void {
    tables.together(() => {
      for (const series of known.values()) {
        series.filling.forEach((slot, archive) => {
          if (slot) write(series, archive, slot);
        });
      }
    });
  }

  function writeMinute(): void {
    turn = (turn % (archives.length - 1)) + 1;
    for (const series of known.values()) {
      for (const archive of [0, turn]) {
        const slot = series.filling[archive];
        if (slot) write(series, archive, slot);
      }
    }
  }

  return {
    record(timeSeconds, samples) {
      lastTime = Math.max(lastTime, timeSeconds);
      tables.together(() => {
        for (const [id, values] of samples) {
          const series = seriesOf(id);
          for (let archive = 0; archive < archives.length; archive += 1)
            add(series, archive, timeSeconds, values);
        }
        if (timeSeconds - lastFlush < 60) return;
        lastFlush = timeSeconds;
        writeMinute();
      });
    },
    read(id, timeframe, consolidation) {
      const archive = archives.findIndex((candidate) => candidate.timeframe === timeframe);
      const series = known.get(id);
      const slot = series?.filling[archive];
      if (series && slot) write(series, archive, slot);
      return rows(tables.find(id), archive, consolidation, lastTime);
    },
    remove(id) {
      known.delete(id);
      tables.remove(id);
    },
    flush,
  };
}

/** Slots that nothing was written to since hold what was long ago: what is older than the ring is long is left out. */
function rows(
  ring: SeriesRing | undefined,
  archive: number,
  consolidation: Consolidation,
  now: number,
): SeriesRow[] {
  if (!ring) return [];
  const { step, slots } = archives[archive]!;
  return ring
    .all(archive)
    .filter(({ start }) => start > now - step * slots)
    .map(({ start, averages, maxima }) => ({
      time: start,
      ...(consolidation === 'MAX' ? maxima : averages),
    }));
}
