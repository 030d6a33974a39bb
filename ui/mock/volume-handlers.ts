// The mock's answers about volumes: notes and protection, copies and moves, orphans and whose they become.
import type { MockVolume } from './fixtures.ts';
import { type Handlers, type MockRequest, Refusal } from './reply.ts';
import type { World } from './world.ts';

const GiB = 1024 ** 3;
const base = '/nodes/{node}/storage/{storage}';

interface MockOrphan extends MockVolume {
  used: number;
  reason: 'guest-gone' | 'not-named' | 'no-guest';
}

function orphanFixtures(nowSeconds: number): MockOrphan[] {
  const orphan = (
    name: string,
    gibibytes: number,
    days: number,
    reason: MockOrphan['reason'],
  ): MockOrphan => ({
    volid: `local:${name}`,
    format: name.split('.').at(-1) ?? 'raw',
    content: name.endsWith('.subvol') ? 'rootdir' : 'images',
    size: gibibytes * GiB,
    used: Math.round((gibibytes * GiB) / 3),
    ctime: nowSeconds - days * 86_400,
    vmid: Number(name.split('/')[0]),
    reason,
  });
  return [
    orphan('100/vm-100-disk-7.qcow2', 32, 12, 'not-named'),
    orphan('955/vm-955-disk-0.qcow2', 200, 210, 'guest-gone'),
    {
      ...orphan('955/vm-955-disk-1.raw', 64, 210, 'guest-gone'),
      ...{ protected: 1, notes: 'Books of 2019 <img src=x onerror=alert(1)>' },
    },
    orphan('956/subvol-956-disk-0.subvol', 8, 1, 'guest-gone'),
  ];
}

export function volumeHandlers(world: World): Handlers {
  let orphans = orphanFixtures(Math.floor(Date.now() / 1000));
  const find = ({ params }: MockRequest): MockVolume => {
    const found = [...world.volumes, ...orphans].find((one) => one.volid === params['volume']);
    if (!found) throw new Refusal(500, `volume '${params['volume']}' does not exist`);
    return found;
  };
  const task = ({ params }: MockRequest, type: string, words: string, run: () => void) =>
    world.task(params['node']!, type, params['storage']!, words, [
      ...Array.from({ length: 8 }, (_, i) => ({ text: `${(i + 1) * 10} % copied`, ms: 250 })),
      { text: 'done', ms: 200, run },
    ]);
  return {
    [`GET ${base}/content/{volume}`]: (request) => {
      const { volid, format, size, notes, protected: isProtected } = find(request);
      return {
        path: `/var/lib/croft/${volid.split(':')[1]}`,
        format,
        size,
        used: size,
        notes,
        protected: isProtected,
      };
    },
    [`PUT ${base}/content/{volume}`]: (request) => {
      const volume = find(request);
      const { notes, protected: isProtected } = request.params;
      if (notes !== undefined && notes.length > 65_536)
        throw new Refusal(400, 'Parameter verification failed.', {
          notes: 'must not be longer than 65536 bytes',
        });
      if (notes !== undefined) volume.notes = notes;
      if (isProtected !== undefined) volume.protected = isProtected === '1' ? 1 : 0;
      return null;
    },
    [`DELETE ${base}/content/{volume}`]: ({ params }) =>
      world.task(
        params['node']!,
        'imgdel',
        params['storage']!,
        `Storage ${params['storage']} - Remove ${params['volume']}`,
        [
          {
            text: `removing ${params['volume']}`,
            ms: 500,
            run: () => {
              world.volumes = world.volumes.filter((volume) => volume.volid !== params['volume']);
              orphans = orphans.filter((volume) => volume.volid !== params['volume']);
            },
          },
        ],
      ),
    [`POST ${base}/copy-volume`]: (request) => {
      const volume = find(request);
      const { target = '', name, delete: remove } = request.params;
      if (remove === '1' && volume.vmid !== undefined && !orphans.includes(volume as MockOrphan))
        throw new Refusal(500, `volume '${volume.volid}' is used by VM ${volume.vmid}`);
      const path = volume.volid.slice(volume.volid.indexOf(':') + 1);
      const to = `${target}:${name ? path.replace(/[^/]+$/, name) : path}`;
      const words = `${volume.volid} - ${remove === '1' ? 'Move' : 'Copy'} to ${target}`;
      return task(request, 'volcopy', words, () => {
        if (remove === '1') world.volumes = world.volumes.filter((one) => one !== volume);
        world.volumes.push({ ...volume, volid: to, protected: 0 });
      });
    },
    [`GET ${base}/orphans`]: async ({ params }) => {
      await world.before('content');
      return orphans.filter(({ volid }) => volid.startsWith(`${params['storage']}:`));
    },
    [`POST ${base}/adopt-volume`]: (request) => {
      const { volid, vmid } = find(request);
      return task(request, 'voladopt', `${volid} - Attach to guest ${vmid} as unused`, () => {
        orphans = orphans.filter((one) => one.volid !== volid);
      });
    },
  };
}
