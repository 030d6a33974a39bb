// The mock's answers about containers and their templates.
import type { ResourceItem } from '../../server/contract/resources.ts';
import { addVolume } from './cluster-handlers.ts';
import { catalogueFixtures, containerConfig } from './container-fixtures.ts';
import { copyHandlers } from './copy-handlers.ts';
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
  const task = (ct: ResourceItem, type: string, words: string, ms: number, run: () => void) =>
    world.task(ct.node, type, String(ct.vmid), `CT ${ct.vmid} - ${words}`, [
      { text: words, ms: ms / 2 },
      { text: 'done', ms: ms / 2, run },
    ]);
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
    ...copyHandlers(world, 'lxc'),
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
