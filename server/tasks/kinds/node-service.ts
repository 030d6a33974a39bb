// Tasks `srvstart`, `srvstop`, `srvrestart`, `srvreload`: a system service of this node.
import type { NodeServiceName, ServiceAction } from '../../contract/node-services.ts';
import { checkServiceAction, type ServiceRuleParts } from '../../node/service-rules.ts';
import type { TaskKind } from '../task.ts';

export interface NodeServiceParams {
  readonly service: NodeServiceName;
  /** Which life of the daemon was asked, so that the next one does not restart itself once more. */
  readonly life: string;
}

export interface NodeServiceParts extends ServiceRuleParts {
  /** Of this life of the daemon. */
  readonly life: string;
}

const words: Readonly<Record<ServiceAction, string>> = {
  start: 'Start',
  stop: 'Stop',
  restart: 'Restart',
  reload: 'Reload',
};

/** systemd takes each as often as it is asked, so what a crash cut off is asked for again. */
export function nodeServiceKinds(parts: NodeServiceParts): TaskKind<NodeServiceParams, object>[] {
  return (Object.keys(words) as ServiceAction[]).map((action) => ({
    type: `srv${action}`,
    describe: ({ service }) => `Service ${service} - ${words[action]}`,
    objectId: ({ service }) => service,
    locks: ({ service }) => [{ scope: 'name', id: `service ${service}` }],
    check: async ({ service }) => checkServiceAction(parts, service, action),
    steps: [
      {
        name: 'act',
        async run(context, { service, life }) {
          if (service === 'croft' && life !== parts.life) {
            context.log('Croft was restarted');
            return;
          }
          await parts.services.act(action, service, context.signal);
          context.log(
            service === 'croft' && action !== 'start'
              ? 'Croft restarts now; guests go on running'
              : `${service}: ${action} done`,
          );
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  }));
}
