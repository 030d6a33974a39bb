// Routes of the appliance's state: its export, and the factory reset.
import { Readable } from 'node:stream';
import type { StateExport } from '../../appliance/state-export.ts';
import type { StateReset } from '../../appliance/state-reset.ts';
import { exportState, factoryReset } from '../../contract/appliance.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { FactoryResetParams } from '../../tasks/kinds/factory-reset.ts';
import type { TaskRunner } from '../../tasks/task-runner.ts';
import { ReplyResponse, type Route, route } from '../route.ts';

export interface ApplianceStateParts {
  readonly node: string;
  readonly stateExport: StateExport;
  readonly reset: Pick<StateReset, 'check'>;
  readonly tasks: Pick<TaskRunner, 'start'>;
}

/** The task kind behind the reset is `factoryResetKind`. */
export function applianceStateRoutes(parts: ApplianceStateParts): Route[] {
  const { node, stateExport, reset, tasks } = parts;
  return [
    route(exportState, async ({ signal }) => {
      const { name, stream } = await stateExport.start(signal);
      const body = Readable.toWeb(stream) as ReadableStream<Uint8Array>;
      return new ReplyResponse(
        new Response(body, {
          headers: {
            'Content-Type': 'application/gzip',
            'Content-Disposition': `attachment; filename="${name}"`,
            'Cache-Control': 'no-store',
            'X-Content-Type-Options': 'nosniff',
          },
        }),
      );
    }),

    route(factoryReset, async ({ params, caller }) => {
      if (params.node !== node)
        throw new AppError(
          'unsupported',
          'a node is reset from its own address: another one does not answer for it',
        );
      if (params.confirm !== node) throw invalidInput({ confirm: `must be the node's name: '${node}'` });
      reset.check();
      const given: FactoryResetParams = { destroyGuests: params['destroy-guests'] };
      return await tasks.start('factoryreset', given, { requester: caller.requester });
    }),
  ];
}
