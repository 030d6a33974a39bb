// What a rule about keeping backups comes to: the backups that a guest would have after some time of a schedule.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { integer, string } from './params.ts';
import { propertyString } from './property-string.ts';
import { keepRules, pruneBackupsString } from './prune-backups.ts';
import { replyFlag } from './reply.ts';

/** A forecast may look so many days ahead. */
export const longestForecastDays = 3660;
/** No more backups than these, the newest, are told one by one. */
export const mostForecastBackups = 1000;

const forecast = z.object({
  /** How often the schedule runs meanwhile. */
  runs: z.number(),
  /** How many backups of each guest are there in the end. */
  kept: z.number(),
  /** The most that are ever there at once, with the one that is being made. */
  'most-at-once': z.number(),
  /** Seconds since the epoch: from when it looks, and how far. */
  from: z.number(),
  until: z.number(),
  /** 0: it was too much to be worked out to its end, and `until` is earlier. */
  complete: replyFlag,
  /** The node's, in which days, weeks and months are counted. */
  timezone: z.string(),
  /** The newest first, with the rule by which each stays; without one, all stay. */
  backups: z.array(z.object({ time: z.number(), rule: z.enum(keepRules).optional() })),
});

export const forecastRetention = defineMethod({
  verb: 'GET',
  path: '/cluster/backup-info/retention',
  summary: 'Which backups of a guest there would be after some days of a schedule, by a rule about keeping',
  params: z.object({
    'prune-backups': propertyString(pruneBackupsString, { format: 'prune-backups' }),
    schedule: string({ maxLength: 128, format: 'pve-calendar-event' }),
    /** Days. */
    span: integer({ minimum: 1, maximum: longestForecastDays, default: 365 }).optional(),
  }),
  returns: forecast,
  permission: { user: 'all' },
  extension: true,
});

export const retentionForecastMethods = [forecastRetention] as const;
