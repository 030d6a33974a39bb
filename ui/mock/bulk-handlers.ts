// The mock's answers about all guests of a node at once.
import type { ResourceItem } from '../../server/contract/resources.ts';
import type { Handlers } from './reply.ts';
import type { World } from './world.ts';

export function bulkHandlers(world: World): Handlers {
  const all =
    (type: string, words: string, from: string, then: Partial<ResourceItem>) =>
    ({ params }: { readonly params: Readonly<Record<string, string>> }) => {
      const { node = '' } = params;
      const some = [...world.resources.values()].filter(
        (one) =>
          one.node === node &&
          one.vmid !== undefined &&
          one.status === from &&
          one.template !== 1 &&
          !one.lock &&
          (type !== 'suspendall' || one.type === 'qemu'),
      );
      return world.task(
        node,
        type,
        '',
        words,
        some.map((one) => ({
          ...{ text: `${words}: ${one.vmid}`, ms: 150 },
          run: () => world.change(one.id, then),
        })),
      );
    };
  return {
    'POST /nodes/{node}/startall': all('startall', 'Start all guests', 'stopped', {
      ...{ status: 'running', uptime: 1, cpu: 0.2 },
    }),
    'POST /nodes/{node}/stopall': all('stopall', 'Shut down all guests', 'running', {
      ...{ status: 'stopped', uptime: 0, cpu: 0, mem: 0 },
    }),
    'POST /nodes/{node}/suspendall': all('suspendall', 'Pause all VMs', 'running', {
      ...{ status: 'paused', cpu: 0 },
    }),
  };
}
