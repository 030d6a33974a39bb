// The mock's answers about backups of guests: what there is, making them, restoring from them, pruning.
import { keepRules, pruneBackupsString } from '../../server/contract/prune-backups.ts';
import { containerHandlers } from './container-handlers.ts';
import type { MockVolume } from './fixtures.ts';
import { guestHandlers } from './guest-handlers.ts';
import { markProofs } from './proof-handlers.ts';
import { type Handlers, type MockRequest, Refusal } from './reply.ts';
import type { World } from './world.ts';

const GiB = 1024 ** 3;
const day = 86_400;
const hostile = 'before <img src=x onerror=alert(1)> & "the upgrade"';
const now = () => Math.floor(Date.now() / 1000);

type Kind = 'qemu' | 'lxc';
interface BackupFacts {
  readonly kind: Kind;
  readonly vmid: number;
  readonly ctime: number;
  readonly size: number;
  readonly format?: string;
}

/** As a guest's backup is called. */
function backupOf({ kind, vmid, ctime, size, format = kind === 'lxc' ? 'tar.zst' : 'vma.zst' }: BackupFacts) {
  const time = new Date(ctime * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '_').replace('T', '-');
  return {
    ...{ volid: `nas:backup/vzdump-${kind}-${vmid}-${time}.${format}`, content: 'backup', format },
    ...{ subtype: kind, size: Math.round(size), ctime, vmid },
  };
}

function firstBackups(): MockVolume[] {
  const at = (daysAgo: number) => now() - Math.round(daysAgo * day) - 3 * 3600;
  const daily = (kind: Kind, vmid: number, count: number, size: number): MockVolume[] =>
    Array.from({ length: count }, (_, i) => ({
      ...backupOf({ kind, vmid, ctime: at(i * (1 + Math.floor(i / 5))), size: size * (1 + (i % 3) / 40) }),
      notes: kind === 'lxc' ? 'ct' : 'web-frontend',
    }));
  const [newest, second, ...others] = daily('qemu', 102, 9, 11.4 * GiB);
  return [
    { ...newest!, notes: hostile },
    { ...second!, protected: 1, notes: 'The last one with the old shop\nAsk Anna before it goes' },
    ...others,
    { ...backupOf({ kind: 'qemu', vmid: 102, ctime: at(200), size: 9e9, format: 'vma.lzo' }) },
    ...daily('qemu', 108, 4, 3.1 * GiB),
    ...daily('lxc', 200, 6, 0.7 * GiB),
    ...daily('qemu', 955, 1, 22 * GiB),
    {
      ...{ volid: 'nas:backup/golden-image.vma', content: 'backup', subtype: 'unknown', format: 'vma' },
      ...{ size: 4 * GiB, ctime: at(390), notes: 'Copied by hand' },
    },
  ];
}

/** As at the start; `none`: without any. */
export function refillBackups(world: World, none = false): void {
  const others = world.volumes.filter(({ content }) => content !== 'backup');
  world.volumes = none ? others : [...others, ...firstBackups()];
  markProofs(world);
}

const configText = (vmid: number) =>
  [
    `#Shop front, ${hostile}`,
    ...['agent: enabled=1', 'boot: order=scsi0;ide2;net0', 'cores: 4', 'memory: 8192'],
    `name: guest-${vmid}`,
    `net0: virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1,queues=4,tag=12`,
    `scsi0: local:${vmid}/vm-${vmid}-disk-0.qcow2,discard=on,iothread=1,size=32G,serial=a-long-serial-number,ssd=1`,
    ...['scsihw: virtio-scsi-single', '#qmdump#map:scsi0:drive-scsi0:local:qcow2:'],
  ].join('\n');

