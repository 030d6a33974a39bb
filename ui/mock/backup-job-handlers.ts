// The mock's answers about backup jobs: their list, changes, runs, what is in them, whom none means, and when schedules come.
import type { ResourceItem } from '../../server/contract/resources.ts';
import { readSchedule, type ScheduleShape } from '../forms/schedule.ts';
import { wallTime } from '../pages/node/wall-time.ts';
import { crowdFrom } from './crowd.ts';
import { type Handlers, Refusal } from './reply.ts';
import type { World } from './world.ts';

type Job = Record<string, unknown> & { id: string; schedule: string; enabled: number };
interface BackupMock {
  jobs: Job[];
}

const now = () => Math.floor(Date.now() / 1000);
const day = 86_400;
const GiB = 1024 ** 3;
/** Of the mock's nodes. */
const zone = 'Europe/Rome';
const hostile = 'A <img src=x onerror=alert(1)> & "quoted" comment';

const firstJobs = (): Job[] => [
  {
    ...{ id: 'backup-1', schedule: '21:00', enabled: 1, all: 1, exclude: '130,134', storage: 'nas' },
    ...{ mode: 'snapshot', compress: 'zstd', comment: 'Every night', 'notes-template': '{{guestname}}' },
    'prune-backups': { 'keep-last': 3, 'keep-daily': 7, 'keep-weekly': 4, 'keep-monthly': 6 },
    ...{
      'last-run': now() - day + 3600,
      'last-state': 'ok',
      'last-status': 'OK',
      'last-upid': upidOf('backup-1'),
    },
    ...{ 'test-schedule': 'sun 05:00', 'test-wait': 'running', 'test-timeout': 900 },
    ...{ 'test-last-run': now() - 2 * day, 'test-last-state': 'ok', 'test-last-status': 'OK' },
    'test-last-upid': upidOf('backup-1', 'backuptest'),
  },
  {
    ...{ id: 'backup-2', schedule: 'mon..fri 8..18:00', enabled: 1, pool: 'shop', storage: 'nas' },
    ...{ mode: 'snapshot', compress: 'zstd', bwlimit: 51_200, fleecing: { enabled: 1, storage: 'fast' } },
    'prune-backups': { 'keep-last': 12, 'keep-daily': 2 },
    ...{ 'last-run': now() - 5000, 'last-state': 'failed', 'last-upid': upidOf('backup-2') },
    'last-status': '2 of 7 backups failed: VM 110: no space left on device',
    ...{ 'test-schedule': '04:00', 'test-guests': 'all', 'test-wait': 'port', 'test-port': 22 },
    ...{ 'test-last-run': now() - 50_000, 'test-last-state': 'failed' },
    ...{ 'test-last-status': 'CT 200: nothing listens on port 22 after 600 s' },
    'test-last-upid': upidOf('backup-2', 'backuptest'),
  },
  {
    ...{ id: 'backup-3', schedule: 'sat *-1..7 02:00', enabled: 1, tags: 'prod', storage: 'nas' },
    ...{ mode: 'stop', compress: 'zstd', protected: 1, comment: hostile, mailto: 'anna@example.org' },
    'prune-backups': { 'keep-all': 1 },
  },
  {
    ...{ id: 'backup-4', schedule: 'sun 01:00', enabled: 0, vmid: '101,102,999', storage: 'nas' },
    ...{ mode: 'suspend', compress: 'gzip' },
    ...{ 'last-run': now() - 40 * day, 'last-state': 'warnings', 'last-status': 'WARNINGS: 1' },
    'last-upid': upidOf('backup-4'),
  },
];

function upidOf(id: string, type = 'vzdump'): string {
  return `UPID:croft1:00001F90:0A1B2C3D:68F00000:${type}:${id}:root@pam:`;
}

const mocks = new WeakMap<World, BackupMock>();

export function backupJobs(world: World): BackupMock {
  const known = mocks.get(world) ?? { jobs: firstJobs() };
  mocks.set(world, known);
  return known;
}

/** As at the start. */
export function refillBackupJobs(world: World): void {
  backupJobs(world).jobs = firstJobs();
}

