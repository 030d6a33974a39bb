// The time zone of this node: /etc/localtime is a link to it, /etc/timezone names it (localtime(5)).
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidInput } from '../core/errors.ts';
import { readLocalZone } from '../core/local-zone.ts';
import { replaceLink, replaceText } from './replace-file.ts';

export interface TimeZone {
  /** `Europe/Rome`. */
  read(): string;
  /** Throws `invalid-input` unless this node has that zone. */
  write(zone: string): Promise<void>;
}

const folder = 'usr/share/zoneinfo';

/** `root` is replaced in tests. */
export function createTimeZone(root = '/', environment: NodeJS.ProcessEnv = process.env): TimeZone {
  return {
    read: () => readLocalZone(root),
    async write(zone) {
      if (!(await isZone(join(root, folder), zone)))
        throw invalidInput({
          timezone: `'${zone}' is no time zone of this node: write one such as Europe/Rome`,
        });
      await replaceLink(join(root, 'etc/localtime'), `/${folder}/${zone}`);
      await replaceText(join(root, 'etc/timezone'), `${zone}\n`);
      // Setting it makes Node forget the zone that it found when it started; programs started from here inherit it.
      environment['TZ'] = zone;
    },
  };
}

/** Names of zones hold no dots, so none leads elsewhere; every zone's file begins with `TZif` (tzfile(5)). */
async function isZone(zones: string, zone: string): Promise<boolean> {
  if (zone.length > 64 || !/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+){0,2}$/.test(zone)) return false;
  const file = await open(join(zones, zone), 'r').catch(() => undefined);
  if (!file) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.toString('latin1') === 'TZif';
  } catch {
    // A folder, such as `Europe`.
    return false;
  } finally {
    await file.close();
  }
}

/** Seconds by which the zone is ahead of UTC at that time (milliseconds since the epoch); 0 for a zone that Node does not know. */
export function zoneOffsetSeconds(zone: string, atMs: number): number {
  try {
    const parts = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' },
    }).formatToParts(atMs);
    const value = (type: string) => Number(parts.find((part) => part.type === type)?.value);
    const local = Date.UTC(
      ...([
        value('year'),
        value('month') - 1,
        value('day'),
        value('hour'),
        value('minute'),
        value('second'),
      ] as const),
    );
    return Math.round(local / 1000) - Math.floor(atMs / 1000);
  } catch {
    return 0;
  }
}
