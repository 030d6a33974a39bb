// The mock's answers that VMs and containers have alike: actions, configuration, measurements.
import {
  type GuestAction,
  type GuestKind,
  refusalOf,
  refusalSentences,
} from '../../server/contract/guest-actions.ts';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { samples, wave } from './fixtures.ts';
import { type Handlers, type MockRequest, Refusal } from './reply.ts';
import type { World } from './world.ts';

/** What differs between the kinds. */
export interface KindRules {
  readonly kind: GuestKind;
  /** Of a running guest: keys whose change, and whose removal, waits for a restart. */
  readonly waits: RegExp;
  readonly waitsRemoved: RegExp;
  /** Throws a refusal. */
  check(values: Readonly<Record<string, string>>): void;
  /** `local:8` as it is when the volume is there. */
  allocated(vmid: number, key: string, value: string): string;
}

/** The guest that a call is about. */
export function guestOf(world: World, kind: GuestKind, request: MockRequest): ResourceItem {
  const guest = world.guest(Number(request.params['vmid']));
  if (guest?.type !== kind)
    throw new Refusal(
      500,
      `Configuration file 'nodes/${request.params['node']}/${kind}/${request.params['vmid']}.conf' does not exist`,
    );
  return guest;
}

/** Makes a change as a request asks for it: at once, or later where that is the way of things. */
export function changeConfig(world: World, rules: KindRules, request: MockRequest): void {
  const guest = guestOf(world, rules.kind, request);
  const vmid = guest.vmid!;
  const { node: _node, vmid: _vmid, delete: gone, revert, ...values } = request.params;
  rules.check(values);
  const later = guest.status !== 'stopped';
  const config = world.configs.get(vmid)!;
  const pending = world.pending.get(vmid) ?? {};
  for (const key of (revert ?? '').split(',').filter(Boolean)) delete pending[key];
  for (const key of (gone ?? '').split(',').filter(Boolean)) {
    if (later && rules.waitsRemoved.test(key)) pending[key] = null;
    else {
      const value = String(config[key] ?? '');
      delete config[key];
      // A volume that is detached stays.
      if (/^mp\d/.test(key) && !value.startsWith('/')) config['unused0'] = value.split(',')[0] ?? '';
    }
  }
  for (const [key, value] of Object.entries(values)) {
    const made = rules.allocated(vmid, key, value);
    if (later && rules.waits.test(key)) pending[key] = made;
    else config[key] = made;
    for (const [other, text] of Object.entries(config))
      if (/^unused\d/.test(other) && made.startsWith(`${text},`)) delete config[other];
  }
  if (Object.keys(pending).length > 0) world.pending.set(vmid, pending);
  else world.pending.delete(vmid);
  world.change(guest.id, {
    name: String(config['name'] ?? config['hostname'] ?? ''),
    ...(config['tags'] ? { tags: String(config['tags']) } : {}),
  });
  world.emit({ type: 'config', path: `/vms/${vmid}` });
}

const off = { status: 'stopped', cpu: 0, mem: 0, uptime: 0 };

export function powerHandlers(world: World, rules: KindRules): Handlers {
  const { kind } = rules;
  const [label, prefix] = kind === 'lxc' ? ['CT', 'vz'] : ['VM', 'qm'];
  const act =
    (
      action: GuestAction,
      words: string,
      ms: number,
      then: (guest: ResourceItem) => Partial<ResourceItem>,
      during?: string,
    ) =>
    (request: MockRequest) => {
      const guest = guestOf(world, kind, request);
      const refusal = refusalOf(action, {
        kind,
        status: guest.status,
        template: guest.template === 1,
        lock: guest.lock,
      });
      if (refusal) throw new Refusal(500, `${label} ${guest.vmid}: ${refusalSentences[refusal]}`);
      const vmid = guest.vmid!;
      if (during) world.change(guest.id, { status: during });
      return world.task(guest.node, `${prefix}${action}`, String(vmid), `${label} ${vmid} - ${words}`, [
        { text: `${words} ${label} ${vmid}`, ms: ms / 2 },
        { text: 'state reached', ms: ms / 2, run: () => world.change(guest.id, then(guest)) },
      ]);
    };
  const applyPending = (vmid: number) => {
    const config = world.configs.get(vmid);
    for (const [key, value] of Object.entries(world.pending.get(vmid) ?? {})) {
      if (!config) continue;
      if (value === null) delete config[key];
      else config[key] = value;
    }
    world.pending.delete(vmid);
  };
  const started = (guest: ResourceItem): Partial<ResourceItem> => {
    applyPending(guest.vmid!);
    return {
      status: 'running',
      uptime: 1,
      cpu: 0.4,
      mem: (guest.maxmem ?? 0) / 5,
      ...(kind === 'qemu' ? { accelerator: guest.node === 'croft1' ? 'kvm' : 'tcg' } : {}),
    };
  };
  const base = `/nodes/{node}/${kind}/{vmid}`;
  return {
    [`POST ${base}/status/start`]: act('start', 'Start', 1800, started, 'starting'),
    [`POST ${base}/status/shutdown`]: act('shutdown', 'Shut down', 2500, () => off, 'stopping'),
    [`POST ${base}/status/stop`]: act('stop', 'Stop', 700, () => off),
    [`POST ${base}/status/reboot`]: act('reboot', 'Reboot', 2500, (guest) => {
      applyPending(guest.vmid!);
      return { status: 'running', uptime: 1 };
    }),
    [`POST ${base}/status/suspend`]: (request) =>
      request.params['todisk'] === '1'
        ? act('suspend', 'Hibernate', 2500, () => ({ ...off, lock: 'suspended' }))(request)
        : act('suspend', kind === 'lxc' ? 'Freeze' : 'Pause', 500, () => ({ status: 'paused', cpu: 0 }))(
            request,
          ),
    [`POST ${base}/status/resume`]: act('resume', 'Resume', 500, (guest) =>
      guest.status === 'stopped' ? { ...started(guest), lock: '' } : { status: 'running', cpu: 0.2 },
    ),
    ...(kind === 'qemu'
      ? { [`POST ${base}/status/reset`]: act('reset', 'Reset', 500, () => ({ uptime: 1 })) }
      : {}),
    [`DELETE ${base}`]: act('delete', 'Delete', 1500, (guest) => {
      setTimeout(() => {
        world.resources.delete(guest.id);
        world.emit({ type: 'resource-gone', id: guest.id });
      }, 50);
      return {};
    }),
    [`GET ${base}/pending`]: async (request) => {
      await world.before('config');
      const vmid = guestOf(world, kind, request).vmid!;
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
    [`PUT ${base}/config`]: (request) => {
      changeConfig(world, rules, request);
      return null;
    },
    [`GET ${base}/rrddata`]: (request) => {
      const guest = guestOf(world, kind, request);
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
