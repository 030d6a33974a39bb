// What the pages about configuration backups read: which there are, what differs from one, and the words for it.
import { createMemo } from 'solid-js';
import type {
  ConfigArea,
  ConfigBackupItem,
  ConfigComparison,
  ConfigItem,
} from '../../../server/contract/config-backups.ts';
import { configAreas } from '../../../server/contract/config-backups.ts';
import type { ApiMap } from '../../../server/contract/index.ts';
import { api } from '../../api/client.ts';
import { createQuery, type Query } from '../../api/query.ts';
import { t } from '../../i18n/index.ts';
import { isActive } from '../../live/state.ts';
import { live } from '../../live/store.ts';

export type { ConfigArea, ConfigBackupItem, ConfigComparison, ConfigItem };
export type ConfigList = ApiMap['GET /cluster/config-backups']['reply'];

/** Tasks that change what is shown. */
const kinds = ['configbackup', 'configrestore', 'imgdel'];

/** How many tasks of these kinds have ended. */
const endedTasks = createEnded();
function createEnded(): () => number {
  return () =>
    Object.values(live.tasks).filter((task) => kinds.includes(task.type) && !isActive(task)).length;
}

export function createConfigBackups(): Query<ConfigList> {
  const ended = createMemo(endedTasks);
  return createQuery(
    () => live.loaded && { revision: ended() },
    () => api('GET /cluster/config-backups', {}),
  );
}

/** `passphrase` is in memory only, and in no key of what is kept: `opened` counts how often one was given. */
export function createComparison(
  volume: () => string,
  passphrase: () => string | undefined,
  opened: () => number,
): Query<ConfigComparison> {
  const ended = createMemo(endedTasks);
  return createQuery(
    () => live.loaded && { volume: volume(), opened: opened(), revision: ended() },
    ({ volume: of }) => {
      const given = passphrase();
      return api('POST /cluster/config-backups/compare', {
        volume: of,
        ...(given === undefined ? {} : { passphrase: given }),
      });
    },
  );
}

export const areaName = (area: ConfigArea): string => t(`configBackup.area.${area}`);

/** Items by what they are, what somebody looks for first before the rest. */
export function byArea(items: readonly ConfigItem[]): { area: ConfigArea; items: ConfigItem[] }[] {
  const areas = new Map<ConfigArea, ConfigItem[]>();
  for (const item of items) {
    const known = areas.get(item.area);
    if (known) known.push(item);
    else areas.set(item.area, [item]);
  }
  return configAreas.flatMap((area) => {
    const of = areas.get(area);
    return of ? [{ area, items: of }] : [];
  });
}

/** Those, and what they need that is not there: it must be restored with them. */
export function withNeeds(items: readonly ConfigItem[], chosen: ReadonlySet<string>): Set<string> {
  const all = new Set(chosen);
  // What is added may need something itself: a set that grows is walked to its end.
  for (const id of all) {
    const item = items.find((one) => one.id === id);
    for (const need of item?.needs ?? [])
      if (items.some((one) => one.id === need && one.state === 'missing' && one.refused === undefined))
        all.add(need);
  }
  return all;
}

/** They lie among the backups of guests, and have a page of their own. */
export function isConfigBackup(volid: string): boolean {
  return /:backup\/croft-config-[^/]+\.tar\.zst$/.test(volid);
}
