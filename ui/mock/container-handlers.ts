// The mock's answers about containers and their templates.
import type { ResourceItem } from '../../server/contract/resources.ts';
import { addVolume } from './cluster-handlers.ts';
import { catalogueFixtures, containerConfig } from './container-fixtures.ts';
import { guestOf, type KindRules, powerHandlers } from './power-handlers.ts';
import { type Handlers, type MockRequest, Refusal } from './reply.ts';
import type { World } from './world.ts';

const rules: KindRules = {
  kind: 'lxc',
  waits: /^(features|unprivileged|rootfs|mp\d|tty|console|entrypoint)/,
  waitsRemoved: /^(mp|dev)\d/,
  check(values) {
    const refuse = (errors: Record<string, string>) => {
      throw new Refusal(400, 'Parameter verification failed.', errors);
    };
    if (values['memory'] !== undefined && !(Number(values['memory']) >= 16))
      refuse({ memory: 'value must have a minimum value of 16' });
    if (values['hostname'] !== undefined && !/^[A-Za-z0-9.-]+$/.test(values['hostname']))
      refuse({ hostname: 'value is not a valid DNS name' });
    for (const [key, value] of Object.entries(values))
      if (/^mp\d/.test(key) && value.startsWith('/') && !value.startsWith('/srv/'))
        refuse({
          [key]: `${value.split(',')[0]} must be in one of the folders that may be handed to containers: /srv`,
        });
  },
  allocated(vmid, key, value) {
    const match = /^([a-z][\w.-]*):(\d+)(,.*)?$/.exec(value);
    return match ? `${match[1]}:${vmid}/vm-${vmid}-${key}.subvol${match[3] ?? ''},size=${match[2]}G` : value;
  },
};

