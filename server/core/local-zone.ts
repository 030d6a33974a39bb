// The time zone of this node: /etc/localtime is a link to it, /etc/timezone names it (localtime(5)).
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `Europe/Rome`; `UTC` where nothing says otherwise. Read anew each time: a process that runs for long has the zone of its start in its
 * environment. `root` is replaced in tests.
 */
export function readLocalZone(root = '/'): string {
  try {
    const zone = /\/zoneinfo\/(.+)$/.exec(readlinkSync(join(root, 'etc/localtime')))?.[1];
    if (zone !== undefined) return zone;
  } catch {
    // A copy of the zone's file, or none.
  }
  try {
    return readFileSync(join(root, 'etc/timezone'), 'utf8').trim() || 'UTC';
  } catch {
    return 'UTC';
  }
}
