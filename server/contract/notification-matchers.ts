// Matchers of notifications: which of them go to which targets.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import {
  changing,
  common,
  commonReply,
  entryName,
  limited,
  mayLook,
  mayModify,
  mayUse,
} from './notification-parts.ts';
import { array, boolean, choice, string } from './params.ts';
import { nothing, replyFlag } from './reply.ts';

/** From the least to the most urgent; `unknown` is what nobody could judge. */
export const severities = ['info', 'notice', 'warning', 'error', 'unknown'] as const;
export type Severity = (typeof severities)[number];

const rule = () => array(string({}, limited(512))).optional();

const matcherFields = {
  ...common,
  /** Sends what the rules do not match. */
  'invert-match': boolean().optional(),
  /** `mon-fri 8:00-17:30`, in the node's time zone. */
  'match-calendar': rule(),
  /** `exact:type=vzdump,fencing`, `regex:hostname=^pve\d$`. */
  'match-field': rule(),
  /** `warning,error`. */
  'match-severity': rule(),
  mode: choice(['all', 'any'], { default: 'all' }).optional(),
  target: array(entryName()).optional(),
} as const;

const matcher = z.object({
  ...commonReply,
  'invert-match': replyFlag.optional(),
  'match-calendar': z.array(z.string()).optional(),
  'match-field': z.array(z.string()).optional(),
  'match-severity': z.array(z.string()).optional(),
  mode: z.enum(['all', 'any']).optional(),
  target: z.array(z.string()).optional(),
});
export type MatcherItem = z.output<typeof matcher>;

export const listMatchers = defineMethod({
  verb: 'GET',
  path: '/cluster/notifications/matchers',
  summary: 'Which notifications go where',
  params: z.object({}),
  returns: z.array(matcher),
  permission: mayUse,
});
export const createMatcher = defineMethod({
  verb: 'POST',
  path: '/cluster/notifications/matchers',
  summary: 'Add a matcher; one without rules matches every notification',
  params: z.object({ ...matcherFields, name: entryName() }),
  returns: nothing,
  permission: mayModify,
});
export const getMatcher = defineMethod({
  verb: 'GET',
  path: '/cluster/notifications/matchers/{name}',
  summary: 'One matcher',
  params: z.object({ name: entryName() }),
  returns: matcher,
  permission: mayLook,
});
export const updateMatcher = defineMethod({
  verb: 'PUT',
  path: '/cluster/notifications/matchers/{name}',
  summary: 'Change a matcher',
  params: z.object({ ...matcherFields, ...changing, name: entryName() }),
  returns: nothing,
  permission: mayModify,
});
export const deleteMatcher = defineMethod({
  verb: 'DELETE',
  path: '/cluster/notifications/matchers/{name}',
  summary: 'Remove a matcher; one that comes with the system is as at first again',
  params: z.object({ name: entryName() }),
  returns: nothing,
  permission: mayModify,
});

export const notificationMatcherMethods = [
  listMatchers,
  createMatcher,
  getMatcher,
  updateMatcher,
  deleteMatcher,
] as const;
