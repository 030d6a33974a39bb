// The mock's answers about what is behind a guest: its two checks, the command line of its QEMU, the monitor, forgetting it.
import type { GuestKind } from '../../server/contract/guest-actions.ts';
import { guestOf } from './power-handlers.ts';
import { type Handlers, Refusal } from './reply.ts';
import type { World } from './world.ts';

export function behindHandlers(world: World): Handlers {
  const base = '/nodes/{node}/qemu/{vmid}';
  return {
    [`GET ${base}/status/current`]: (request) => {
      const vm = guestOf(world, 'qemu', request);
      // One agent is silent, as in its addresses.
      const silent = (vm.vmid! - 100) % 5 === 4;
      return {
        ...vm,
        ha: { managed: 0 },
        checks: {
          host: silent
            ? { status: 'failed', problems: ["storage 'nas' cannot be used"] }
            : { status: 'ok', problems: [] },
          guest: { status: silent ? 'failed' : 'ok', by: 'agent' },
        },
      };
    },
    [`GET ${base}/showcmd`]: (request) => {
      const { vmid } = guestOf(world, 'qemu', request);
      return `/usr/bin/qemu-system-x86_64 \\\n-name guest=croft-${vmid},debug-threads=on \\\n-machine pc-q35-9.2,usb=off \\\n-m size=2097152k \\\n-display none`;
    },
    [`POST ${base}/monitor`]: (request) => {
      const { command = '' } = request.params;
      if (command !== 'info status')
        throw new Refusal(501, `command: '${command}' would go past what manages this VM`);
      return 'VM status: running\r\n';
    },
    ...forgetting(world, 'qemu'),
    ...forgetting(world, 'lxc'),
  };
}

function forgetting(world: World, kind: GuestKind): Handlers {
  return {
    [`POST /nodes/{node}/${kind}/{vmid}/forget`]: (request) => {
      const { node, vmid } = guestOf(world, kind, request);
      const type = kind === 'lxc' ? 'vzforget' : 'qmforget';
      return world.task(node, type, String(vmid), `${vmid} - Forget`, [{ text: 'forgetting', ms: 300 }]);
    },
  };
}
