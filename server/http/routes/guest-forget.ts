// Routes by which a guest is forgotten whose volumes nobody can remove any more.
import { forgetCt, forgetVm } from '../../contract/guest-forget.ts';
import { type Route, route } from '../route.ts';

export function guestForgetRoutes(parts: {
  startTask(type: string, params: object, requester: string): Promise<string>;
}): Route[] {
  return [
    route(forgetVm, ({ params, caller }) =>
      parts.startTask('qmforget', { vmid: params.vmid }, caller.requester),
    ),
    route(forgetCt, ({ params, caller }) =>
      parts.startTask('vzforget', { vmid: params.vmid }, caller.requester),
    ),
  ];
}
