// Numbers of charts: round scales, and samples as columns. Pure.

export interface Point {
  /** Seconds since the epoch. */
  readonly time: number;
  /** Undefined: not measured; the line breaks there. */
  readonly value: number | undefined;
}

/** A round number at or above `value`, of the steps 1, 2, 5 in the given base (1024 for bytes). */
export function niceCeiling(value: number, base: 1000 | 1024 = 1000): number {
  if (!(value > 0)) return 1;
  let unit = 1;
  if (base === 1024) while (value / unit >= 1024) unit *= 1024;
  const rest = value / unit;
  const power = 10 ** Math.floor(Math.log10(rest));
  const step = [1, 2, 5, 10].find((one) => one * power >= rest * (1 - 1e-9)) ?? 10;
  return step * power * unit;
}

/** One column of all times in their order, then one of values for each series; null where nothing was measured. */
export function columnsOf(series: readonly (readonly Point[])[]): [number[], ...(number | null)[][]] {
  const times = [...new Set(series.flatMap((points) => points.map(({ time }) => time)))].sort(
    (a, b) => a - b,
  );
  const columns = series.map((points) => {
    const values = new Map(points.map(({ time, value }) => [time, value]));
    return times.map((time) => {
      const value = values.get(time);
      return value !== undefined && Number.isFinite(value) ? value : null;
    });
  });
  return [times, ...columns];
}

/** The measured point nearest to a time; undefined when there is none. */
export function nearest(points: readonly Point[], time: number): Point | undefined {
  let best: Point | undefined;
  for (const point of points) {
    if (point.value === undefined) continue;
    if (!best || Math.abs(point.time - time) < Math.abs(best.time - time)) best = point;
  }
  return best;
}
