// Routes of a node's system services: list, state, and the tasks that start and stop them.
import {
  type AskedService,
  getServiceState,
  listService,
  listServices,
  nodeServices,
  reloadService,
  restartService,
  type ServiceAction,
  startService,
  stopService,
} from '../../contract/node-services.ts';
import { notFound } from '../../core/errors.ts';
import { checkServiceAction } from '../../node/service-rules.ts';
import { serviceNamed } from '../../node/system-services.ts';
import type { NodeServiceParams, NodeServiceParts } from '../../tasks/kinds/node-service.ts';
import { type ApiRequest, type Route, route } from '../route.ts';

export interface NodeServiceRouteParts extends NodeServiceParts {
  startTask(type: string, params: object, requester: string): Promise<string>;
}

const below = ['state', 'start', 'stop', 'restart', 'reload'];

/** The task kinds behind them are `nodeServiceKinds`. */
export function nodeServiceRoutes(parts: NodeServiceRouteParts): Route[] {
  /** What cannot be done is refused at once, not by a task that fails. */
  const ask =
    (action: ServiceAction) =>
    async ({ params, caller }: ApiRequest<{ readonly service: AskedService }>) => {
      const service = serviceNamed(params.service);
      if (service === undefined) throw notFound('service', params.service);
      await checkServiceAction(parts, service, action);
      const given: NodeServiceParams = { service, life: parts.life };
      return await parts.startTask(`srv${action}`, given, caller.requester);
    };
  return [
    route(listServices, ({ signal }) => parts.services.states(nodeServices, signal)),
    route(listService, () => below.map((subdir) => ({ subdir }))),
    route(getServiceState, async ({ params, signal }) => {
      const [state] = await parts.services.states([params.service], signal);
      if (!state) throw notFound('service', params.service);
      return state;
    }),
    route(startService, ask('start')),
    route(stopService, ask('stop')),
    route(restartService, ask('restart')),
    route(reloadService, ask('reload')),
  ];
}
