// The key `startdate`: what a VM's clock says when it starts.

/** `2030-01-31` or `2030-1-31T8:00:00`, as UTC, in seconds since 1970; undefined when there is no such day or time. */
export function startSeconds(text: string): number | undefined {
  const parts = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:T(\d{1,2}):(\d{1,2}):(\d{1,2}))?$/.exec(text);
  if (!parts) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const same =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  return same && date.getTime() >= 0 ? date.getTime() / 1000 : undefined;
}
