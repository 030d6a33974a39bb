// YAML of plain data: mappings and lists in blocks, every text quoted as JSON has it, so that no value can become structure.

export type YamlValue =
  | string
  | number
  | boolean
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue | undefined };

/** Keys are the caller's own words, plain ones; values may be anybody's. Entries that are undefined are left out. */
export function renderYaml(value: { readonly [key: string]: YamlValue | undefined }): string {
  return linesOf(value).join('\n').concat('\n');
}

function linesOf(value: YamlValue): string[] {
  if (typeof value !== 'object') return [scalar(value)];
  if (isList(value)) return value.length === 0 ? ['[]'] : value.flatMap((item) => under('- ', item));
  const entries = Object.entries(value).flatMap(([key, item]) =>
    item === undefined ? [] : [[key, item] as const],
  );
  if (entries.length === 0) return ['{}'];
  return entries.flatMap(([key, item]) => {
    const lines = linesOf(item);
    return isEmptyOrScalar(item) ? [`${key}: ${lines[0]}`] : [`${key}:`, ...lines.map((line) => `  ${line}`)];
  });
}

function under(mark: string, item: YamlValue): string[] {
  return linesOf(item).map((line, at) => `${at === 0 ? mark : ' '.repeat(mark.length)}${line}`);
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

function isEmptyOrScalar(value: YamlValue): boolean {
  return typeof value !== 'object' || Object.values(value).every((item) => item === undefined);
}

/**
 * A double-quoted scalar of JSON is one of YAML 1.2 (section 1.3). What YAML takes for a line end or does not take at all, and JSON
 * leaves as it is, is written as an escape (YAML 1.2, section 5.1).
 */
function scalar(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.toWellFormed()).replace(
    /[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
