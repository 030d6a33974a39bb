// One task: its state, what went wrong, its log.
import { Show } from 'solid-js';
import type { TaskItem } from '../../server/contract/tasks.ts';
import { t } from '../i18n/index.ts';
import { live } from '../live/store.ts';
import { Button } from './button.tsx';
import { TaskLog } from './task-log.tsx';
import { TaskPace, TaskState } from './task-state.tsx';

/** Nothing when the task is not known. Without `onClose` what is around it closes it, and names it. */
export function TaskDetails(props: {
  upid: string;
  /** What is known of one that is too old to be followed. */
  known?: TaskItem | undefined;
  onClose?: () => void;
}) {
  return (
    <Show when={live.tasks[props.upid] ?? props.known}>
      {(task) => (
        <>
          <header class="flex items-center gap-3 border-b border-line px-4 py-1.5">
            <div class="min-w-0 flex-1">
              <Show when={props.onClose}>
                <p class="truncate text-sm font-medium">{task().description}</p>
              </Show>
              <Show when={task().status && task().status !== 'OK'}>
                <p class="text-xs break-words text-bad">{task().status}</p>
              </Show>
              <TaskPace task={task()} />
              <Show when={task().waitingFor}>
                {(what) => <p class="text-xs text-muted">{t('task.waitingFor', { what: what() })}</p>}
              </Show>
            </div>
            <TaskState task={task()} />
            <Show when={props.onClose}>
              {(close) => (
                <Button look="ghost" onClick={() => close()()}>
                  {t('common.close')}
                </Button>
              )}
            </Show>
          </header>
          <TaskLog class="flex-1" node={task().node} upid={props.upid} />
        </>
      )}
    </Show>
  );
}