export function containerHandlers(world: World): Handlers {
  const ctOf = (request: MockRequest) => guestOf(world, 'lxc', request);
  const snapshotsOf = (vmid: number) => world.snapshots.get(vmid) ?? [];
  const snapshotOf = (request: MockRequest) => {
    const found = snapshotsOf(ctOf(request).vmid!).find((one) => one.name === request.params['snapname']);
    if (!found) throw new Refusal(500, `snapshot '${request.params['snapname']}' does not exist`);
    return found;
  };
  const task = (ct: ResourceItem, type: string, words: string, ms: number, run: () => void) =>
    world.task(ct.node, type, String(ct.vmid), `CT ${ct.vmid} - ${words}`, [
      { text: words, ms: ms / 2 },
      { text: 'done', ms: ms / 2, run },
    ]);
  const changed = (vmid: number) => world.emit({ type: 'config', path: `/vms/${vmid}` });
  const setSize = (vmid: number, disk: string, by: number) => {
    const config = world.configs.get(vmid)!;
    config[disk] = String(config[disk]).replace(
      /size=(\d+)G/,
      (_, old: string) => `size=${Number(old) + by}G`,
    );
  };
  const proxy = (port: number) => () => ({ port, ticket: 'PVEVNC:mock', user: 'root@pam', upid: 'U' });
  const base = '/nodes/{node}/lxc/{vmid}';
  return {
    ...powerHandlers(world, rules),
    [`POST ${base}/termproxy`]: proxy(5901),
    [`POST ${base}/shell`]: proxy(5902),
    [`GET ${base}/status/current`]: (request) => {
      const ct = ctOf(request);
      return {
        ...ct,
        status: ct.status === 'stopped' ? 'stopped' : 'running',
        state: ct.status,
        ha: { managed: 0 },
        ...(ct.vmid === 203
          ? { warnings: ['AppArmor is off in the kernel: only namespaces and seccomp hold the containers.'] }
          : {}),
      };
    },
    [`GET ${base}/interfaces`]: (request) => {
      const ct = ctOf(request);
      if (ct.status === 'stopped') return null;
      const last = (ct.vmid ?? 0) - 190;
      return [
        { name: 'lo', 'ip-addresses': [{ 'ip-address': '127.0.0.1', 'ip-address-type': 'inet', prefix: 8 }] },
        {
          name: 'eth0',
          'ip-addresses': [
            { 'ip-address': `10.10.0.${last}`, 'ip-address-type': 'inet', prefix: 24 },
            { 'ip-address': `2001:db8::${last}`, 'ip-address-type': 'inet6', prefix: 64 },
            { 'ip-address': 'fe80::1', 'ip-address-type': 'inet6', prefix: 64 },
          ],
        },
      ];
    },
    [`GET ${base}/feature`]: (request) =>
      ctOf(request).vmid === 203
        ? {
            hasFeature: 0,
            reason: 'storage local cannot snapshot raw volumes while they are open: stop it first',
          }
        : { hasFeature: 1 },
    [`PUT ${base}/resize`]: (request) => {
      const ct = ctOf(request);
      const { disk = '', size = '' } = request.params;
      if (!/^\+\d+G$/.test(size))
        throw new Refusal(400, 'Parameter verification failed.', {
          size: 'value does not match the regex pattern',
        });
      return task(ct, 'resize', `Resize ${disk}`, 800, () =>
        setSize(ct.vmid!, disk, Number(size.slice(1, -1))),
      );
    },
    [`POST ${base}/move_volume`]: (request) => {
      const ct = ctOf(request);
      const { volume = '', storage = '' } = request.params;
      return task(ct, 'move_volume', `Move ${volume} to ${storage}`, 2500, () => {
        const config = world.configs.get(ct.vmid!)!;
        config[volume] = String(config[volume]).replace(/^[^:]+/, storage);
        changed(ct.vmid!);
      });
    },
    [`POST ${base}/template`]: (request) => {
      const ct = ctOf(request);
      world.change(ct.id, { template: 1 });
      return null;
    },
    [`POST ${base}/clone`]: (request) => {
      const ct = ctOf(request);
      const newid = Number(request.params['newid']);
      return task(ct, 'vzclone', `Clone to ${newid}`, 1500, () => {
        const { lock: _lock, template: _template, ...rest } = ct;
        const made: ResourceItem = {
          ...rest,
          ...{ id: `lxc/${newid}`, vmid: newid, status: 'stopped', cpu: 0, mem: 0, uptime: 0 },
          name: request.params['hostname'] ?? `CT${newid}`,
        };
        world.configs.set(newid, { ...world.configs.get(ct.vmid!), hostname: made.name ?? '' });
        world.resources.set(made.id, made);
        world.emit({ type: 'resource', resource: made });
      });
    },
    [`GET ${base}/snapshot`]: async (request) => {
      await world.before('snapshots');
      const vmid = ctOf(request).vmid!;
      const all = snapshotsOf(vmid);
      const parent = all.at(-1)?.name;
      return [...all, { name: 'current', description: 'You are here!', ...(parent ? { parent } : {}) }];
    },
    [`POST ${base}/snapshot`]: (request) => {
      const ct = ctOf(request);
      const { snapname = '', description = '' } = request.params;
      return task(ct, 'vzsnapshot', `Snapshot ${snapname}`, 900, () => {
        const all = snapshotsOf(ct.vmid!);
        const parent = all.at(-1)?.name;
        world.snapshots.set(ct.vmid!, [
          ...all,
          {
            name: snapname,
            description,
            snaptime: Math.floor(Date.now() / 1000),
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
      task(ctOf(request), 'vzrollback', `Rollback to ${snapshotOf(request).name}`, 1500, () => {}),
    [`DELETE ${base}/snapshot/{snapname}`]: (request) => {
      const ct = ctOf(request);
      const { name } = snapshotOf(request);
      return task(ct, 'vzdelsnapshot', `Remove snapshot ${name}`, 900, () =>
        world.snapshots.set(
          ct.vmid!,
          snapshotsOf(ct.vmid!).filter((one) => one.name !== name),
        ),
      );
    },
    'POST /nodes/{node}/lxc': (request) => {
      const { node = '', ...values } = request.params;
      const vmid = Number(values['vmid']);
      if (world.guest(vmid))
        throw new Refusal(400, 'Parameter verification failed.', { vmid: `CT ${vmid} already exists` });
      if (values['hostname'] === 'refused')
        throw new Refusal(400, 'Parameter verification failed.', {
          hostname: 'value is not a valid DNS name',
          net0: 'bridge vmbr0 does not exist on this node',
          features: 'nesting is not allowed here',
        });
      const item: ResourceItem = {
        ...{ id: `lxc/${vmid}`, type: 'lxc', node, vmid, name: values['hostname'] ?? `CT${vmid}` },
        ...{ status: 'stopped', maxcpu: Number(values['cores'] ?? 16), maxdisk: 8 * 1024 ** 3 },
        maxmem: Number(values['memory'] ?? 512) * 1024 ** 2,
      };
      const start = () => world.change(item.id, { status: 'running', uptime: 1, cpu: 0.1, mem: 3e7 });
      world.configs.set(vmid, containerConfig({ ...item, vmid: 299 }));
      world.resources.set(item.id, item);
      world.emit({ type: 'resource', resource: item });
      return world.task(node, 'vzcreate', String(vmid), `CT ${vmid} - Create`, [
        { text: `unpacking ${values['ostemplate']}`, ms: 700 },
        { text: 'setting up Debian', ms: 300, ...(values['start'] === '1' ? { run: start } : {}) },
      ]);
    },
    'GET /nodes/{node}/aplinfo': async () => {
      await world.before('catalogue');
      return world.trouble?.about === 'no-catalogue' ? [] : catalogueFixtures();
    },
    'POST /nodes/{node}/aplinfo': ({ params }) => {
      const { node = '', storage = '', template = '' } = params;
      return world.task(node, 'vztmplbuild', template, `Template ${template} - Build`, [
        ...Array.from({ length: 12 }, (_, i) => ({ text: `unpacking package ${i * 20} of 240`, ms: 500 })),
        { text: 'packing', ms: 500, run: () => addVolume(world, storage, 'vztmpl', template, 128e6) },
      ]);
    },
  };
}
