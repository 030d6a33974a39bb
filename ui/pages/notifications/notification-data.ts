// What the page about notifications reads: targets with what is told of them, matchers, what matchers can look for.

import type { ApiMap } from '../../../server/contract/index.ts';
import type { EndpointType } from '../../../server/contract/notification-parts.ts';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import type { Endpoint } from '../../forms/notification-target.ts';
import { live } from '../../live/store.ts';

type TargetItem = ApiMap['GET /cluster/notifications/targets']['reply'][number];
export type MatcherItem = ApiMap['GET /cluster/notifications/matchers']['reply'][number];
export type FieldValue = ApiMap['GET /cluster/notifications/matcher-field-values']['reply'][number];

export interface Target extends TargetItem {
  /** Undefined where the user may not look at it. */
  readonly endpoint: Endpoint | undefined;
}

/** How often something about notifications changed since the page was opened. */
const changes = () => live.configChanges['/mapping/notifications'] ?? 0;
const whenLoaded = () => live.loaded && { revision: changes() };

export const createTargets = () => createQuery(whenLoaded, readTargets);
export const createMatchers = () =>
  createQuery(whenLoaded, () => api('GET /cluster/notifications/matchers', {}));
export const createFieldValues = () =>
  createQuery(
    () => ({}),
    () => api('GET /cluster/notifications/matcher-field-values', {}),
  );

async function readTargets(): Promise<Target[]> {
  const hidden = (): Endpoint[] => [];
  const [targets, ...lists] = await Promise.all([
    api('GET /cluster/notifications/targets', {}),
    api('GET /cluster/notifications/endpoints/sendmail', {}).catch(hidden),
    api('GET /cluster/notifications/endpoints/smtp', {}).catch(hidden),
    api('GET /cluster/notifications/endpoints/gotify', {}).catch(hidden),
    api('GET /cluster/notifications/endpoints/webhook', {}).catch(hidden),
  ]);
  const endpoints: readonly Endpoint[] = lists.flat();
  return targets.map((target) => ({
    ...target,
    endpoint: endpoints.find(({ name }) => name === target.name),
  }));
}

const at = '/cluster/notifications/endpoints';
const creating = {
  sendmail: `POST ${at}/sendmail`,
  smtp: `POST ${at}/smtp`,
  gotify: `POST ${at}/gotify`,
  webhook: `POST ${at}/webhook`,
} as const;
const changing = {
  sendmail: `PUT ${at}/sendmail/{name}`,
  smtp: `PUT ${at}/smtp/{name}`,
  gotify: `PUT ${at}/gotify/{name}`,
  webhook: `PUT ${at}/webhook/{name}`,
} as const;
const removing = {
  sendmail: `DELETE ${at}/sendmail/{name}`,
  smtp: `DELETE ${at}/smtp/{name}`,
  gotify: `DELETE ${at}/gotify/{name}`,
  webhook: `DELETE ${at}/webhook/{name}`,
} as const;

/** The form's parameters are those of its type: only the daemon can say more. */
export const createEndpoint = (type: EndpointType, params: { name: string }) =>
  api(creating[type], params as never);
export const changeEndpoint = (type: EndpointType, params: { name: string }) =>
  api(changing[type], params as never);
export const removeEndpoint = (type: EndpointType, name: string) => api(removing[type], { name });
