// Amounts as people write them in filters: sizes (`4G`), shares (`50%`), durations (`3d12h`), plain counts.

const powers = ['k', 'm', 'g', 't', 'p'];

/** `512M`, `1.5GiB`, `4tb`, or 0: bytes, in powers of 1024. Without a unit it is undefined: 4 of what? */
export function readBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kmgtp])i?b?$/i.exec(text);
  if (match) return Number(match[1]) * 1024 ** (powers.indexOf((match[2] ?? '').toLowerCase()) + 1);
  return /^0+$/.test(text) ? 0 : undefined;
}

/** `50%` as 0.5. */
export function readShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  return match ? Number(match[1]) / 100 : undefined;
}

const spans: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `90m`, `3d`, `1d12h`, or 0: seconds. */
export function readSeconds(text: string): number | undefined {
  if (/^0+$/.test(text)) return 0;
  if (!/^(?:\d+(?:\.\d+)?[smhdw])+$/i.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)([smhdw])/gi))
    seconds += Number(count) * (spans[unit.toLowerCase()] ?? 0);
  return seconds;
}

/** `101`, `2.5`. */
export function readCount(text: string): number | undefined {
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}
