// The mock's answers about nodes, storages and tasks.
import { nodeNames, samples, wave } from './fixtures.ts';
import { type Handlers, type MockRequest, Refusal } from './reply.ts';
import type { World } from './world.ts';

const GiB = 1024 ** 3;

export function clusterHandlers(world: World): Handlers {
  const nodeOf = (request: MockRequest) => {
    const node = world.resources.get(`node/${request.params['node']}`);
    if (!node) throw new Refusal(500, `hostname lookup '${request.params['node']}' failed`);
    return node;
  };
  const storageOf = (request: MockRequest) => {
    const storage = world.resources.get(`storage/${request.params['node']}/${request.params['storage']}`);
    if (!storage) throw new Refusal(500, `storage '${request.params['storage']}' does not exist`);
    return storage;
  };
  return {
    'GET /version': () => ({ version: '9.1.1', release: '9.1', repoid: 'b1d4ccb' }),
    'GET /cluster/resources': () => [...world.resources.values()].filter((one) => world.shown(one)),
    'GET /cluster/tasks': () => [...world.tasks.values()],
    'GET /cluster/nextid': () => {
      let id = 100;
      while (world.guest(id)) id += 1;
      return String(id);
    },
    'GET /nodes/{node}/status': (request) => {
      const node = nodeOf(request);
      const first = node.node === nodeNames[0];
      return {
        'boot-info': { mode: first ? 'efi' : 'legacy-bios' },
        cpu: node.cpu,
        wait: first ? 0.012 : 0.11,
        cpuinfo: {
          cores: first ? 8 : 4,
          cpus: node.maxcpu,
          model: first ? 'AMD EPYC 4344P 8-Core Processor' : 'Intel(R) Xeon(R) E3-1230',
          sockets: 1,
        },
        'current-kernel': {
          machine: 'x86_64',
          release: '6.12.48+deb13-amd64',
          sysname: 'Linux',
          version: '#1 SMP',
        },
        loadavg: first ? ['3.12', '2.87', '2.60'] : ['7.90', '7.41', '6.02'],
        memory: { total: node.maxmem, used: node.mem, free: (node.maxmem ?? 0) - (node.mem ?? 0) },
        swap: { total: 8 * GiB, used: first ? 0 : 1.2 * GiB, free: 7 * GiB },
        pveversion: 'croft/0.1.0',
        rootfs: { total: node.maxdisk, used: node.disk, free: 1, avail: 1 },
        uptime: node.uptime,
        accelerator: node.accelerator,
        acceleratorReason: node.acceleratorReason,
      };
    },
    'GET /nodes/{node}/version': () => ({ version: '0.1.0', release: '0.1', repoid: 'b1d4ccb' }),
    'GET /nodes/{node}/rrddata': (request) => {
      const node = nodeOf(request);
      return samples(request.params['timeframe'], (i) => ({
        cpu: (node.cpu ?? 0) * (0.6 + wave(i, 1)),
        memused: (node.mem ?? 0) * (0.9 + wave(i, 2) * 0.1),
        memtotal: node.maxmem,
        netin: wave(i, 3) * 4e7,
        netout: wave(i, 4) * 2e7,
        loadavg: wave(i, 6) * 6,
        iowait: wave(i, 7) * 0.08,
        rootused: (node.disk ?? 0) * (0.95 + wave(i, 8) * 0.05),
        roottotal: node.maxdisk,
      }));
    },
    'GET /nodes/{node}/network': () => [
      {
        iface: 'vmbr0',
        type: 'bridge',
        active: 1,
        cidr: '10.10.0.1/24',
        comments: 'private network with DHCP\n',
      },
      { iface: 'vmbr1', type: 'bridge', active: 1, comments: 'office\n' },
    ],
    'GET /nodes/{node}/storage': ({ params }) =>
      [...world.resources.values()]
        .filter((one) => one.type === 'storage' && one.node === params['node'])
        .map((one) => ({
          storage: one.storage,
          type: one.plugintype,
          content: one.content,
          active: one.problem ? 0 : 1,
          avail: (one.maxdisk ?? 0) - (one.disk ?? 0),
          ...(params['format'] === '1' && one.content?.includes('images')
            ? { formats: { default: 'qcow2', supported: ['raw', 'qcow2', 'vmdk'] } }
            : {}),
        })),
    'GET /nodes/{node}/storage/{storage}/status': (request) => {
      const one = storageOf(request);
      return {
        type: one.plugintype,
        content: one.content,
        active: one.problem ? 0 : 1,
        shared: one.shared,
        total: one.maxdisk,
        used: one.disk,
        avail: (one.maxdisk ?? 0) - (one.disk ?? 0),
        ...(one.problem ? { problem: one.problem, circuit: silentSince(200) } : {}),
      };
    },
    'GET /nodes/{node}/storage/{storage}/content': async (request) => {
      const one = storageOf(request);
      await world.before('content');
      if (one.problem) throw new Refusal(500, one.problem);
      return world.volumes.filter(
        (volume) =>
          volume.volid.startsWith(`${one.storage}:`) &&
          (request.params['content'] === undefined || volume.content === request.params['content']) &&
          (request.params['vmid'] === undefined || volume.vmid === Number(request.params['vmid'])),
      );
    },
    'GET /nodes/{node}/query-url-metadata': ({ params }) => ({
      filename: (params['url'] ?? '').split('/').at(-1),
      size: 812 * 1024 ** 2,
      mimetype: 'application/octet-stream',
    }),
    'POST /nodes/{node}/storage/{storage}/download-url': ({ params }) =>
      world.task(
        params['node']!,
        'download',
        params['storage']!,
        `Storage ${params['storage']} - Download ${params['filename']}`,
        [
          ...Array.from({ length: 20 }, (_, i) => ({ text: `${(i + 1) * 5} %`, ms: 400 })),
          {
            text: 'moving into place',
            ms: 100,
            run: () =>
              addVolume(world, params['storage']!, params['content']!, params['filename']!, 812 * 1024 ** 2),
          },
        ],
      ),
    'GET /nodes/{node}/tasks/{upid}/log': ({ params }) =>
      (world.logs.get(params['upid'] ?? '') ?? []).map((t, n) => ({ n: n + 1, t })),
    'DELETE /nodes/{node}/tasks/{upid}': ({ params }) => {
      world.cancel(params['upid'] ?? '');
      return null;
    },
  };
}

export function addVolume(world: World, storage: string, content: string, name: string, size: number): void {
  const volid = `${storage}:${content}/${name}`;
  world.volumes = world.volumes.filter((one) => one.volid !== volid);
  world.volumes.push({
    volid,
    format: content === 'iso' ? 'iso' : (name.split('.').at(-1) ?? 'raw'),
    size,
    content,
    ctime: Math.floor(Date.now() / 1000),
  });
}

/** A storage that is left alone since so many seconds, and tried again soon. */
function silentSince(seconds: number): { since: number; retry: number } {
  const now = Math.floor(Date.now() / 1000);
  return { since: now - seconds, retry: now + 12 };
}
