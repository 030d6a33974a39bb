// The mock's answers about using disks: what is on them, directories, groups and pools that come and go.
import type {
  DiskContents,
  DiskDirectory,
  LvmGroup,
  ThinPool,
} from '../../server/contract/node-disk-changes.ts';
import { nodeNames } from './fixtures.ts';
import { type MockDisk, mockDisks } from './node-fixtures.ts';
import { type Handlers, type MockRequest, Refusal } from './reply.ts';
import type { World } from './world.ts';

const GiB = 1024 ** 3;

export function diskHandlers(world: World): Handlers {
  let disks: readonly MockDisk[] = mockDisks;
  let directories: readonly DiskDirectory[] = [
    {
      ...{ name: 'archive', path: '/mnt/pve/archive', device: '/dev/disk/by-uuid/5f1c', type: 'xfs' },
      ...{ options: 'defaults', unitfile: '/var/lib/croft/disk-mounts/archive.mount', mounted: 0 },
      ...{ storages: ['archive'], problem: 'its disk is not connected' },
    },
  ];
  let groups: readonly LvmGroup[] = [
    {
      ...{ name: 'croft', size: 470 * GiB, free: 12 * GiB, leaf: 0, partial: 0, storages: [] },
      children: [{ name: '/dev/nvme0n1p5', size: 470 * GiB, free: 12 * GiB, leaf: 1 }],
      volumes: [{ name: 'local', size: 100 * GiB, type: 'linear', open: 1 }],
    },
    {
      ...{ name: 'old-<b>pve</b>', size: 894 * GiB, free: 16 * GiB, leaf: 0, partial: 0, storages: [] },
      children: [{ name: '/dev/sdb', size: 894 * GiB, free: 16 * GiB, leaf: 1 }],
      volumes: [
        { name: 'data', size: 800 * GiB, type: 'thin-pool', open: 0 },
        { name: 'vm-100-disk-0', size: 32 * GiB, type: 'thin', pool: 'data', open: 0 },
      ],
    },
  ];
  let pools: readonly ThinPool[] = [
    {
      ...{ lv: 'data', vg: 'old-<b>pve</b>', lv_size: 800 * GiB, used: 731 * GiB },
      ...{ metadata_size: 8 * GiB, metadata_used: GiB, volumes: ['vm-100-disk-0'], storages: [] },
    },
  ];
  const isFirst = ({ params }: MockRequest) => params['node'] === nodeNames[0];
  const here = async <T>(request: MockRequest, list: () => readonly T[]): Promise<readonly T[]> => {
    await world.before('disks');
    return isFirst(request) ? list() : [];
  };
  const diskAt = (path: string | undefined): MockDisk => {
    const found = disks.find((one) => one.devpath === path);
    if (found) return found;
    throw new Refusal(400, 'Parameter verification failed.', {
      disk: `'${path}' is not a disk of this node`,
    });
  };
  const usesOf = ({ devpath }: MockDisk) =>
    devpath.startsWith('/dev/nvme0n1') ? [`${devpath}: this machine runs from it`] : [];
  const lossesOf = ({ devpath, used }: MockDisk) => {
    if (used === undefined) return [];
    return used === 'LVM'
      ? [`${devpath}: volume group 'old-<b>pve</b>', with data, vm-100-disk-0, 960.2 GB`]
      : [`${devpath}: file system ${used.toLowerCase()} ‘photos <i>2019</i>’, 4.0 TB`];
  };
  const mark = (path: string, used: string | undefined, vgname?: string) => {
    disks = disks.map((one): MockDisk => {
      if (one.devpath !== path) return one;
      const { used: _used, vgname: _vgname, ...rest } = one;
      return { ...rest, ...(used ? { used } : {}), ...(vgname ? { vgname } : {}) };
    });
  };
  const start = (node: string | undefined, type: string, id: string, what: string, run: () => void) =>
    world.task(node ?? '', type, id, what, [{ text: what, ms: 900, run }]);
  const taken = (name: string | undefined, names: readonly string[]) => {
    if (names.includes(name ?? ''))
      throw new Refusal(400, 'Parameter verification failed.', { name: `'${name}' exists already` });
  };
  const empty = (path: string | undefined) => {
    const disk = diskAt(path);
    if (disk.used !== undefined) throw new Refusal(500, `${path} is not empty: ${lossesOf(disk).join('; ')}`);
    return disk;
  };
  const storagesOf = ({ params }: MockRequest) =>
    params['add_storage'] === '1' ? [params['name'] ?? ''] : [];
  const makeGroup = (request: MockRequest, disk: MockDisk): void => {
    const { name = '' } = request.params;
    const pv = { name: disk.devpath, size: disk.size, free: disk.size, leaf: 1 as const };
    const group = { name, size: disk.size, free: disk.size, leaf: 0 as const, partial: 0 as const };
    groups = [...groups, { ...group, children: [pv], volumes: [], storages: storagesOf(request) }];
    mark(disk.devpath, 'LVM', name);
  };
  const removeGroup = (name: string | undefined, erase: boolean): void => {
    for (const child of groups.find((one) => one.name === name)?.children ?? [])
      mark(child.name, erase ? undefined : 'LVM');
    groups = groups.filter((one) => one.name !== name);
    pools = pools.filter((one) => one.vg !== name);
  };

  return {
    'GET /nodes/{node}/disks/list': (request) => here(request, () => disks),
    'GET /nodes/{node}/disks/contents': async ({ params }): Promise<DiskContents> => {
      await world.before('disks');
      const disk = diskAt(params['disk']);
      return {
        ...{ disk: disk.devpath, model: disk.model, serial: disk.serial, size: disk.size },
        ...{ identity: 'mock', uses: usesOf(disk), losses: lossesOf(disk) },
      };
    },
    'PUT /nodes/{node}/disks/wipedisk': ({ params: { node, disk = '' } }) => {
      const uses = usesOf(diskAt(disk));
      if (uses.length > 0) throw new Refusal(500, `${disk} is in use: ${uses.join('; ')}`);
      return start(node, 'wipedisk', disk.slice(5), `Disk ${disk} - Wipe`, () => mark(disk, undefined));
    },
    'POST /nodes/{node}/disks/initgpt': ({ params: { node, disk = '' } }) => {
      empty(disk);
      return start(node, 'diskinit', disk.slice(5), `Disk ${disk} - Initialize with GPT`, () => {
        disks = disks.map((one) => (one.devpath === disk ? { ...one, gpt: 1 } : one));
      });
    },

    'GET /nodes/{node}/disks/directory': (request) => here(request, () => directories),
    'POST /nodes/{node}/disks/directory': (request) => {
      const { node, name = '', device, filesystem = 'ext4' } = request.params;
      const disk = empty(device);
      taken(
        name,
        directories.map((one) => one.name),
      );
      return start(node, 'dircreate', name, `Directory ${name} - Create on ${device}`, () => {
        mark(disk.devpath, filesystem);
        directories = [
          ...directories,
          {
            ...{ name, path: `/mnt/pve/${name}`, device: disk.devpath, type: filesystem },
            ...{ options: 'defaults', unitfile: `/var/lib/croft/disk-mounts/${name}.mount`, mounted: 1 },
            ...{ size: disk.size, avail: Math.round(disk.size * 0.98), storages: storagesOf(request) },
          },
        ];
      });
    },
    'DELETE /nodes/{node}/disks/directory/{name}': ({ params }) => {
      const { node, name = '' } = params;
      const found = directories.find((one) => one.name === name);
      if (!found) throw new Refusal(404, `directory '${name}' does not exist`);
      return start(node, 'dirremove', name, `Directory ${name} - Remove`, () => {
        directories = directories.filter((one) => one.name !== name);
        if (params['cleanup-disks'] === '1') mark(found.device, undefined);
      });
    },

    'GET /nodes/{node}/disks/lvm': async (request) => ({
      ...{ leaf: 0, children: await here(request, () => groups) },
    }),
    'POST /nodes/{node}/disks/lvm': (request) => {
      const { node, name = '', device } = request.params;
      const disk = empty(device);
      taken(
        name,
        groups.map((one) => one.name),
      );
      return start(node, 'lvmcreate', name, `Volume group ${name} - Create on ${device}`, () =>
        makeGroup(request, disk),
      );
    },
    'DELETE /nodes/{node}/disks/lvm/{name}': ({ params }) => {
      const { node, name = '' } = params;
      if (groups.find((one) => one.name === name)?.volumes.some((volume) => volume.open === 1))
        throw new Refusal(500, `volume group '${name}' is in use: local is open or mounted`);
      return start(node, 'lvmremove', name, `Volume group ${name} - Remove`, () =>
        removeGroup(name, params['cleanup-disks'] === '1'),
      );
    },

    'GET /nodes/{node}/disks/lvmthin': (request) => here(request, () => pools),
    'POST /nodes/{node}/disks/lvmthin': (request) => {
      const { node, name = '', device } = request.params;
      const disk = empty(device);
      taken(
        name,
        groups.map((one) => one.name),
      );
      return start(node, 'lvmthincreate', name, `Thin pool ${name} - Create on ${device}`, () => {
        makeGroup(request, disk);
        const size = Math.round(disk.size * 0.97);
        const metadata = { metadata_size: Math.round(disk.size / 100), metadata_used: 0 };
        const pool = { lv: name, vg: name, lv_size: size, used: 0, volumes: [] };
        pools = [...pools, { ...pool, ...metadata, storages: storagesOf(request) }];
      });
    },
    'DELETE /nodes/{node}/disks/lvmthin/{name}': ({ params }) => {
      const { node, name = '', 'volume-group': group } = params;
      return start(node, 'lvmthinremove', `${group}-${name}`, `Thin pool ${group}/${name} - Remove`, () => {
        pools = pools.filter((one) => one.vg !== group || one.lv !== name);
        if (params['cleanup-disks'] === '1') removeGroup(group, true);
      });
    },
  };
}