export function backupJobHandlers(world: World): Handlers {
  const state = backupJobs(world);
  markBackups(world);
  const changed = () => world.emit({ type: 'config', path: '/cluster/backup' });
  const jobOf = (id: string | undefined): Job => {
    const job = state.jobs.find((one) => one.id === id);
    if (!job) throw new Refusal(500, `backup job '${id}' does not exist`);
    return job;
  };
  const put = (job: Job) => {
    state.jobs = [...state.jobs.filter(({ id }) => id !== job.id), job];
    changed();
  };
  const described = (job: Job) => {
    const shape = readSchedule(job.schedule);
    const [next] = job.enabled === 1 && shape ? comings(shape, now(), 1) : [];
    const tried = readSchedule(String(job['test-schedule'] ?? ''));
    const [nextTry] = job.enabled === 1 && tried ? comings(tried, now(), 1) : [];
    return {
      ...{ type: 'vzdump', ...job },
      ...(next === undefined ? {} : { 'next-run': next }),
      ...(nextTry === undefined ? {} : { 'test-next-run': nextTry }),
    };
  };
  return {
    'GET /cluster/backup': async () => {
      await world.before('backup-jobs');
      return state.jobs.map(described);
    },
    'POST /cluster/backup': ({ params }) => {
      requireSchedule(params['schedule'] ?? '');
      put({ ...optionsOf(params), id: `backup-${now()}`, schedule: params['schedule'] ?? '' });
      return null;
    },
    'PUT /cluster/backup/{id}': ({ params }) => {
      const { delete: gone = '', ...given } = params;
      if (given['schedule'] !== undefined) requireSchedule(given['schedule']);
      const kept = Object.entries(jobOf(params['id'])).filter(([name]) => !gone.split(',').includes(name));
      put({ ...(Object.fromEntries(kept) as Job), ...optionsOf(given) });
      return null;
    },
    'DELETE /cluster/backup/{id}': ({ params }) => {
      state.jobs = state.jobs.filter((one) => one !== jobOf(params['id']));
      changed();
      return null;
    },
    'POST /cluster/backup/{id}/run': ({ params }) => {
      const job = jobOf(params['id']);
      const steps = guestsOf(world, job).slice(0, 5);
      const end = (last: object) => {
        const current = state.jobs.find(({ id }) => id === job.id);
        if (current) put({ ...current, ...last });
      };
      const upid = world.task('croft1', 'vzdump', job.id, `Backup job ${job.id}`, [
        ...steps.flatMap(({ vmid }) => [
          { text: `Backup of guest ${vmid}`, ms: 700, bytes: { done: GiB, total: 12 * GiB } },
          { text: '75 %', ms: 700, bytes: { done: 9 * GiB, total: 12 * GiB } },
        ]),
        { text: 'done', ms: 100, run: () => end({ 'last-state': 'ok', 'last-status': 'OK' }) },
      ]);
      put({
        ...job,
        'last-run': now(),
        'last-state': 'running',
        'last-upid': upid,
        'last-status': undefined,
      });
      return upid;
    },
    'POST /cluster/backup/{id}/test': ({ params }) => {
      const job = jobOf(params['id']);
      const end = (last: object) => {
        const current = state.jobs.find(({ id }) => id === job.id);
        if (current) put({ ...current, ...last });
      };
      const upid = world.task('croft1', 'backuptest', job.id, `Backup job ${job.id} - Test restores`, [
        { text: 'Test of VM 102', ms: 3000 },
        { text: 'done', ms: 100, run: () => end({ 'test-last-state': 'ok', 'test-last-status': 'OK' }) },
      ]);
      const begun = { 'test-last-run': now(), 'test-last-state': 'running', 'test-last-upid': upid };
      put({ ...job, ...begun, 'test-last-status': undefined });
      return upid;
    },
    'GET /cluster/backup/{id}/included_volumes': async ({ params }) => {
      await world.before('included');
      return { children: includedIn(world, jobOf(params['id'])) };
    },
    'GET /cluster/backup-info/not-backed-up': async () => {
      await world.before('not-backed-up');
      const covered = new Set(
        state.jobs.flatMap((job) => (job.enabled === 1 ? guestsOf(world, job).map(({ vmid }) => vmid) : [])),
      );
      return all(world)
        .filter(({ vmid }) => !covered.has(vmid))
        .map(({ vmid, type, name }) => ({ vmid, type, name }));
    },
    'GET /cluster/jobs/schedule-analyze': async ({ params }) => {
      await world.before('schedule');
      const shape = requireSchedule(params['schedule'] ?? '');
      const times = comings(shape, Number(params['starttime'] ?? now()), Number(params['iterations'] ?? 10));
      return times.map((timestamp) => ({ timestamp, utc: new Date(timestamp * 1000).toUTCString() }));
    },
  };
}

const objects = ['prune-backups', 'fleecing'];

