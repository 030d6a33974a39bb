// The route that says what a rule about keeping backups comes to.
import { parseKeepOptions } from '../../backup/retention/keep-options.ts';
import { forecastInTurns } from '../../backup/retention/retention-forecast.ts';
import { parseCalendarEvent } from '../../backup/schedule/calendar-event.ts';
import { flag } from '../../contract/reply.ts';
import { forecastRetention, mostForecastBackups } from '../../contract/retention-forecast.ts';
import type { Clock } from '../../core/clock.ts';
import { type Route, route } from '../route.ts';

const usualDays = 365;

export interface RetentionForecastParts {
  readonly clock: Clock;
  /** The node's time zone. */
  zone(): string;
}

export function retentionForecastRoutes(parts: RetentionForecastParts): Route[] {
  return [
    route(forecastRetention, async ({ params }) => {
      const [zone, fromMs] = [parts.zone(), parts.clock.now()];
      const found = await forecastInTurns({
        event: parseCalendarEvent(params.schedule),
        keep: parseKeepOptions(params['prune-backups']),
        ...{ zone, fromMs, days: params.span ?? usualDays },
      });
      return {
        ...{ runs: found.runs, kept: found.backups.length, 'most-at-once': found.mostAtOnce },
        ...{ from: Math.floor(fromMs / 1000), until: Math.floor(found.untilMs / 1000), timezone: zone },
        complete: flag(found.complete),
        backups: found.backups.slice(0, mostForecastBackups).map(({ atMs, keptBy }) => ({
          time: Math.floor(atMs / 1000),
          ...(keptBy === undefined ? {} : { rule: keptBy }),
        })),
      };
    }),
  ];
}