export function backupHandlers(world: World): Handlers {
  refillBackups(world);
  const find = (volid: string | undefined): MockVolume => {
    const found = world.volumes.find((one) => one.volid === volid);
    if (!found) throw new Refusal(500, `volume '${volid}' does not exist`);
    return found;
  };
  const mark = ({ params }: MockRequest) => {
    const parsed = pruneBackupsString.parse(params['prune-backups'] ?? '');
    if (!parsed.ok || keepRules.every((rule) => !parsed.value[rule]))
      throw new Refusal(400, 'Parameter verification failed.', { 'prune-backups': 'nothing is kept' });
    // Roughly: the newest of each guest, as many as all rules together keep.
    const most = keepRules.reduce((sum, rule) => sum + (parsed.value[rule] ?? 0), 0);
    const seen = new Map<number, number>();
    return world.volumes
      .filter(
        ({ content, vmid, volid }) =>
          content === 'backup' &&
          volid.startsWith(`${params['storage']}:`) &&
          (params['vmid'] === undefined || vmid === Number(params['vmid'])),
      )
      .sort((a, b) => b.ctime - a.ctime)
      .map(({ volid, ctime, vmid, subtype = 'unknown', protected: isProtected }) => {
        const place = (seen.get(vmid ?? 0) ?? 0) + 1;
        if (isProtected !== 1) seen.set(vmid ?? 0, place);
        const fate = vmid === undefined ? 'renamed' : isProtected === 1 ? 'protected' : undefined;
        return {
          ...{ volid, ctime, type: subtype, mark: fate ?? (place <= most ? 'keep' : 'remove') },
          ...(vmid === undefined ? {} : { vmid }),
        };
      });
  };
  const restoring =
    (kind: Kind, name: 'archive' | 'ostemplate') =>
    (request: MockRequest): unknown => {
      const create = (kind === 'qemu' ? guestHandlers(world) : containerHandlers(world))[
        `POST /nodes/{node}/${kind}`
      ]!;
      const { params } = request;
      if (!params[name]?.includes(':backup/')) return create(request);
      const backup = find(params[name]);
      if (params['live-restore'] === '1' && backup.size > 20 * GiB)
        throw new Refusal(501, 'live-restore is not possible', {
          'live-restore': 'the archive cannot be read from anywhere, only from beginning to end',
        });
      const vmid = Number(params['vmid']);
      const label = kind === 'qemu' ? 'VM' : 'CT';
      const total = backup.size * 1.7;
      const steps = Array.from({ length: 20 }, (_, i) => ({
        ...{ text: `restored ${(i + 1) * 5} %`, ms: 300, bytes: { done: (total * i) / 20, total } },
      }));
      const type = kind === 'qemu' ? 'qmrestore' : 'vzrestore';
      if (params['force'] !== '1')
        create({ ...request, params: { ...params, name: `restored-${backup.vmid}` } });
      return world.task(params['node']!, type, String(vmid), `${label} ${vmid} - Restore`, steps);
    };
  const prune = '/nodes/{node}/storage/{storage}/prunebackups';
  return {
    'POST /nodes/{node}/vzdump': ({ params }) => {
      const guest = world.guest(Number(params['vmid']));
      if (!guest) throw new Refusal(500, `there is no guest ${params['vmid']}`);
      if (params['notes-template']?.includes('{{nobody}}'))
        throw new Refusal(400, 'Parameter verification failed.', {
          'notes-template': "unknown variable 'nobody'",
        });
      const vmid = guest.vmid!;
      const kind: Kind = guest.type === 'lxc' ? 'lxc' : 'qemu';
      return world.task(
        params['node']!,
        'vzdump',
        String(vmid),
        `${kind === 'lxc' ? 'CT' : 'VM'} ${vmid} - Backup`,
        [
          ...Array.from({ length: 20 }, (_, i) => ({
            ...{ text: `${(i + 1) * 5} % (640 MiB/s)`, ms: params['mode'] === 'stop' ? 1500 : 300 },
            bytes: { done: (i / 20) * 32 * GiB, total: 32 * GiB },
          })),
          {
            ...{ text: 'archive is written', ms: 100 },
            run: () => {
              world.volumes.push({
                ...backupOf({ kind, vmid, ctime: now(), size: 11.6 * GiB }),
                notes: (params['notes-template'] ?? '').replace('{{guestname}}', guest.name ?? ''),
                protected: params['protected'] === '1' ? 1 : 0,
              });
            },
          },
        ],
      );
    },
    'GET /nodes/{node}/vzdump/extractconfig': async ({ params }) => {
      await world.before('extractconfig');
      return configText(find(params['volume']).vmid ?? 0);
    },
    [`GET ${prune}`]: async (request) => {
      await world.before('prune');
      return mark(request);
    },
    [`DELETE ${prune}`]: (request) => {
      const gone = new Set(
        mark(request)
          .filter((one) => one.mark === 'remove')
          .map(({ volid }) => volid),
      );
      const { node = '', storage = '' } = request.params;
      return world.task(node, 'prunebackups', storage, `Storage ${storage} - Prune backups`, [
        {
          ...{ text: `removing ${gone.size} backups`, ms: 800 },
          run: () => {
            world.volumes = world.volumes.filter(({ volid }) => !gone.has(volid));
          },
        },
      ]);
    },
    'POST /nodes/{node}/qemu': restoring('qemu', 'archive'),
    'POST /nodes/{node}/lxc': restoring('lxc', 'ostemplate'),
  };
}
