// The name that the log-in page offers: that of who wanted to be remembered in this browser.

export interface Remembered {
  readonly name: string;
  readonly realm: string | undefined;
}

const rememberKey = 'croft.user';

/** Who logged in here last and wanted to be remembered; `name@realm` is kept as it was typed and chosen. */
export function remembered(): Remembered | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(rememberKey) ?? 'null');
    if (typeof value !== 'object' || value === null) return undefined;
    const { name, realm } = value as { name?: unknown; realm?: unknown };
    if (typeof name !== 'string' || name === '') return undefined;
    return { name, realm: typeof realm === 'string' ? realm : undefined };
  } catch {
    return undefined;
  }
}

export function remember(who: Remembered | undefined): void {
  try {
    if (who === undefined) localStorage.removeItem(rememberKey);
    else localStorage.setItem(rememberKey, JSON.stringify(who));
  } catch {
    // Storage is blocked: nobody is remembered.
  }
}
