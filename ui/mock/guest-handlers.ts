// The mock's answers about guests.
import { type GuestAction, refusalOf, refusalSentences } from '../../server/contract/guest-actions.ts';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { configFixture, steady } from './fixtures.ts';
import { type Handlers, type MockRequest, Refusal } from './reply.ts';
import type { World } from './world.ts';

/** `device: '...'` of a request that allocates (`local:32`) as it is when the disk is there. */
function allocated(vmid: number, key: string, value: string): string {
  const match = /^([a-z][\w.-]*):(\d+)(,.*)?$/.exec(value);
  if (!match) return value;
  return `${match[1]}:${vmid}/vm-${vmid}-${key}.qcow2${match[3] ?? ''},size=${match[2]}G`;
}

export function guestHandlers(world: World): Handlers {
  const guestOf = (request: MockRequest): ResourceItem => {
    const guest = world.guest(Number(request.params['vmid']));
    if (!guest)
      throw new Refusal(
        500,
        `Configuration file 'nodes/${request.params['node']}/qemu-server/${request.params['vmid']}.conf' does not exist`,
      );
    return guest;
  };
  const act =
    (
      action: GuestAction,
      words: string,
      ms: number,
      then: (guest: ResourceItem) => Partial<ResourceItem>,
      during?: string,
    ) =>
    (request: MockRequest) => {
      const guest = guestOf(request);
      const refusal = refusalOf(action, {
        status: guest.status,
        template: guest.template === 1,
        lock: guest.lock,
      });
      if (refusal) throw new Refusal(500, `VM ${guest.vmid}: ${refusalSentences[refusal]}`);
      const vmid = guest.vmid!;
      if (during) world.change(guest.id, { status: during });
      return world.task(guest.node, `qm${action}`, String(vmid), `VM ${vmid} - ${words}`, [
        { text: `${words} VM ${vmid}`, ms: ms / 3 },
        { text: 'waiting for QEMU', ms: ms / 3 },
        { text: 'state reached', ms: ms / 3, run: () => world.change(guest.id, then(guest)) },
      ]);
    };
  const off = { status: 'stopped', cpu: 0, mem: 0, uptime: 0 };
  const applyPending = (vmid: number) => {
    const config = world.configs.get(vmid);
    for (const [key, value] of Object.entries(world.pending.get(vmid) ?? {})) {
      if (!config) continue;
      if (value === null) delete config[key];
      else config[key] = value;
    }
    world.pending.delete(vmid);
  };
  const change = (request: MockRequest) => {
    const guest = guestOf(request);
    const vmid = guest.vmid!;
    const { node: _node, vmid: _vmid, delete: gone, revert, ...values } = request.params;
    if (values['name'] !== undefined && !/^[A-Za-z0-9.-]+$/.test(values['name']))
      throw new Refusal(400, 'Parameter verification failed.', { name: 'value is not a valid DNS name' });
    if (values['memory'] !== undefined && !(Number(values['memory']) >= 16))
      throw new Refusal(400, 'Parameter verification failed.', {
        memory: 'value must have a minimum value of 16',
      });
    const later = guest.status !== 'stopped';
    const config = world.configs.get(vmid)!;
    const pending = world.pending.get(vmid) ?? {};
    for (const key of (revert ?? '').split(',').filter(Boolean)) delete pending[key];
    for (const key of (gone ?? '').split(',').filter(Boolean)) {
      if (later && /^(net|scsi|virtio|sata|ide)\d/.test(key)) pending[key] = null;
      else delete config[key];
    }
    for (const [key, value] of Object.entries(values)) {
      const made = allocated(vmid, key, value);
      if (later && /^(memory|cores|sockets|net\d|boot|agent)/.test(key)) pending[key] = made;
      else config[key] = made;
    }
    if (Object.keys(pending).length > 0) world.pending.set(vmid, pending);
    else world.pending.delete(vmid);
    world.change(guest.id, {
      name: String(config['name'] ?? ''),
      ...(config['tags'] ? { tags: String(config['tags']) } : {}),
    });
    world.emit({ type: 'config', path: `/vms/${vmid}` });
  };

  return {
    'POST /nodes/{node}/qemu/{vmid}/status/start': act(
      'start',
      'Start',
      1800,
      (guest) => {
        applyPending(guest.vmid!);
        return {
          status: 'running',
          uptime: 1,
          cpu: 0.4,
          mem: (guest.maxmem ?? 0) / 5,
          accelerator: guest.node === 'croft1' ? 'kvm' : 'tcg',
        };
      },
      'starting',
    ),
    'POST /nodes/{node}/qemu/{vmid}/status/shutdown': act(
      'shutdown',
      'Shut down',
      2500,
      () => off,
      'stopping',
    ),
    'POST /nodes/{node}/qemu/{vmid}/status/stop': act('stop', 'Stop', 700, () => off),
    'POST /nodes/{node}/qemu/{vmid}/status/reboot': act('reboot', 'Reboot', 2500, (guest) => {
      applyPending(guest.vmid!);
      return { status: 'running', uptime: 1 };
    }),
    'POST /nodes/{node}/qemu/{vmid}/status/reset': act('reset', 'Reset', 500, () => ({ uptime: 1 })),
    'POST /nodes/{node}/qemu/{vmid}/status/suspend': act('suspend', 'Pause', 500, () => ({
      status: 'paused',
      cpu: 0,
    })),
    'POST /nodes/{node}/qemu/{vmid}/status/resume': act('resume', 'Resume', 500, () => ({
      status: 'running',
      cpu: 0.2,
    })),
    'DELETE /nodes/{node}/qemu/{vmid}': act('delete', 'Delete', 1500, (guest) => {
      setTimeout(() => {
        world.resources.delete(guest.id);
        world.emit({ type: 'resource-gone', id: guest.id });
      }, 50);
      return {};
    }),
    'GET /nodes/{node}/qemu/{vmid}/pending': (request) => {
      const vmid = guestOf(request).vmid!;
      const config = world.configs.get(vmid) ?? {};
      const pending = world.pending.get(vmid) ?? {};
      return [...new Set([...Object.keys(config), ...Object.keys(pending)])].map((key) => ({
        key,
        ...(config[key] !== undefined ? { value: config[key] } : {}),
        ...(pending[key] === null
          ? { delete: 1 }
          : pending[key] !== undefined
            ? { pending: pending[key] }
            : {}),
      }));
    },
    'PUT /nodes/{node}/qemu/{vmid}/config': (request) => {
      change(request);
      return null;
    },
    'POST /nodes/{node}/qemu/{vmid}/config': (request) => {
      const guest = guestOf(request);
      return world.task(
        guest.node,
        'qmconfig',
        String(guest.vmid),
        `VM ${guest.vmid} - Change configuration`,
        [{ text: 'allocating', ms: 900, run: () => change(request) }],
      );
    },
    'PUT /nodes/{node}/qemu/{vmid}/resize': (request) => {
      const guest = guestOf(request);
      const { disk = '', size = '' } = request.params;
      if (!/^\+\d+G$/.test(size))
        throw new Refusal(400, 'Parameter verification failed.', {
          size: 'value does not match the regex pattern',
        });
      const config = world.configs.get(guest.vmid!)!;
      return world.task(guest.node, 'resize', String(guest.vmid), `VM ${guest.vmid} - Resize ${disk}`, [
        {
          text: `growing ${disk}`,
          ms: 800,
          run: () => {
            config[disk] = String(config[disk]).replace(
              /size=(\d+)G/,
              (_, old: string) => `size=${Number(old) + Number(size.slice(1, -1))}G`,
            );
          },
        },
      ]);
    },
    'POST /nodes/{node}/qemu': (request) => {
      const { node = '', ...values } = request.params;
      const vmid = Number(values['vmid']);
      if (world.guest(vmid))
        throw new Refusal(400, 'Parameter verification failed.', {
          vmid: `VM ${vmid} already exists on node '${world.guest(vmid)?.node}'`,
        });
      const item: ResourceItem = {
        id: `qemu/${vmid}`,
        type: 'qemu',
        node,
        vmid,
        name: values['name'] ?? `VM ${vmid}`,
        status: 'stopped',
        maxcpu: Number(values['cores'] ?? 1),
        maxmem: Number(values['memory'] ?? 512) * 1024 ** 2,
        maxdisk: 32 * 1024 ** 3,
      };
      const start = () =>
        world.change(item.id, { status: 'running', uptime: 1, cpu: 0.3, mem: (item.maxmem ?? 0) / 4 });
      world.configs.set(vmid, { ...configFixture(item) });
      world.resources.set(item.id, item);
      world.emit({ type: 'resource', resource: item });
      return world.task(node, 'qmcreate', String(vmid), `VM ${vmid} - Create`, [
        { text: `creating VM ${vmid}`, ms: 600 },
        { text: 'allocating disks', ms: 1200 },
        { text: 'writing configuration', ms: 300, ...(values['start'] === '1' ? { run: start } : {}) },
      ]);
    },
    'GET /nodes/{node}/qemu/{vmid}/agent/network-get-interfaces': (request) => {
      const i = guestOf(request).vmid! - 100;
      if (i % 5 === 4) throw new Refusal(500, 'QEMU guest agent is not running');
      return {
        result: [
          { name: 'lo', 'ip-addresses': [{ 'ip-address': '127.0.0.1', 'ip-address-type': 'ipv4' }] },
          {
            name: 'eth0',
            'ip-addresses': [{ 'ip-address': `10.0.0.${10 + i}` }, { 'ip-address': `2001:db8::${10 + i}` }],
          },
        ],
      };
    },
    'GET /nodes/{node}/qemu/{vmid}/rrddata': (request) => {
      const guest = guestOf(request);
      const on = guest.status !== 'stopped';
      return samples(request.params['timeframe'], (i) => ({
        maxmem: guest.maxmem,
        ...(on
          ? {
              cpu: 0.05 + wave(i, guest.vmid!) * 0.6,
              mem: (guest.maxmem ?? 0) * (0.5 + wave(i, 5) * 0.2),
              netin: wave(i, 8) * 4e6,
              netout: wave(i, 9) * 1e6,
              diskread: wave(i, 10) ** 6 * 9e7,
              diskwrite: wave(i, 11) * 6e6,
            }
          : {}),
      }));
    },
  };
}

const spans: Readonly<Record<string, number>> = {
  hour: 3600,
  day: 86_400,
  week: 604_800,
  month: 2_592_000,
  year: 31_536_000,
};

export function wave(i: number, seed: number): number {
  return Math.abs(Math.sin(i / 9 + seed)) * 0.6 + steady(i + seed) * 0.4;
}

/** Seventy samples over the time span; the first few are missing, as on a node that started then. */
export function samples(timeframe: string | undefined, of: (i: number) => object): object[] {
  const span = spans[timeframe ?? 'hour'] ?? 3600;
  const end = Math.floor(Date.now() / 1000);
  return Array.from({ length: 70 }, (_, i) => ({
    time: Math.round(end - span + (i * span) / 69),
    ...(i < 6 ? {} : of(i)),
  }));
}
