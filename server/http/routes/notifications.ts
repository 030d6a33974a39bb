// Routes of notifications: targets of all kinds, matchers, the test of a target, what matchers can look for.
import { listJobs } from '../../backup/jobs/job-document.ts';
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import * as endpoints from '../../contract/notification-endpoints.ts';
import {
  createMatcher,
  deleteMatcher,
  getMatcher,
  listMatchers,
  updateMatcher,
} from '../../contract/notification-matchers.ts';
import { type EndpointType, endpointTypes } from '../../contract/notification-parts.ts';
import {
  indexEndpoints,
  indexNotifications,
  listMatcherFields,
  listMatcherFieldValues,
  listTargets,
  testTarget,
} from '../../contract/notifications.ts';
import { readList } from '../../contract/params.ts';
import { flag } from '../../contract/reply.ts';
import { notificationTypes } from '../../notifications/notification.ts';
import type { EntryChange, NotificationConfig } from '../../notifications/notification-config.ts';
import type { Notifier } from '../../notifications/notifier.ts';
import type { GivenOptions } from '../../notifications/target-options.ts';
import { type Caller, type Route, route } from '../route.ts';

export interface NotificationRouteParts {
  readonly config: NotificationConfig;
  readonly notifier: Pick<Notifier, 'test' | 'lastAttempt'>;
  readonly store: Pick<ClusterStore, 'list' | 'members'>;
}

const below = ['endpoints', 'matcher-field-values', 'matcher-fields', 'matchers', 'targets'];
const fieldNames = ['type', 'hostname', 'job-id'];

export function notificationRoutes(parts: NotificationRouteParts): Route[] {
  return [
    route(indexNotifications, () => below.map((name) => ({ name }))),
    route(indexEndpoints, () => endpointTypes.map((name) => ({ name }))),
    route(listTargets, () => parts.config.targets().map((target) => targetItem(parts, target))),
    route(testTarget, async ({ params }) => {
      await parts.notifier.test(params.name);
      return null;
    }),
    route(listMatcherFields, () => fieldNames.map((name) => ({ name }))),
    route(listMatcherFieldValues, ({ caller }) => fieldValues(parts, caller)),
    ...endpointRoutes(parts),
    ...matcherRoutes(parts),
  ];
}

type Listed = ReturnType<NotificationConfig['targets']>[number];

function targetItem({ notifier }: Pick<NotificationRouteParts, 'notifier'>, target: Listed) {
  const { name, type, options, origin } = target;
  const last = notifier.lastAttempt(name);
  return {
    ...{ name, type, origin },
    ...(options['comment'] === undefined ? {} : { comment: String(options['comment']) }),
    ...(options['disable'] === undefined ? {} : { disable: flag(options['disable'] === true) }),
    ...(last === undefined ? {} : { 'last-attempt': Math.floor(last.at / 1000) }),
    ...(last?.problem === undefined ? {} : { 'last-problem': last.problem }),
  };
}

/** Jobs are told to who may see them. */
function fieldValues({ store }: Pick<NotificationRouteParts, 'store'>, caller: Caller) {
  const jobs = caller.may('/', 'Sys.Audit') ? listJobs(store) : [];
  return [
    ...notificationTypes.map((value) => ({ field: 'type', value })),
    ...jobs.map(({ id, options: { comment } }) => ({
      ...{ field: 'job-id', value: id },
      ...(comment === undefined ? {} : { comment }),
    })),
    ...store.members().map(({ name }) => ({ field: 'hostname', value: name })),
  ];
}

function endpointRoutes({ config }: Pick<NotificationRouteParts, 'config'>): Route[] {
  const add = (type: EndpointType) => async (request: { params: GivenOptions & { name: string } }) => {
    const { name, ...given } = request.params;
    await config.addEndpoint(type, name, given);
    return null;
  };
  const change = (type: EndpointType) => async (request: { params: ChangeParams }) => {
    await config.changeEndpoint(type, request.params.name, changeOf(request.params));
    return null;
  };
  const remove = (type: EndpointType) => async (request: { params: { name: string } }) => {
    await config.removeEndpoint(type, request.params.name);
    return null;
  };
  // The declared replies are what the options of each type can be: nothing else gets past the requests' schemas.
  const list = (type: EndpointType) => () => config.endpoints(type) as never;
  const get = (type: EndpointType) => (request: { params: { name: string } }) =>
    config.endpoint(type, request.params.name) as never;
  return [
    route(endpoints.listSendmail, list('sendmail')),
    route(endpoints.createSendmail, add('sendmail')),
    route(endpoints.getSendmail, get('sendmail')),
    route(endpoints.updateSendmail, change('sendmail')),
    route(endpoints.deleteSendmail, remove('sendmail')),
    route(endpoints.listSmtp, list('smtp')),
    route(endpoints.createSmtp, add('smtp')),
    route(endpoints.getSmtp, get('smtp')),
    route(endpoints.updateSmtp, change('smtp')),
    route(endpoints.deleteSmtp, remove('smtp')),
    route(endpoints.listGotify, list('gotify')),
    route(endpoints.createGotify, add('gotify')),
    route(endpoints.getGotify, get('gotify')),
    route(endpoints.updateGotify, change('gotify')),
    route(endpoints.deleteGotify, remove('gotify')),
    route(endpoints.listWebhooks, list('webhook')),
    route(endpoints.createWebhook, add('webhook')),
    route(endpoints.getWebhook, get('webhook')),
    route(endpoints.updateWebhook, change('webhook')),
    route(endpoints.deleteWebhook, remove('webhook')),
  ];
}

type ChangeParams = GivenOptions & {
  readonly name: string;
  readonly delete?: readonly string[] | undefined;
  readonly digest?: string | undefined;
};

function changeOf({ name: _, delete: remove, digest, ...given }: ChangeParams): EntryChange {
  // Some clients join them.
  return { given, remove: remove?.flatMap(readList), digest };
}

function matcherRoutes({ config }: Pick<NotificationRouteParts, 'config'>): Route[] {
  return [
    route(listMatchers, () => config.matchers()),
    route(createMatcher, async ({ params: { name, ...given } }) => {
      await config.addMatcher(name, given);
      return null;
    }),
    route(getMatcher, ({ params }) => config.matcher(params.name)),
    route(updateMatcher, async ({ params }) => {
      await config.changeMatcher(params.name, changeOf(params));
      return null;
    }),
    route(deleteMatcher, async ({ params }) => {
      await config.removeMatcher(params.name);
      return null;
    }),
  ];
}
