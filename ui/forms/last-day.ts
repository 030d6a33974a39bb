// When an account or a token ends, as people say it: by its last day, in the time zone of the browser. Pure.

/** `2026-03-31` of what ends at `expire` (seconds since the epoch); empty for what does not end (0 or nothing). */
export function lastDayOf(expire: number | undefined): string {
  if (!expire) return '';
  // What ends at midnight ends with the day before.
  const date = new Date((expire - 1) * 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The midnight after the day, in seconds since the epoch; 0 for no day. */
export function endOf(day: string): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day.trim());
  if (!match) return 0;
  const date = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + 1);
  return Math.max(0, Math.floor(date.getTime() / 1000));
}

/** What to send when the day was `before` and now is `day`: nothing unless it was changed, so that an exact hour stays. */
export function expireParam(before: number | undefined, day: string): { expire?: number } {
  return lastDayOf(before) === day ? {} : { expire: endOf(day) };
}

export function isOver(expire: number | undefined, nowSeconds: number): boolean {
  return expire !== undefined && expire !== 0 && expire <= nowSeconds;
}
