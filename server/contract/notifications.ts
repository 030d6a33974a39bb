// Notifications as a whole: what is below them, all targets in one list, trying one, and what matchers can look for.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { notificationEndpointMethods } from './notification-endpoints.ts';
import { notificationMatcherMethods } from './notification-matchers.ts';
import { endpointTypes, entryName, mayLook, mayUse, origin } from './notification-parts.ts';
import { nothing, replyFlag, subdirectories } from './reply.ts';

export const indexNotifications = defineMethod({
  verb: 'GET',
  path: '/cluster/notifications',
  summary: 'What is below /cluster/notifications',
  params: z.object({}),
  returns: subdirectories,
  permission: { user: 'all' },
});
export const indexEndpoints = defineMethod({
  verb: 'GET',
  path: '/cluster/notifications/endpoints',
  summary: 'The kinds of endpoints',
  params: z.object({}),
  returns: subdirectories,
  permission: { user: 'all' },
});

const target = z.object({
  name: z.string(),
  type: z.enum(endpointTypes),
  comment: z.string().optional(),
  disable: replyFlag.optional(),
  origin,
  /** Croft's own, since the daemon's start: seconds since the epoch when something last went to it or should have, and why it did not. */
  'last-attempt': z.number().optional(),
  'last-problem': z.string().optional(),
});
export type TargetItem = z.output<typeof target>;

export const listTargets = defineMethod({
  verb: 'GET',
  path: '/cluster/notifications/targets',
  summary: 'All endpoints that a matcher can name',
  params: z.object({}),
  returns: z.array(target),
  permission: mayUse,
});
export const testTarget = defineMethod({
  verb: 'POST',
  path: '/cluster/notifications/targets/{name}/test',
  summary: 'Sends a test to a target, also to a disabled one; an error says why it did not arrive',
  params: z.object({ name: entryName() }),
  returns: nothing,
  permission: mayUse,
});

export const listMatcherFields = defineMethod({
  verb: 'GET',
  path: '/cluster/notifications/matcher-fields',
  summary: 'The fields that notifications have',
  params: z.object({}),
  returns: z.array(z.object({ name: z.string() })),
  permission: mayLook,
});
export const listMatcherFieldValues = defineMethod({
  verb: 'GET',
  path: '/cluster/notifications/matcher-field-values',
  summary: 'What the fields of notifications can hold, as far as it is known',
  params: z.object({}),
  returns: z.array(z.object({ field: z.string(), value: z.string(), comment: z.string().optional() })),
  permission: mayLook,
});

export const notificationMethods = [
  indexNotifications,
  indexEndpoints,
  listTargets,
  testTarget,
  listMatcherFields,
  listMatcherFieldValues,
  ...notificationEndpointMethods,
  ...notificationMatcherMethods,
] as const;
