// A list kept in the browser as JSON; whatever else is found there is an empty list.

export function readKeptList(stored: string | null): unknown[] {
  try {
    const list: unknown = JSON.parse(stored ?? '[]');
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
