// The pure half of the dictionary: filling in values, choosing plural forms.

/** Replaces `{name}` by the value of that name; names without a value stay as they are. */
export function fill(text: string, values?: Readonly<Record<string, string | number>>): string {
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  );
}

/** The key of the plural form that `count` takes in a language; `stem.other` when that form is not there. */
export function pluralKey(
  words: Readonly<Record<string, string>>,
  stem: string,
  count: number,
  locale: string,
): string {
  const key = `${stem}.${new Intl.PluralRules(locale).select(count)}`;
  return Object.hasOwn(words, key) ? key : `${stem}.other`;
}
