// A configuration with what waits for the guest's next start, as `.../pending` answers it.

export interface PendingLine {
  readonly key: string;
  readonly value?: unknown;
  readonly pending?: unknown;
  readonly delete?: number;
}

/** The value of a key, and what becomes of it. */
export function renderPending({ value, pending, delete: deleted }: PendingLine): string {
  const now = value === undefined ? '' : String(value);
  if (deleted) return `${now} (goes away at the next start)`.trim();
  return pending === undefined ? now : `${now} (${String(pending)} from the next start)`.trim();
}