/** Options as the API answers them: numbers and flags as numbers, property strings as objects. */
function optionsOf({ id: _, ...params }: Readonly<Record<string, string>>): Job {
  const read = Object.entries(params).map(([name, value]) => {
    if (objects.includes(name))
      return [name, Object.fromEntries(value.split(',').map((part) => part.split('=')))];
    return [name, /^\d+$/.test(value) && name !== 'vmid' && name !== 'exclude' ? Number(value) : value];
  });
  const options = Object.fromEntries(read) as Job;
  return _ === undefined ? options : { ...options, id: _ };
}

export function requireSchedule(text: string): ScheduleShape {
  const shape = readSchedule(text);
  if (!shape)
    throw new Refusal(400, 'Parameter verification failed.', { schedule: `unable to parse '${text}'` });
  return shape;
}

/** The next times of a schedule behind a moment, in seconds; by the node's clock as it goes then, looked for within a year. */
export function comings(
  shape: ScheduleShape,
  after: number,
  count: number,
  end = after + 366 * day,
): number[] {
  const times: number[] = [];
  const first = Math.floor(after / 60) * 60 + 60;
  const ahead = (Date.parse(`${wallTime(first * 1000, zone)}Z`) - first * 1000) / 1000;
  for (let at = first; times.length < count && at < end; at += 60) {
    const date = new Date((at + ahead) * 1000);
    const weekday = date.getUTCDay() || 7;
    const fitsDay =
      shape.weekdays.includes(weekday) &&
      (shape.kind !== 'times' || (shape.days?.includes(date.getUTCDate()) ?? true));
    if (!fitsDay) at += day - ((at + ahead) % day) - 60;
    else if (fits(shape, date)) times.push(at);
  }
  return times;
}

function fits(shape: ScheduleShape, date: Date): boolean {
  const clock = date.toISOString().slice(11, 16);
  if (shape.kind === 'times') return shape.times.includes(clock);
  if (shape.kind === 'minutes') return date.getUTCMinutes() % shape.every === 0;
  const away = date.getUTCHours() - Number(shape.first.slice(0, 2));
  const isHour = away >= 0 && away % shape.every === 0 && clock <= (shape.last ?? '23:59');
  return isHour && clock.slice(3) === shape.first.slice(3);
}

const all = (world: World): ResourceItem[] =>
  [...world.resources.values()].filter(({ vmid }) => vmid !== undefined && vmid < crowdFrom);
const list = (value: unknown) =>
  String(value ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean);

function guestsOf(world: World, job: Job): ResourceItem[] {
  const [named, left] = [list(job['vmid']), list(job['exclude'])];
  return all(world).filter((guest) => {
    const id = String(guest.vmid);
    if (named.length > 0) return named.includes(id);
    if (left.includes(id)) return false;
    if (job['pool']) return guest.pool === job['pool'];
    return job['tags'] ? list(guest.tags).some((tag) => list(job['tags']).includes(tag)) : true;
  });
}

function includedIn(world: World, job: Job): object[] {
  const there = guestsOf(world, job).map(({ vmid = 0, type, name }) => {
    const children = [volume('scsi0', `local:${vmid}/vm-${vmid}-disk-0.qcow2`)];
    if (vmid % 5 === 0) children.push(volume('scsi1', `fast:vm-${vmid}-disk-1`, 'backup=no'));
    const ofCt = [
      volume('rootfs', `local:${vmid}/vm-${vmid}-disk-0.subvol`),
      volume('mp0', '/srv/files', 'not a volume'),
    ];
    return { id: vmid, type, name, children: type === 'lxc' ? ofCt : children };
  });
  const gone = list(job['vmid']).filter((vmid) => !world.guest(Number(vmid)));
  return [...there, ...gone.map((vmid) => ({ id: Number(vmid), type: 'unknown' }))].sort(
    (a, b) => a.id - b.id,
  );
}

function volume(id: string, name: string, why?: string) {
  return { id, name, included: why === undefined ? 1 : 0, reason: why ?? 'backup=yes' };
}

/** When guests were last backed up; some too long ago. */
function markBackups(world: World): void {
  for (const { id, vmid = 0 } of all(world)) {
    const ago = vmid % 7 === 3 ? 12 * day : vmid % 4 === 0 ? 3 * 3600 : day;
    if ([105, 113].includes(vmid)) world.change(id, { backupAt: now() - 9 * day, backupAlert: 'late' });
    else if (vmid === 134) world.change(id, { backupAlert: 'none' });
    else if (vmid !== 130) world.change(id, { backupAt: now() - ago });
    if (vmid % 3 === 0) world.change(id, { provenAt: now() - (vmid % 5) * day });
  }
  const why = { proofAlert: 'failed', proofProblem: 'nothing listens on port 22 after 600 s' } as const;
  world.change('lxc/200', { provenAt: now() - 9 * day, ...why });
}
