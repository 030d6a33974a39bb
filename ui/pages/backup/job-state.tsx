// How the newest run of a job went, or the newest try of its backups, and the way to its task.
import { Show } from 'solid-js';
import type { BackupJobItem } from '../../../server/contract/cluster-backup.ts';
import { ProgressBar } from '../../components/meter.tsx';
import { Badge } from '../../components/panel.tsx';
import { TaskPace } from '../../components/task-state.tsx';
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

/** A run that is told of a job. */
export interface JobRun {
  readonly state: NonNullable<BackupJobItem['last-state']>;
  readonly upid: string | undefined;
  /** Seconds since the epoch. */
  readonly at: number | undefined;
  readonly status: string | undefined;
}

/** Of its backups; undefined before the first. */
export function lastRun(job: BackupJobItem): JobRun | undefined {
  const state = job['last-state'];
  return state && { state, upid: job['last-upid'], at: job['last-run'], status: job['last-status'] };
}

/** Of the restores of its backups that are tried. */
export function lastTry(job: BackupJobItem): JobRun | undefined {
  const state = job['test-last-state'];
  return (
    state && {
      ...{ state, upid: job['test-last-upid'], at: job['test-last-run'], status: job['test-last-status'] },
    }
  );
}

/** States in which it should be read what happened. */
const isBad = ({ state }: JobRun) => state === 'failed' || state === 'interrupted' || state === 'warnings';

export function JobState(props: {
  job: BackupJobItem;
  /** Undefined: nothing ran yet. */
  run: JobRun | undefined;
  /** It is about tries to restore. */
  tries?: boolean;
  zone: NodeZone;
  onTask: (upid: string) => void;
}) {
  return (
    <Show when={props.run} fallback={<span class="text-muted">{t('backupJob.neverRun')}</span>}>
      {(run) => {
        const task = () => (run().state === 'running' ? live.tasks[run().upid ?? ''] : undefined);
        const nothing = () => t(props.tries ? 'proof.noBackups' : 'backupJob.nothing');
        return (
          <div class="flex min-w-0 flex-col gap-0.5">
            <span class="flex flex-wrap items-center gap-x-2 gap-y-1">
              <Badge tone={tones[run().state]}>
                {run().state === 'nothing' ? nothing() : tOr(`taskState.${run().state}`, run().state)}
              </Badge>
              <Show when={run().at}>
                {(at) => <span class="num">{dayAndTime(at(), props.zone.days())}</span>}
              </Show>
            </span>
            <Show when={task()}>
              {(running) => (
                <>
                  <Show when={running().progress !== undefined}>
                    <div class="w-32 py-1">
                      <ProgressBar
                        label={t('task.progressOf', { what: jobName(props.job) })}
                        share={running().progress}
                      />
                    </div>
                  </Show>
                  <TaskPace task={running()} />
                </>
              )}
            </Show>
            <Show when={isBad(run()) && run().status}>
              {(status) => (
                <span class="line-clamp-2 text-xs break-words text-muted" title={status()}>
                  {asSentence(status())}
                </span>
              )}
            </Show>
            <Show when={run().upid}>
              {(of) => (
                <button
                  type="button"
                  class="self-start text-xs text-accent hover:underline pointer-coarse:py-2"
                  aria-label={t(props.tries ? 'proof.logOf' : 'backupJob.logOf', {
                    name: jobName(props.job),
                  })}
                  onClick={() => props.onTask(of())}
                >
                  {t('backupJob.log')}
                </button>
              )}
            </Show>
          </div>
        );
      }}
    </Show>
  );
}
