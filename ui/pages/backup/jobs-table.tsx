// The table of backup jobs; on a narrow page each is a card with the names of its parts.
// biome-ignore-all lint/a11y/noRedundantRoles: shown as blocks and grids, its elements are no table for some screen readers unless they say it.
import Play from 'lucide-solid/icons/play';
import { For, type JSX, Show } from 'solid-js';
import type { BackupJobItem } from '../../../server/contract/cluster-backup.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Badge } from '../../components/panel.tsx';
import { RowMenu } from '../../components/row-menu.tsx';
import { dayAndTime } from '../../format/days.ts';
import { readSchedule } from '../../forms/schedule.ts';
import { t } from '../../i18n/index.ts';
import type { NodeZone } from './backup-data.ts';
import { JobState, lastRun, lastTry } from './job-state.tsx';
import { guestsText, jobName, keptText, scheduleText } from './job-words.ts';

interface JobsTableProps {
  jobs: readonly BackupJobItem[];
  zone: NodeZone;
  /** Why nothing may be changed. */
  reason: string | undefined;
  /** The job on which something is being done. */
  busy: string | undefined;
  onToggle: (job: BackupJobItem) => void;
  onRun: (job: BackupJobItem) => void;
  /** Restores are tried now. */
  onTry: (job: BackupJobItem) => void;
  onEdit: (job: BackupJobItem) => void;
  onIncluded: (job: BackupJobItem) => void;
  onRemove: (job: BackupJobItem) => void;
  onTask: (job: BackupJobItem, upid: string) => void;
}

/** Widths of what is told of a job; without its buttons. */
const columns = '@4xl:grid-cols-[minmax(0,1.3fr)_minmax(0,1.1fr)_minmax(0,1.1fr)_minmax(0,1.2fr)_auto]';
const row = `grid gap-x-5 gap-y-2 border-b border-line px-4 ${columns}`;

export function JobsTable(props: JobsTableProps) {
  return (
    <div class="@container border-t border-line">
      <table role="table" aria-label={t('backupJob.title')} class="block w-full text-sm">
        <thead role="rowgroup" class="sr-only @4xl:not-sr-only @4xl:block">
          <tr role="row" class={`${row} py-2 text-start text-xs font-medium text-muted`}>
            <Head>{t('backupJob.what')}</Head>
            <Head>{t('backupJob.when')}</Head>
            <Head>{t('backupJob.where')}</Head>
            <Head>{t('backupJob.last')}</Head>
            <Head>
              <span class="block w-36 text-end">{t('common.actions')}</span>
            </Head>
          </tr>
        </thead>
        <tbody role="rowgroup" class="block">
          <For each={props.jobs}>{(job) => <JobRow {...props} job={job} />}</For>
        </tbody>
      </table>
    </div>
  );
}

function Head(props: { children: JSX.Element }) {
  return (
    <th role="columnheader" scope="col" class="block text-start font-medium">
      {props.children}
    </th>
  );
}

function Cell(props: { name?: string; children: JSX.Element }) {
  return (
    <td role="cell" class="flex min-w-0 gap-3 @4xl:block">
      <Show when={props.name}>
        <span class="w-24 shrink-0 text-muted @4xl:hidden" aria-hidden="true">
          {props.name}
        </span>
      </Show>
      <div class="min-w-0 flex-1">{props.children}</div>
    </td>
  );
}

