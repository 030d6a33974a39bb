// How the newest run of a job went, and the way to its task.
import { Show } from 'solid-js';
import type { BackupJobItem } from '../../../server/contract/cluster-backup.ts';
import { ProgressBar } from '../../components/meter.tsx';
import { Badge } from '../../components/panel.tsx';
import { dayAndTime } from '../../format/days.ts';
import { asSentence } from '../../format/show.ts';
import { t, tOr } from '../../i18n/index.ts';
import { live } from '../../live/store.ts';
import type { NodeZone } from './backup-data.ts';
import { jobName } from './job-words.ts';

const tones = {
  running: 'accent',
  ok: 'ok',
  warnings: 'warn',
  failed: 'bad',
  interrupted: 'bad',
  cancelled: 'plain',
  nothing: 'warn',
} as const;

/** States in which it should be read what happened. */
const isBad = (job: BackupJobItem) =>
  job['last-state'] === 'failed' || job['last-state'] === 'interrupted' || job['last-state'] === 'warnings';

export function JobState(props: { job: BackupJobItem; zone: NodeZone; onTask: (upid: string) => void }) {
  const state = () => props.job['last-state'];
  const upid = () => props.job['last-upid'];
  const progress = () => {
    const task = live.tasks[upid() ?? ''];
    return state() === 'running' ? task?.progress : undefined;
  };
  return (
    <Show when={state()} fallback={<span class="text-muted">{t('backupJob.neverRun')}</span>}>
      {(known) => (
        <div class="flex min-w-0 flex-col gap-0.5">
          <span class="flex flex-wrap items-center gap-x-2 gap-y-1">
            <Badge tone={tones[known()]}>
              {known() === 'nothing' ? t('backupJob.nothing') : tOr(`taskState.${known()}`, known())}
            </Badge>
            <Show when={props.job['last-run']}>
              {(at) => <span class="num">{dayAndTime(at(), props.zone.days())}</span>}
            </Show>
          </span>
          <Show when={progress() !== undefined}>
            <div class="w-32 py-1">
              <ProgressBar label={t('task.progressOf', { what: jobName(props.job) })} share={progress()} />
            </div>
          </Show>
          <Show when={isBad(props.job) && props.job['last-status']}>
            {(status) => (
              <span class="line-clamp-2 text-xs break-words text-muted" title={status()}>
                {asSentence(status())}
              </span>
            )}
          </Show>
          <Show when={upid()}>
            {(of) => (
              <button
                type="button"
                class="self-start text-xs text-accent hover:underline pointer-coarse:py-2"
                aria-label={t('backupJob.logOf', { name: jobName(props.job) })}
                onClick={() => props.onTask(of())}
              >
                {t('backupJob.log')}
              </button>
            )}
          </Show>
        </div>
      )}
    </Show>
  );
}
