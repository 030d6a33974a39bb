// Geometry of charts: scales and paths. Pure.

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

/** The runs of measured points between gaps. */
export function runs(points: readonly Point[]): { time: number; value: number }[][] {
  const result: { time: number; value: number }[][] = [];
  let open: { time: number; value: number }[] | undefined;
  for (const { time, value } of points) {
    if (value === undefined || !Number.isFinite(value)) open = undefined;
    else if (open) open.push({ time, value });
    else {
      open = [{ time, value }];
      result.push(open);
    }
  }
  return result;
}

export interface Box {
  readonly from: number;
  readonly to: number;
  readonly max: number;
  readonly width: number;
  readonly height: number;
}

export function xOf(time: number, box: Box): number {
  return box.to === box.from ? 0 : round(((time - box.from) / (box.to - box.from)) * box.width);
}
export function yOf(value: number, box: Box): number {
  return round(box.height - (Math.min(value, box.max) / box.max) * box.height);
}

/** SVG paths of the line and of the area below it. */
export function paths(points: readonly Point[], box: Box): { line: string; area: string } {
  let line = '';
  let area = '';
  for (const run of runs(points)) {
    const steps = run.map((p) => `${xOf(p.time, box)} ${yOf(p.value, box)}`);
    line += `M${steps.join('L')}`;
    // A line of no length, which a round cap makes a dot.
    if (run.length === 1) line += `L${steps[0]}`;
    const first = run[0];
    const last = run.at(-1);
    if (first && last)
      area += `M${xOf(first.time, box)} ${box.height}L${steps.join('L')}L${xOf(last.time, box)} ${box.height}Z`;
  }
  return { line, area };
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

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
