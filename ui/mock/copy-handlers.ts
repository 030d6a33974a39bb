// The mock's answers about copies of guests of either kind: snapshots, clones, templates, volumes that move.
import type { GuestKind } from '../../server/contract/guest-actions.ts';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { guestOf } from './power-handlers.ts';
import { type Handlers, type MockRequest, Refusal } from './reply.ts';
import type { World } from './world.ts';

/** Guests whose storage cannot do it, and why. */
const unable: Readonly<Record<number, string>> = {
  110: "scsi0: storage 'fast': disks of format 'raw' cannot have snapshots",
  203: 'storage local cannot snapshot raw volumes while they are open: stop it first',
};

export function copyHandlers(world: World, kind: GuestKind): Handlers {
  const [label, prefix] = kind === 'lxc' ? ['CT', 'vz'] : ['VM', 'qm'];
  const of = (request: MockRequest) => guestOf(world, kind, request);
  const snapshotsOf = (vmid: number) => world.snapshots.get(vmid) ?? [];
  const snapshotOf = (request: MockRequest) => {
    const found = snapshotsOf(of(request).vmid!).find((one) => one.name === request.params['snapname']);
    if (!found) throw new Refusal(500, `snapshot '${request.params['snapname']}' does not exist`);
    return found;
  };
  const task = (guest: ResourceItem, type: string, words: string, ms: number, run: () => void) =>
    world.task(guest.node, type, String(guest.vmid), `${label} ${guest.vmid} - ${words}`, [
      { text: words, ms: ms / 2 },
      { text: 'done', ms: ms / 2, run },
    ]);
  const makeTemplate = (guest: ResourceItem) => world.change(guest.id, { template: 1 });
  const move = (type: string, key: 'volume' | 'disk') => (request: MockRequest) => {
    const guest = of(request);
    const { [key]: volume = '', storage = '', 'target-vmid': to } = request.params;
    return task(guest, type, `Move ${volume} to ${to ?? storage}`, 2500, () => {
      const config = world.configs.get(guest.vmid!)!;
      if (to === undefined) config[volume] = String(config[volume]).replace(/^[^:]+/, storage);
      else delete config[volume];
      world.emit({ type: 'config', path: `/vms/${guest.vmid}` });
    });
  };
  const base = `/nodes/{node}/${kind}/{vmid}`;
  return {
    [`GET ${base}/feature`]: (request) => {
      const guest = of(request);
      const { feature, snapname } = request.params;
      const reason =
        unable[guest.vmid!] ??
        (kind === 'qemu' && feature === 'clone' && snapname !== undefined
          ? "scsi0: storage 'local': disks of format 'qcow2' have no linked clones of snapshots there: make a full clone"
          : undefined);
      return reason === undefined ? { hasFeature: 1 } : { hasFeature: 0, reason };
    },
    ...(kind === 'lxc'
      ? { [`POST ${base}/move_volume`]: move('move_volume', 'volume') }
      : {
          [`POST ${base}/move_disk`]: move('qmmove', 'disk'),
          [`GET ${base}/linked-clones`]: () =>
            [101, 102].map((vmid) => ({ vmid, volumes: [`local:${vmid}/vm-${vmid}-disk-0.qcow2`] })),
        }),
    [`POST ${base}/template`]: (request) => {
      const guest = of(request);
      if (kind === 'qemu')
        return task(guest, 'qmtemplate', 'Convert to template', 900, () => makeTemplate(guest));
      makeTemplate(guest);
      return null;
    },
    [`POST ${base}/clone`]: (request) => {
      const guest = of(request);
      const newid = Number(request.params['newid']);
      const name = request.params['hostname'] ?? request.params['name'] ?? `${label}${newid}`;
      return task(guest, `${prefix}clone`, `Clone to ${newid}`, 1500, () => {
        const { lock: _lock, template: _template, ...rest } = guest;
        const made: ResourceItem = {
          ...rest,
          ...{ id: `${kind}/${newid}`, vmid: newid, name, status: 'stopped', cpu: 0, mem: 0, uptime: 0 },
        };
        world.configs.set(newid, {
          ...world.configs.get(guest.vmid!),
          [kind === 'lxc' ? 'hostname' : 'name']: name,
        });
        world.resources.set(made.id, made);
        world.emit({ type: 'resource', resource: made });
      });
    },
    [`GET ${base}/snapshot`]: async (request) => {
      await world.before('snapshots');
      const all = snapshotsOf(of(request).vmid!);
      const parent = all.at(-1)?.name;
      return [...all, { name: 'current', description: 'You are here!', ...(parent ? { parent } : {}) }];
    },
    [`POST ${base}/snapshot`]: (request) => {
      const guest = of(request);
      const { snapname = '', description = '', vmstate } = request.params;
      return task(guest, `${prefix}snapshot`, `Snapshot ${snapname}`, vmstate === '1' ? 6000 : 900, () => {
        const all = snapshotsOf(guest.vmid!);
        const parent = all.at(-1)?.name;
        world.snapshots.set(guest.vmid!, [
          ...all,
          {
            ...{ name: snapname, description, snaptime: Math.floor(Date.now() / 1000) },
            ...(vmstate === '1' ? { vmstate: 1 } : {}),
            ...(parent ? { parent } : {}),
          },
        ]);
      });
    },
    [`PUT ${base}/snapshot/{snapname}/config`]: (request) => {
      snapshotOf(request).description = request.params['description'] ?? '';
      return null;
    },
    [`POST ${base}/snapshot/{snapname}/rollback`]: (request) =>
      task(of(request), `${prefix}rollback`, `Rollback to ${snapshotOf(request).name}`, 1500, () => {}),
    [`DELETE ${base}/snapshot/{snapname}`]: (request) => {
      const guest = of(request);
      const { name } = snapshotOf(request);
      return task(guest, `${prefix}delsnapshot`, `Remove snapshot ${name}`, 900, () =>
        world.snapshots.set(
          guest.vmid!,
          snapshotsOf(guest.vmid!).filter((one) => one.name !== name),
        ),
      );
    },
  };
}
