// `croft backup-job`: what is backed up when, and which guests nobody takes care of.
import type { Command } from 'commander';
import type { BackupJobItem, IncludedGuest } from '../contract/cluster-backup.ts';
import { finish } from './follow-task.ts';
import { readChanges } from './guest-commands.ts';
import { readKeyValues } from './key-values.ts';
import { renderAnswer, renderTable, renderTime } from './render.ts';
import type { Session } from './session.ts';

const path = '/cluster/backup';
const at = (id: string) => `${path}/${encodeURIComponent(id)}`;

const addHelp = `
Options are those of the API. Which guests: --all, --vmid 100,101, --pool office or --tags prod, with --exclude but for --vmid.

Examples:
  croft backup-job add nightly --all --schedule 02:00 --storage nas --compress zstd --prune-backups keep-daily=7,keep-weekly=4
  croft backup-job add weekly --pool office --schedule 'sat 20:00' --storage nas --test-schedule 'sun 06:00'
  croft backup-job add hourly --tags prod --schedule 'mon..fri 8..18:00' --storage local --repeat-missed
  croft backup-job next 'sat *-1..7 03:00'`;

const setHelp = `
Options are those of the API; --delete takes options away, --enabled 0 switches the job off.

Examples:
  croft backup-job set nightly --schedule 03:30
  croft backup-job set nightly --pool office --delete comment`;

/** Adds the group `backup-job`. */
export function addBackupJobCommands(program: Command, session: () => Session): void {
  const group = program.command('backup-job').description('backups that are made by a schedule');
  const withWords = (command: Command, usage: string, help: string) =>
    command.allowUnknownOption().allowExcessArguments().usage(usage).addHelpText('after', help);

  group
    .command('list')
    .alias('ls')
    .description('all jobs, when they run next, and how their last run ended')
    .action(() => listJobs(session()));

  group
    .command('show')
    .description('all options of a job')
    .argument('<job>')
    .action(async (id: string) => {
      const job = await session().client.call<BackupJobItem>('GET', at(id));
      session().answer(job, () => renderAnswer(job));
    });

  withWords(
    group.command('add').description('add a job').argument('<job>', 'its id'),
    '<job> --schedule <schedule> [--key value]...',
    addHelp,
  ).action(async (id: string, _options: object, command: Command) => {
    await session().client.call('POST', path, { id, ...readKeyValues(command.args.slice(1)) });
    session().say(`backup job ${id} was added`);
  });

  withWords(
    group.command('set').description('change a job').argument('<job>'),
    '<job> [--key value]...',
    setHelp,
  ).action(async (id: string, _options: object, command: Command) => {
    await session().client.call('PUT', at(id), readChanges(command.args.slice(1)));
  });

  group
    .command('remove')
    .alias('rm')
    .description('remove a job; its backups stay')
    .argument('<job>')
    .action(async (id: string) => {
      await session().confirm(`The backup job '${id}' will be removed; the backups that it made stay.`);
      await session().client.call('DELETE', at(id));
    });

  group
    .command('run')
    .description('run a job now')
    .argument('<job>')
    .action(async (id: string) => finish(session(), await session().client.call('POST', `${at(id)}/run`)));

  group
    .command('test')
    .description('try to restore the newest backups of a job now')
    .argument('<job>')
    .action(async (id: string) => finish(session(), await session().client.call('POST', `${at(id)}/test`)));

  group
    .command('volumes')
    .description('the guests of a job, and which of their disks are in the backup')
    .argument('<job>')
    .action((id: string) => listVolumes(session(), id));

  group
    .command('uncovered')
    .description('guests that no job backs up')
    .action(async () => {
      const guests = await session().client.call<UncoveredLine[]>(
        'GET',
        '/cluster/backup-info/not-backed-up',
      );
      session().answer(guests, () =>
        renderTable(
          guests,
          [
            { title: 'ID', value: ({ vmid }) => String(vmid), right: true },
            { title: 'TYPE', value: ({ type }) => (type === 'lxc' ? 'ct' : 'vm') },
            { title: 'NAME', value: ({ name }) => name ?? '' },
          ],
          { none: 'all guests are backed up' },
        ),
      );
    });

  group
    .command('next')
    .description('when a schedule comes')
    .argument('<schedule>', "'mon..fri 02:30', '*/15', 'sat *-1..7 03:00'")
    .option('--count <number>', 'so many times', '5')
    .action((schedule: string, options: { count: string }) => showTimes(session(), schedule, options.count));
}

interface UncoveredLine {
  readonly vmid: number;
  readonly type: string;
  readonly name?: string;
}

async function listJobs(session: Session): Promise<void> {
  const jobs = await session.client.call<BackupJobItem[]>('GET', path);
  session.answer(jobs, () =>
    renderTable(
      jobs,
      [
        { title: 'JOB', value: ({ id }) => id },
        { title: 'SCHEDULE', value: ({ schedule }) => schedule },
        { title: 'GUESTS', value: guestsOf },
        { title: 'TO', value: (job) => String(job['storage'] ?? job['dumpdir'] ?? '') },
        { title: 'NEXT', value: (job) => (job.enabled ? renderTime(job['next-run']) || 'never' : 'off') },
        { title: 'LAST', value: (job) => renderTime(job['last-run']) },
        { title: 'STATUS', value: statusOf },
      ],
      { none: 'no backup jobs' },
    ),
  );
}

function guestsOf(job: BackupJobItem): string {
  const exceptions = job['exclude'] === undefined ? '' : ` but ${String(job['exclude'])}`;
  for (const kind of ['pool', 'tags'] as const)
    if (job[kind] !== undefined) return `${kind} ${String(job[kind])}${exceptions}`;
  return job['vmid'] === undefined ? `all${exceptions}` : String(job['vmid']);
}

function statusOf(job: BackupJobItem): string {
  const state = job['last-state'];
  return state === undefined || state === 'running' ? (state ?? '') : (job['last-status'] ?? state);
}

async function listVolumes(session: Session, id: string): Promise<void> {
  const { children } = await session.client.call<{ children: IncludedGuest[] }>(
    'GET',
    `${at(id)}/included_volumes`,
  );
  const lines = children.flatMap((guest) => {
    const name = guest.type === 'unknown' ? 'there is no such guest' : (guest.name ?? '');
    const volumes = guest.children ?? [];
    const shown = volumes.length === 0 ? [undefined] : volumes;
    return shown.map((volume) => ({ guest, name, volume }));
  });
  session.answer(children, () =>
    renderTable(
      lines,
      [
        { title: 'ID', value: ({ guest }) => String(guest.id), right: true },
        { title: 'NAME', value: ({ name }) => name },
        { title: 'DISK', value: ({ volume }) => volume?.id ?? '' },
        { title: 'VOLUME', value: ({ volume }) => volume?.name ?? '' },
        { title: 'IN', value: ({ volume }) => (volume === undefined ? '' : volume.included ? 'yes' : 'no') },
        { title: 'WHY', value: ({ volume }) => volume?.reason ?? '' },
      ],
      { none: 'no guests' },
    ),
  );
}

async function showTimes(session: Session, schedule: string, count: string): Promise<void> {
  const times = await session.client.call<{ timestamp: number }[]>('GET', '/cluster/jobs/schedule-analyze', {
    schedule,
    iterations: count,
  });
  session.answer(times, () =>
    times.length === 0 ? 'never\n' : times.map(({ timestamp }) => `${renderTime(timestamp)}\n`).join(''),
  );
}
