// The tables of the metrics file: series, and their slots as packed numbers.
import type { Db } from './database.ts';

export interface SeriesSlot {
  /** Seconds since the epoch at which the slot begins. */
  readonly start: number;
  readonly averages: Readonly<Record<string, number>>;
  readonly maxima: Readonly<Record<string, number>>;
}

export interface SeriesRing {
  write(
    archive: number,
    start: number,
    shape: { readonly step: number; readonly slots: number },
    averages: Readonly<Record<string, number>>,
    maxima: Readonly<Record<string, number>>,
  ): void;
  /** The slot that begins at `start`, when it is still there. */
  read(archive: number, start: number): SeriesSlot | undefined;
  /** All slots of an archive, oldest first. */
  all(archive: number): SeriesSlot[];
}

export interface SeriesTables {
  /** The series of a name, made when there is none. */
  open(name: string): SeriesRing;
  find(name: string): SeriesRing | undefined;
  remove(name: string): void;
  /** Runs all writes in one transaction. */
  together(work: () => void): void;
}

interface SeriesRow {
  id: number;
  fields: string;
}

interface PointRow {
  start: number;
  data: Buffer;
}

export function seriesTables(db: Db): SeriesTables {
  const find = db.prepare<[string], SeriesRow>('SELECT id, fields FROM series WHERE name = ?');
  const insert = db.prepare<[string, number]>(
    "INSERT INTO series (name, fields, updated_at) VALUES (?, '[]', ?)",
  );
  const update = db.prepare<[string, number, number]>(
    'UPDATE series SET fields = ?, updated_at = ? WHERE id = ?',
  );
  const remove = db.prepare<[string]>('DELETE FROM series WHERE name = ?');
  const put = db.prepare<[number, number, number, number, Buffer]>(
    'INSERT OR REPLACE INTO points (series_id, archive, slot, start, data) VALUES (?, ?, ?, ?, ?)',
  );
  const points = db.prepare<[number, number], PointRow>(
    'SELECT start, data FROM points WHERE series_id = ? AND archive = ? ORDER BY start',
  );
  const point = db.prepare<[number, number, number], PointRow>(
    'SELECT start, data FROM points WHERE series_id = ? AND archive = ? AND start = ?',
  );

  function ringOf(row: SeriesRow): SeriesRing {
    const fields = JSON.parse(row.fields) as string[];
    const slotOf = ({ start, data }: PointRow): SeriesSlot => ({ start, ...unpack(fields, data) });
    return {
      write(archive, start, { step, slots }, averages, maxima) {
        const fresh = Object.keys(averages).filter((name) => !fields.includes(name));
        if (fresh.length > 0) {
          fields.push(...fresh);
          update.run(JSON.stringify(fields), start, row.id);
        }
        put.run(row.id, archive, (start / step) % slots, start, pack(fields, averages, maxima));
      },
      read(archive, start) {
        const found = point.get(row.id, archive, start);
        return found && slotOf(found);
      },
      all: (archive) => points.all(row.id, archive).map(slotOf),
    };
  }

  return {
    open(name) {
      if (!find.get(name)) insert.run(name, 0);
      return ringOf(find.get(name)!);
    },
    find(name) {
      const row = find.get(name);
      return row && ringOf(row);
    },
    remove(name) {
      remove.run(name);
    },
    together: (work) => db.transaction(work).immediate(),
  };
}

/** Averages, then maxima, as 8-byte little-endian floats; NaN for what is not known. */
function pack(
  fields: readonly string[],
  averages: Readonly<Record<string, number>>,
  maxima: Readonly<Record<string, number>>,
): Buffer {
  const data = Buffer.alloc(fields.length * 16);
  fields.forEach((name, i) => {
    data.writeDoubleLE(averages[name] ?? Number.NaN, i * 8);
    data.writeDoubleLE(maxima[name] ?? Number.NaN, (fields.length + i) * 8);
  });
  return data;
}

/** Fields that came later than the slot was written are absent. */
function unpack(fields: readonly string[], data: Buffer): Pick<SeriesSlot, 'averages' | 'maxima'> {
  const count = data.length / 16;
  const averages: Record<string, number> = {};
  const maxima: Record<string, number> = {};
  for (let i = 0; i < count; i += 1) {
    const name = fields[i]!;
    const average = data.readDoubleLE(i * 8);
    const maximum = data.readDoubleLE((count + i) * 8);
    if (!Number.isNaN(average)) averages[name] = average;
    if (!Number.isNaN(maximum)) maxima[name] = maximum;
  }
  return { averages, maxima };
}
