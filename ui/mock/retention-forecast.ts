// The mock's word on what a rule about keeping comes to: the newest of so many periods for each rule, looked at once in the end.
import {
  type KeepOptions,
  type KeepRule,
  keepRules,
  pruneBackupsString,
} from '../../server/contract/prune-backups.ts';
import { mostForecastBackups } from '../../server/contract/retention-forecast.ts';
import { comings, requireSchedule } from './backup-job-handlers.ts';
import { type Handlers, Refusal } from './reply.ts';
import type { World } from './world.ts';

const day = 86_400;
const zone = 'Europe/Rome';
const mostRuns = 20_000;

/** What is the same for all times of one period. */
const periodOf: Readonly<Record<KeepRule, (time: number) => string>> = {
  'keep-last': (time) => String(time),
  'keep-hourly': (time) => iso(time).slice(0, 13),
  'keep-daily': (time) => iso(time).slice(0, 10),
  'keep-weekly': (time) => String(Math.floor((time / day + 3) / 7)),
  'keep-monthly': (time) => iso(time).slice(0, 7),
  'keep-yearly': (time) => iso(time).slice(0, 4),
};
const iso = (time: number) => new Date(time * 1000).toISOString();

function keptOf(newestFirst: readonly number[], keep: KeepOptions): { time: number; rule?: KeepRule }[] {
  const keptBy = new Map<number, KeepRule>();
  for (const rule of keepRules) {
    const seen = new Set([...keptBy.keys()].map(periodOf[rule]));
    let left = keep[rule] ?? 0;
    for (const time of newestFirst) {
      const period = periodOf[rule](time);
      if (left === 0 || seen.has(period)) continue;
      seen.add(period);
      keptBy.set(time, rule);
      left -= 1;
    }
  }
  return newestFirst.flatMap((time) => (keptBy.has(time) ? [{ time, rule: keptBy.get(time)! }] : []));
}

export function retentionHandlers(world: World): Handlers {
  return {
    'GET /cluster/backup-info/retention': async ({ params }) => {
      await world.before('retention');
      const parsed = pruneBackupsString.parse(params['prune-backups'] ?? '');
      if (!parsed.ok)
        throw new Refusal(400, 'Parameter verification failed.', { 'prune-backups': parsed.error });
      const shape = requireSchedule(params['schedule'] ?? '');
      const from = Math.floor(Date.now() / 1000);
      const until = from + Number(params['span'] ?? 365) * day;
      const runs = comings(shape, from, mostRuns, until);
      const newestFirst = runs.toReversed();
      const keepsAll = parsed.value['keep-all'] === true;
      const kept = keepsAll ? newestFirst.map((time) => ({ time })) : keptOf(newestFirst, parsed.value);
      const cut = runs.length === mostRuns;
      return {
        ...{ runs: runs.length, kept: kept.length, 'most-at-once': kept.length + 1, timezone: zone },
        ...{ from, until: cut ? runs.at(-1) : until, complete: cut ? 0 : 1 },
        backups: kept.slice(0, mostForecastBackups),
      };
    },
  };
}
