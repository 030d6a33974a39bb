// Texts that end in a guest's hardware as they are: what XML and the firmware can hold.

/** Control characters, line breaks included, and what XML 1.0 has no way to write. */
const unprintable = /[\x00-\x1f\x7f\ufffe\uffff]|\p{Surrogate}/u;

/** Does a text hold only what can be shown? */
export function isPlainText(text: string): boolean {
  return !unprintable.test(text);
}

/** A percent-encoded text, decoded; undefined when it is none, or not plain. */
export function decodePlainText(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text);
    return isPlainText(decoded) ? decoded : undefined;
  } catch {
    return undefined;
  }
}
