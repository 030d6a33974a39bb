// What this browser remembers of the frame; where storage is blocked, it lasts as long as the page.

/** Null when there is nothing, or storage is blocked. */
export function readKept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function keep(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    // Blocked or full: the choice lasts as long as the page.
  }
}
