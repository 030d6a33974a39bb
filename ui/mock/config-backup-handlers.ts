// The mock's answers about backups of the configuration: which there are, what differs from them, restoring.
import type { ConfigItem } from '../../server/contract/config-backups.ts';
import { type Handlers, Refusal } from './reply.ts';
import type { World } from './world.ts';

const now = () => Math.floor(Date.now() / 1000);
const day = 86_400;
const hostile = 'A <img src=x onerror=alert(1)> & "quoted" title';

interface ConfigMock {
  /** Seconds since the epoch, the newest first. */
  times: number[];
  secrets: boolean;
  restored: Set<string>;
  problems: { storage: string; problem: string }[];
}
const mocks = new WeakMap<World, ConfigMock>();
const fresh = (): ConfigMock => ({
  times: [0, 1, 2, 5, 6, 9].map((ago) => now() - 9000 - ago * day),
  ...{ secrets: false, restored: new Set(), problems: [] },
});

export function configBackups(world: World): ConfigMock {
  const known = mocks.get(world) ?? fresh();
  mocks.set(world, known);
  return known;
}

/** As at the start, or as said. */
export function refillConfigBackups(world: World, part: Partial<ConfigMock> = {}): void {
  Object.assign(configBackups(world), fresh(), part);
}

const volume = (time: number) =>
  `nas:backup/croft-config-croft1-${new Date(time * 1000).toISOString().replace(/[-:]|\.\d+/g, '')}.tar.zst`;

const digest = '0123456789abcdef';
const hosts = (more: string) =>
  `127.0.0.1 localhost\n::1 localhost ip6-localhost\n192.0.2.10 croft1.example.org croft1\n${more}`;

/** One of each sort and situation. */
function differing(isOpen: boolean): ConfigItem[] {
  const item = (
    id: string,
    area: ConfigItem['area'],
    name: string,
    more: Partial<ConfigItem>,
  ): ConfigItem => ({
    ...{ id, area, name, digest, state: 'changed', fields: [] },
    ...more,
  });
  return [
    item('guests/101', 'guest', '101', {
      title: 'web-api',
      fields: [
        { name: 'cores', backup: '4', now: '2' },
        {
          name: 'description',
          backup: 'Line one\nLine two\nLine three',
          now: 'Line one\nLine 2\nLine three',
        },
        {
          name: 'net0',
          backup: 'virtio=BC:24:11:5A:10:01,bridge=vmbr0,tag=20',
          now: 'virtio=BC:24:11:5A:10:01,bridge=vmbr0',
        },
        { name: 'scsi1', now: 'local:101/vm-101-disk-1.qcow2,size=64G', kept: 1 },
      ],
      danger: 'it runs: the changes count from its next start',
    }),
    item('guests/142', 'guest', '142', {
      title: hostile,
      state: 'missing',
      fields: [
        { name: 'cores', backup: '2' },
        { name: 'memory', backup: '4096' },
        { name: 'name', backup: hostile },
      ],
      refused:
        "its volume 'local:142/vm-142-disk-0.qcow2' is not there. Restore the guest from one of its own backups",
    }),
    item('storages/nas', 'storage', 'nas', {
      title: 'nfs',
      fields: [{ name: 'prune-backups', backup: 'keep-last=3,keep-daily=7', now: 'keep-last=1' }],
      danger: 'guests that use it may lose sight of their disks',
    }),
    item('backup-jobs/weekly', 'job', 'weekly', {
      title: 'Every Sunday',
      state: 'missing',
      fields: [
        { name: 'all', backup: 'true' },
        { name: 'schedule', backup: 'sun 01:00' },
        { name: 'storage', backup: 'nas' },
      ],
    }),
    item('backup-jobs/trial', 'job', 'trial', {
      state: 'new',
      fields: [{ name: 'schedule', now: '*/5' }],
    }),
    item('users/anna%40pve', 'user', 'anna@pve', {
      title: 'Anna',
      state: 'missing',
      fields: [
        { name: 'enable', backup: 'true' },
        { name: 'groups', backup: 'admins' },
      ],
      danger: 'somebody who was removed can log in again, once there is a password',
      needs: ['groups/admins'],
    }),
    item('groups/admins', 'group', 'admins', {
      title: 'Who administers',
      state: 'missing',
      fields: [{ name: 'comment', backup: 'Who administers' }],
    }),
    item('acl/x', 'permission', 'admins: PVEVMAdmin on /vms', {
      state: 'missing',
      fields: [{ name: 'propagate', backup: 'true' }],
      ...{ danger: 'gives rights', needs: ['groups/admins'] },
    }),
    item('passwords/anna%40pve', 'password', 'anna@pve', {
      state: 'missing',
      fields: [{ name: '', secret: 1 }],
      ...(isOpen
        ? { needs: ['users/anna%40pve'] }
        : { refused: 'passwords are not in this backup, or it was opened without its passphrase' }),
    }),
    item('file/hosts', 'file', '/etc/hosts', {
      fields: [
        { name: '', backup: hosts('192.0.2.40 nas\n'), now: hosts('192.0.2.41 nas\n192.0.2.9 old\n') },
      ],
      danger: 'names that the node itself looks up may lead elsewhere',
    }),
    item('file/interfaces', 'file', '/etc/network/interfaces', {
      fields: [{ name: '', backup: 'address 192.0.2.10/24', now: 'address 192.0.2.11/24' }],
      refused: 'the wrong addresses would cut this node off: compare, and change them on its console',
    }),
  ];
}

export function configBackupHandlers(world: World): Handlers {
  const state = configBackups(world);
  return {
    'GET /cluster/config-backups': async () => {
      await world.before('config-backups');
      return {
        backups: state.times.map((time) => ({
          ...{ volid: volume(time), storage: 'nas', node: 'croft1', time, size: 48_128, protected: 0 },
        })),
        ...{ problems: state.problems, secrets: state.secrets ? 1 : 0, keep: 30 },
      };
    },
    'POST /cluster/config-backups': () =>
      world.task('croft1', 'configbackup', 'nas', 'Back up the configuration to nas', [
        { text: '84 documents and 5 files; secrets are left out', ms: 500 },
        { text: 'made', ms: 100, run: () => void state.times.unshift(now()) },
      ]),
    'PUT /cluster/config-backups/passphrase': ({ params }) => {
      state.secrets = params['passphrase'] !== undefined;
      return null;
    },
    'POST /cluster/config-backups/compare': async ({ params }) => {
      await world.before('config-compare');
      const time = state.times.find((one) => volume(one) === params['volume']);
      if (time === undefined) throw new Refusal(500, `volume '${params['volume']}' does not exist`);
      const given = params['passphrase'];
      if (given !== undefined && given !== 'correct horse')
        throw new Refusal(400, 'Parameter verification failed.', {
          passphrase: 'is not the one that this backup was made with',
        });
      const items = differing(given !== undefined).filter(({ id }) => !state.restored.has(id));
      const secrets = given !== undefined ? 'open' : state.secrets ? 'sealed' : 'none';
      return { node: 'croft1', time, version: '1.0', secrets, same: 84, items };
    },
    'POST /cluster/config-backups/restore': ({ all }) => {
      const ids = all('items').map((text) => text.slice(0, text.lastIndexOf('@')));
      return world.task('croft1', 'configrestore', '', `Restore ${ids.length} items of the configuration`, [
        { text: 'the configuration as it was is kept', ms: 300 },
        { text: 'done', ms: 100, run: () => ids.forEach((id) => void state.restored.add(id)) },
      ]);
    },
  };
}
