// The time zones of this system (tzfile(5)), for checking answers.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Each part as the database names places: `America/Argentina/Buenos_Aires`, `Etc/GMT+1`; not its tables and rules. */
const zoneName = /^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*){0,2}$/;

/** Names with their folders, sorted; undefined where the folder is not there. */
export function listTimezones(folder = '/usr/share/zoneinfo'): string[] | undefined {
  try {
    return (
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, '/').length))
        // `Factory` is for systems on which nobody has chosen.
        .filter((name) => zoneName.test(name) && name !== 'Factory')
        .sort()
    );
  } catch {
    return undefined;
  }
}
