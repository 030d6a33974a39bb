// The backup jobs of the datacenter: who is in none, the jobs, and when they run.
import CalendarClock from 'lucide-solid/icons/calendar-clock';
import Plus from 'lucide-solid/icons/plus';
import { createMemo, createSignal, Show, Suspense } from 'solid-js';
import type { BackupJobItem } from '../../../server/contract/cluster-backup.ts';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { EmptyState, Panel, Skeleton } from '../../components/panel.tsx';
import { toastError } from '../../components/toasts.tsx';
import type { BackupJobForm } from '../../forms/backup-job.ts';
import { locale, t } from '../../i18n/index.ts';
import { page } from '../../i18n/page.ts';
import { startTask } from '../../live/watched.ts';
import { createOwnRights } from '../access/access-data.ts';
import { ConfigLine } from '../config-backups/config-line.tsx';
import { createBackupJobs, createNodeZone, createNotBackedUp } from './backup-data.ts';
import { JobCalendar } from './job-calendar.tsx';
import { jobName } from './job-words.ts';
import { JobsTable } from './jobs-table.tsx';
import { UncoveredNotice } from './uncovered-notice.tsx';

const JobDialog = page(() => import('./job-dialog.tsx'));
const IncludedDialog = page(() => import('./included-dialog.tsx'));
const RunDrawer = page(() => import('./run-drawer.tsx'));

type Open =
  | { readonly what: 'add'; readonly initial?: Partial<BackupJobForm> }
  | { readonly what: 'edit' | 'remove' | 'included'; readonly job: BackupJobItem }
  | { readonly what: 'task'; readonly job: BackupJobItem; readonly upid: string };

export default function BackupTab() {
  const jobs = createBackupJobs();
  const uncovered = createNotBackedUp();
  const zone = createNodeZone();
  const rights = createOwnRights();
  const reason = () => rights.lacking('/', 'Sys.Modify');
  const [open, setOpen] = createSignal<Open>();
  const [busy, setBusy] = createSignal<string>();
  const close = () => setOpen(undefined);
  /** By what they are called. */
  const list = createMemo(() => {
    const collator = new Intl.Collator(locale(), { numeric: true });
    return jobs
      .data()
      ?.toSorted((a, b) => collator.compare(jobName(a), jobName(b)) || (a.id < b.id ? -1 : 1));
  });
  const add = (initial?: Partial<BackupJobForm>) => setOpen({ what: 'add', ...(initial && { initial }) });
  const changed = () => {
    jobs.reload();
    uncovered.reload();
  };
  async function toggle(job: BackupJobItem): Promise<void> {
    if (busy() !== undefined) return;
    setBusy(job.id);
    try {
      await api('PUT /cluster/backup/{id}', { id: job.id, enabled: job.enabled !== 1 });
      changed();
    } catch (thrown) {
      toastError(t('backupJob.notChanged', { name: jobName(job) }), thrown);
    } finally {
      setBusy(undefined);
    }
  }
  const run = (job: BackupJobItem) =>
    void startTask(
      t('backupJob.runOne', { name: jobName(job) }),
      api('POST /cluster/backup/{id}/run', { id: job.id }),
    );
  const tryRestores = (job: BackupJobItem) =>
    void startTask(
      t('proof.tryOf', { name: jobName(job) }),
      api('POST /cluster/backup/{id}/test', { id: job.id }),
    );
  return (
    <div class="flex max-w-7xl flex-col gap-4">
      <UncoveredNotice
        guests={jobs.data()?.length === 0 ? [] : (uncovered.data() ?? [])}
        reason={reason()}
        onMake={(vmids) => add({ guests: 'chosen', chosen: vmids.map(String) })}
      />
      <ErrorNote error={uncovered.error()} title={t('backupJob.uncoveredUnknown')} retry={uncovered.reload} />
      <Panel
        flush
        title={t('backupJob.title')}
        actions={
          <Button look="primary" icon={<Plus size={15} />} reason={reason()} onClick={() => add()}>
            {t('backupJob.add')}
          </Button>
        }
      >
        <Show when={jobs.error()}>
          <div class="px-4 pb-4">
            <ErrorNote error={jobs.error()} retry={jobs.reload} />
          </div>
        </Show>
        <Show
          when={list()}
          fallback={
            <Show when={!jobs.error()}>
              <div class="px-4 pb-4">
                <Skeleton lines={6} />
              </div>
            </Show>
          }
        >
          {(known) => (
            <Show
              when={known().length > 0}
              fallback={
                <div class="border-t border-line">
                  <EmptyState
                    icon={<CalendarClock size={26} />}
                    title={t('backupJob.none')}
                    text={t('backupJob.noneHint')}
                  />
                </div>
              }
            >
              <JobsTable
                jobs={known()}
                zone={zone}
                reason={reason()}
                busy={busy()}
                onToggle={(job) => void toggle(job)}
                onRun={run}
                onTry={tryRestores}
                onEdit={(job) => setOpen({ what: 'edit', job })}
                onIncluded={(job) => setOpen({ what: 'included', job })}
                onRemove={(job) => setOpen({ what: 'remove', job })}
                onTask={(job, upid) => setOpen({ what: 'task', job, upid })}
              />
            </Show>
          )}
        </Show>
      </Panel>
      <Show when={list()?.some((job) => job.enabled === 1)}>
        <JobCalendar jobs={list()} zone={zone} onOpen={(job) => setOpen({ what: 'edit', job })} />
      </Show>
      <ConfigLine />
      <Show when={list()?.length && foreign(zone.zone())}>
        {(name) => <p class="text-xs text-muted">{t('schedule.zone', { zone: name() })}</p>}
      </Show>
      <Suspense>
        <Show when={open()} keyed>
          {(which) => {
            switch (which.what) {
              case 'add':
                return <JobDialog initial={which.initial} zone={zone} onDone={changed} onClose={close} />;
              case 'edit':
                return <JobDialog job={which.job} zone={zone} onDone={changed} onClose={close} />;
              case 'included':
                return <IncludedDialog job={which.job} onClose={close} />;
              case 'task':
                return <RunDrawer job={which.job} upid={which.upid} onClose={close} />;
              case 'remove':
                return (
                  <ConfirmDialog
                    open
                    onClose={close}
                    title={t('backupJob.removeTitle', { name: jobName(which.job) })}
                    action={t('backupJob.remove')}
                    onConfirm={async () => {
                      await api('DELETE /cluster/backup/{id}', { id: which.job.id });
                      changed();
                    }}
                  >
                    {t('backupJob.removeText')}
                  </ConfirmDialog>
                );
            }
          }}
        </Show>
      </Suspense>
    </div>
  );
}

/** The zone, where it is not the browser's: then times on the page are not those of the clock beside it. */
function foreign(zone: string | undefined): string | undefined {
  return zone === Intl.DateTimeFormat().resolvedOptions().timeZone ? undefined : zone;
}
