// Property strings as forms take them apart: `local:iso/a.iso,media=cdrom`. The daemon checks; this only splits and joins.

export interface PropertyString {
  /** The value without a name at the front; empty when there is none. */
  readonly lead: string;
  /** The rest in order. */
  readonly options: ReadonlyMap<string, string>;
}

export function parseProperties(text: string): PropertyString {
  let lead = '';
  const options = new Map<string, string>();
  text.split(',').forEach((part, i) => {
    // A volume's path may hold `=`, an option's name holds no `:` or `/`.
    const match = /^([A-Za-z0-9_-]+)=(.*)$/s.exec(part.trim());
    if (match?.[1] !== undefined) options.set(match[1], match[2] ?? '');
    else if (i === 0) lead = part.trim();
  });
  return { lead, options };
}

export function renderProperties(value: PropertyString): string {
  const parts = value.lead === '' ? [] : [value.lead];
  for (const [name, option] of value.options) parts.push(`${name}=${option}`);
  return parts.join(',');
}

/** Is a switch on? As the API writes switches, and as people do. */
export function isOn(value: string | undefined): boolean {
  return ['1', 'on', 'yes', 'true'].includes((value ?? '').toLowerCase());
}

/** The same string with options set, or removed where undefined. */
export function withOptions(
  value: PropertyString,
  changes: Readonly<Record<string, string | undefined>>,
): PropertyString {
  const options = new Map(value.options);
  for (const [name, option] of Object.entries(changes)) {
    if (option === undefined) options.delete(name);
    else options.set(name, option);
  }
  return { lead: value.lead, options };
}
