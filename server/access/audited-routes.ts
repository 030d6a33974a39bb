// Routes that leave a trace: each changing call that succeeds, or that the handler itself refuses, is put into the audit log.
import { hasCode } from '../core/errors.ts';
import type { ApiRequest, Route } from '../http/route.ts';
import type { AuditLog } from './audit.ts';

/** The same routes; what they record is the method, its path with the path's parameters filled in, and who from where. */
export function auditedRoutes(routes: readonly Route[], audit: AuditLog): Route[] {
  return routes.map((route) => {
    const { declaration } = route;
    // Logging in records itself, with the name that was tried.
    if (declaration.verb === 'GET' || declaration.permission.user === 'world') return route;
    const handler = async (request: ApiRequest<never>): Promise<unknown> => {
      const params: Readonly<Record<string, unknown>> = request.params;
      const path = declaration.path.replace(/\{([^}]+)\}/g, (_, name: string) => String(params[name] ?? ''));
      const { requester } = request.caller;
      try {
        const answer: unknown = await route.handler(request);
        audit.record('changed', requester, request.address, `${declaration.verb} ${path}`);
        return answer;
      } catch (error) {
        if (hasCode(error, 'forbidden'))
          audit.record('denied', requester, request.address, `${declaration.verb} ${path}`);
        throw error;
      }
    };
    return { declaration, handler };
  });
}
