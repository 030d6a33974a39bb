// Small rules that several forms share. Pure; the daemon has the last word.

export function wholeNumber(text: string): number | undefined {
  return /^\d{1,12}$/.test(text.trim()) ? Number(text) : undefined;
}

/** What stands between blanks, commas and semicolons. */
export function words(text: string): string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}

/** A whole number of at least `least`. */
export function isAtLeast(text: string, least: number): boolean {
  return (wholeNumber(text) ?? -1) >= least;
}

/** A number that a guest can have. */
export function isVmid(text: string): boolean {
  const vmid = wholeNumber(text);
  return vmid !== undefined && vmid >= 100 && vmid <= 999_999_999;
}

/** RFC 1123: labels of letters, digits and hyphens, with dots between. */
export function isHostName(text: string): boolean {
  return /^(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/.test(
    text,
  );
}
