// Lines of shadow(5). Pure.

/** The text with this password for the user, whose line is made when it is missing. `days`: since 1970, of the change. */
export function withPassword(text: string, user: string, hash: string, days: number): string {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`${user}:`));
  if (at < 0) return `${user}:${hash}:${days}::::::\n${text}`;
  const fields = (lines[at] ?? '').split(':');
  // Name and password, and when it was changed; a date of expiry (the eighth) would keep the new one from working.
  const rest = [fields[3], fields[4], fields[5], fields[6], '', fields[8]].map((field) => field ?? '');
  lines[at] = [user, hash, String(days), ...rest].join(':');
  return lines.join('\n');
}
