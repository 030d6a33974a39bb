// Times as a clock on the wall of a node shows them: a log is written, and asked for, in the node's time zone. Pure.

const parts = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
} as const;

function formatFor(zone: string): Intl.DateTimeFormat {
  const options = { ...parts, second: '2-digit', hourCycle: 'h23' } as const;
  try {
    return new Intl.DateTimeFormat('en-US', { ...options, timeZone: zone });
  } catch {
    // A zone that this browser does not know.
    return new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' });
  }
}

/** `2026-11-21T14:03:09` in the zone, of milliseconds since the epoch. */
export function wallTime(at: number, zone: string): string {
  const found = Object.fromEntries(
    formatFor(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const { year, month, day, hour, minute, second } = found;
  return `${year?.padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}`;
}

/**
 * Milliseconds since the epoch of `2026-11-21T14:03` (seconds are optional) in the zone; undefined when it is no time. An hour
 * that comes twice is taken as the first, one that is left out as if the clock had not been changed.
 */
export function epochOf(wall: string, zone: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(wall)) return undefined;
  const asUtc = Date.parse(`${wall}Z`);
  if (Number.isNaN(asUtc)) return undefined;
  const offsetAt = (at: number) => Date.parse(`${wallTime(at, zone)}Z`) - at;
  const candidates = [...new Set([offsetAt(asUtc - 86_400_000), offsetAt(asUtc + 86_400_000)])]
    .map((offset) => asUtc - offset)
    .sort((a, b) => a - b);
  return candidates.find((at) => at + offsetAt(at) === asUtc) ?? candidates.at(-1);
}
