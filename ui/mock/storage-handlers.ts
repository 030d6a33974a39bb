// The mock's answers about the configuration of storages: adding, changing, removing them, and what is found by looking.
import type { ResourceItem } from '../../server/contract/resources.ts';
import { nodeNames } from './fixtures.ts';
import { type Handlers, Refusal } from './reply.ts';
import { mockStorageTypes } from './storage-types.ts';
import type { World } from './world.ts';

type Config = Record<string, unknown> & { storage: string; type: string };

const places: Readonly<Record<string, Record<string, unknown>>> = {
  local: { path: '/var/lib/croft/storage', 'create-base-path': 1 },
  fast: { path: '/srv/fast', nodes: 'croft1' },
  nas: { server: '10.0.0.40', export: '/export/vm', options: 'vers=4.2' },
};

const worlds = new WeakMap<World, Map<string, Config>>();

/** What is configured, from the storages that are there. */
export function storageConfigs(world: World): Map<string, Config> {
  const known = worlds.get(world);
  if (known) return known;
  const made = new Map<string, Config>();
  for (const one of world.resources.values()) {
    if (one.type !== 'storage' || one.storage === undefined || made.has(one.storage)) continue;
    const { storage, plugintype = 'dir', content = '' } = one;
    made.set(storage, { storage, type: plugintype, content, ...places[storage], digest: 'd1' });
  }
  worlds.set(world, made);
  return made;
}

export function storageHandlers(world: World): Handlers {
  const configs = storageConfigs(world);
  const configOf = (storage = ''): Config => {
    const config = configs.get(storage);
    if (!config) throw new Refusal(500, `storage '${storage}' does not exist`);
    return config;
  };
  const changed = (storage: string) => world.emit({ type: 'config', path: `/storage/${storage}` });
  const resource = (node: string, config: Config): ResourceItem => ({
    id: `storage/${node}/${config.storage}`,
    ...{ type: 'storage', node, storage: config.storage, plugintype: config.type, status: 'available' },
    ...{ content: String(config['content'] ?? ''), shared: 0, disk: 2e11, maxdisk: 1e12 },
  });
  return {
    'GET /storage': async () => {
      await world.before('storages');
      return [...configs.values()];
    },
    'GET /storage/{storage}': ({ params }) => configOf(params['storage']),
    'POST /storage': ({ params }) => {
      const { storage = '', type = '', ...options } = params;
      if (configs.has(storage)) throw new Refusal(500, `storage ID '${storage}' already defined`);
      if (options['path']?.startsWith('/proc'))
        throw new Refusal(400, 'Parameter verification failed.', {
          path: 'this folder belongs to the system',
        });
      const config: Config = { ...options, storage, type, digest: 'd1' };
      configs.set(storage, config);
      for (const node of nodeNames.slice(0, 1)) {
        const item = resource(node, config);
        world.resources.set(item.id, item);
        world.emit({ type: 'resource', resource: item });
      }
      changed(storage);
      return { storage, type };
    },
    'PUT /storage/{storage}': ({ params }) => {
      const { storage = '', delete: gone = '', digest: _digest, ...options } = params;
      const config = configOf(storage);
      if (options['content'] === 'none' && storage === 'nas')
        throw new Refusal(400, 'Parameter verification failed.', { content: 'two guests have disks there' });
      Object.assign(config, options, 'disable' in options ? { disable: Number(options['disable']) } : {});
      for (const name of gone.split(',')) delete config[name];
      changed(storage);
      return { storage, type: config.type };
    },
    'DELETE /storage/{storage}': ({ params }) => {
      const { storage = '' } = params;
      configOf(storage);
      if (storage === 'local' || storage === 'nas')
        throw new Refusal(500, `storage '${storage}' is used by VM 100, VM 105, CT 203`);
      configs.delete(storage);
      for (const id of [...world.resources.keys()].filter((one) => one.endsWith(`/${storage}`))) {
        world.resources.delete(id);
        world.emit({ type: 'resource-gone', id });
      }
      changed(storage);
      return null;
    },
    'GET /nodes/{node}/storage-types': async () => {
      await world.before('storage-types');
      return mockStorageTypes;
    },
    'GET /nodes/{node}/scan/nfs': ({ params }) => {
      if (params['server']?.startsWith('silent'))
        throw new Refusal(504, `the server ${params['server']} did not answer within 10 seconds`);
      return [
        { path: '/srv/machines', options: '192.0.2.0/24' },
        { path: '/srv/public', options: '*' },
      ];
    },
    'GET /nodes/{node}/scan/cifs': () => [
      { share: 'machines', description: 'Disks of machines' },
      { share: 'office', description: '' },
    ],
    'GET /nodes/{node}/scan/iscsi': ({ params }) => [
      { target: 'iqn.2026-01.com.example:machines', portal: `${params['portal']}:3260` },
    ],
    'GET /nodes/{node}/scan/lvm': () => [
      { vg: 'data', size: 2e12, free: 1.5e12 },
      { vg: 'system', size: 5e11, free: 0 },
    ],
    'GET /nodes/{node}/scan/lvmthin': () => [{ lv: 'pool' }],
  };
}