function JobRow(props: JobsTableProps & { job: BackupJobItem }) {
  const job = () => props.job;
  const name = () => jobName(job());
  const isOn = () => job().enabled === 1;
  const written = () => (readSchedule(job().schedule) ? job().schedule : undefined);
  const isBusy = () => props.busy === job().id;
  return (
    <tr role="row" class={`${row} py-3 last:border-b-0`}>
      <Cell>
        <div class="flex gap-2.5">
          <input
            type="checkbox"
            class="mt-0.5 size-4 shrink-0 accent-accent pointer-coarse:size-5"
            checked={isOn()}
            disabled={props.reason !== undefined || isBusy()}
            aria-label={t('backupJob.enabledOne', { name: name() })}
            title={props.reason ?? t('backupJob.enabledHint')}
            onChange={(event) => {
              // It shows what is, not what is asked for.
              event.currentTarget.checked = isOn();
              props.onToggle(job());
            }}
          />
          <div class="min-w-0">
            <p class={`font-medium [overflow-wrap:anywhere] ${isOn() ? '' : 'text-muted'}`}>{name()}</p>
            <Show when={job().comment?.trim()}>
              <p class="text-xs text-muted [overflow-wrap:anywhere]">{guestsText(job())}</p>
            </Show>
            <Show when={!isOn()}>
              <Badge>{t('backupJob.disabled')}</Badge>
            </Show>
          </div>
        </div>
      </Cell>
      <Cell name={t('backupJob.when')}>
        <p class="[overflow-wrap:anywhere]" title={written()}>
          {scheduleText(job().schedule)}
        </p>
        <Show when={isOn()}>
          <p class="num text-xs text-muted">
            <Show when={job()['next-run']} fallback={t('backupJob.neverComes')}>
              {(next) => <>{t('backupJob.next', { when: dayAndTime(next(), props.zone.days()) })}</>}
            </Show>
          </p>
        </Show>
      </Cell>
      <Cell name={t('backupJob.where')}>
        <p class="[overflow-wrap:anywhere]">{placeOf(job())}</p>
        <p class="text-xs text-muted">
          <Show when={keptText(job()['prune-backups'])} fallback={t('backupJob.keepAsStorage')}>
            {(kept) => <>{t('backupJob.keeps', { what: kept() })}</>}
          </Show>
        </p>
      </Cell>
      <Cell name={t('backupJob.last')}>
        <JobState
          job={job()}
          run={lastRun(job())}
          zone={props.zone}
          onTask={(upid) => props.onTask(job(), upid)}
        />
        <Show when={job()['test-schedule'] || lastTry(job())}>
          <div class="mt-2 border-t border-line pt-1.5">
            <p class="text-xs text-muted" title={triedWhen(job())}>
              {t('proof.jobTries')}
            </p>
            <JobState
              tries
              job={job()}
              run={lastTry(job())}
              zone={props.zone}
              onTask={(upid) => props.onTask(job(), upid)}
            />
          </div>
        </Show>
      </Cell>
      <Cell>
        <div class="flex w-36 items-center justify-end gap-1 @max-4xl:-ms-3 @max-4xl:w-auto @max-4xl:justify-start @4xl:-my-1.5">
          <Button
            look="ghost"
            reason={props.reason}
            aria-label={t('options.editOne', { what: name() })}
            onClick={() => props.onEdit(job())}
          >
            {t('common.edit')}
          </Button>
          <IconButton
            label={t('backupJob.runOne', { name: name() })}
            reason={props.reason ?? runReason(job())}
            onClick={() => props.onRun(job())}
          >
            <Play size={16} />
          </IconButton>
          <RowMenu
            label={t('access.actionsOf', { what: name() })}
            actions={[
              { label: t('backupJob.included'), onSelect: () => props.onIncluded(job()) },
              {
                label: t('proof.tryNow'),
                onSelect: () => props.onTry(job()),
                reason: props.reason ?? tryReason(job()),
              },
              {
                label: t(isOn() ? 'storageList.disable' : 'storageList.enable'),
                onSelect: () => props.onToggle(job()),
                reason: props.reason,
              },
              {
                label: t('backupJob.remove'),
                onSelect: () => props.onRemove(job()),
                reason: props.reason,
                harsh: true,
              },
            ]}
          />
        </div>
      </Cell>
    </tr>
  );
}

/** The storage, or the folder of a job that another client made. */
function placeOf(job: BackupJobItem): string {
  const place = job['storage'] ?? job['dumpdir'];
  return typeof place === 'string' ? place : t('backupJob.usualStorage');
}

export function runReason(job: BackupJobItem): string | undefined {
  return job['last-state'] === 'running' ? t('backupJob.runs') : undefined;
}

function tryReason(job: BackupJobItem): string | undefined {
  return job['test-last-state'] === 'running' ? t('backupJob.runs') : undefined;
}

/** `Sun at 05:00`. */
function triedWhen(job: BackupJobItem): string | undefined {
  const schedule = job['test-schedule'];
  return typeof schedule === 'string' ? scheduleText(schedule) : undefined;
}
