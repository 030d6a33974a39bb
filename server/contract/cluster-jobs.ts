// What concerns scheduled jobs of all kinds: when a schedule comes.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { integer, string } from './params.ts';
import { subdirectories } from './reply.ts';

export const indexJobs = defineMethod({
  verb: 'GET',
  path: '/cluster/jobs',
  summary: 'What is below /cluster/jobs',
  params: z.object({}),
  returns: subdirectories,
  permission: { user: 'all' },
});

/** `starttime` in seconds since the epoch, now when it is left out. */
export const analyzeSchedule = defineMethod({
  verb: 'GET',
  path: '/cluster/jobs/schedule-analyze',
  summary: 'The next times of a schedule, in the time zone of the node',
  params: z.object({
    iterations: integer({ minimum: 1, maximum: 100, default: 10 }).optional(),
    schedule: string({ maxLength: 128, format: 'pve-calendar-event' }),
    starttime: integer().optional(),
  }),
  returns: z.array(z.object({ timestamp: z.number(), utc: z.string() })),
  permission: { user: 'all' },
});

export const clusterJobMethods = [indexJobs, analyzeSchedule] as const;
