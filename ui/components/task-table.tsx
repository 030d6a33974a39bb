// A list of tasks; choosing one shows its log beside or below it.
import Ban from 'lucide-solid/icons/ban';
import { createEffect, createSignal, For, onCleanup, Show } from 'solid-js';
import type { TaskItem } from '../../server/contract/tasks.ts';
import { api } from '../api/client.ts';
import { duration, moment } from '../format/show.ts';
import { t } from '../i18n/index.ts';
import { isActive } from '../live/state.ts';
import { closeLog, live, openLog } from '../live/store.ts';
import { Button, IconButton } from './button.tsx';
import { ErrorNote } from './error-note.tsx';
import { LogViewer } from './log-viewer.tsx';
import { EmptyState } from './panel.tsx';
import { TaskProgress, TaskState } from './task-state.tsx';
import { toastError } from './toasts.tsx';

interface TaskTableProps {
  tasks: readonly TaskItem[];
  label: string;
  empty: string;
}

export function TaskTable(props: TaskTableProps) {
  const [chosen, setChosen] = createSignal<string>();
  const chosenTask = () => {
    const upid = chosen();
    return upid === undefined ? undefined : live.tasks[upid];
  };
  return (
    <div class="flex h-full min-h-0">
      <div class={`min-w-0 flex-1 overflow-auto ${chosenTask() ? 'max-lg:hidden' : ''}`}>
        <table class="w-full text-sm" aria-label={props.label}>
          <thead class="sticky top-0 z-10 bg-surface text-start text-xs text-muted">
            <tr class="[&>th]:border-b [&>th]:border-line [&>th]:px-3 [&>th]:py-1.5 [&>th]:text-start [&>th]:font-medium [&>th:first-child]:ps-4">
              <th class="w-full">{t('task.what')}</th>
              <th>{t('task.state')}</th>
              <th class="max-sm:hidden">{t('task.started')}</th>
              <th class="max-xl:hidden">{t('task.took')}</th>
              <th class="max-md:hidden">{t('task.user')}</th>
              <th class="max-xl:hidden">{t('task.node')}</th>
              <th>
                <span class="sr-only">{t('common.actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            <For each={props.tasks}>
              {(task) => (
                <tr
                  class={`h-9 [&>td]:border-b [&>td]:border-line [&>td]:px-3 [&>td]:whitespace-nowrap [&>td:first-child]:ps-4 ${chosen() === task.upid ? 'bg-accent-soft' : 'hover:bg-hover'}`}
                >
                  <td class="max-w-0 min-w-40">
                    <button
                      type="button"
                      class="block w-full truncate py-1 text-start"
                      title={task.description}
                      aria-expanded={chosen() === task.upid}
                      onClick={() => setChosen(chosen() === task.upid ? undefined : task.upid)}
                    >
                      {task.description}
                    </button>
                  </td>
                  <td>
                    <TaskProgress task={task} />
                  </td>
                  <td class="num text-muted max-sm:hidden">{moment(task.starttime)}</td>
                  <td class="num text-muted max-xl:hidden">
                    {task.endtime === undefined ? '' : duration(task.endtime - task.starttime)}
                  </td>
                  <td class="text-muted max-md:hidden">{task.user}</td>
                  <td class="text-muted max-xl:hidden">{task.node}</td>
                  <td>
                    <CancelButton task={task} />
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
        <Show when={props.tasks.length === 0}>
          <EmptyState title={props.empty} />
        </Show>
      </div>
      <Show when={chosenTask()} keyed>
        {(task) => <TaskDetails task={task} onClose={() => setChosen(undefined)} />}
      </Show>
    </div>
  );
}

function CancelButton(props: { task: TaskItem }) {
  return (
    <Show when={isActive(props.task) && props.task.cancellable}>
      <IconButton
        small
        label={t('task.cancelOne', { what: props.task.description })}
        reason={props.task.state === 'cancelling' ? t('taskState.cancelling') : undefined}
        onClick={() => {
          api('DELETE /nodes/{node}/tasks/{upid}', { node: props.task.node, upid: props.task.upid }).catch(
            (thrown) => toastError(t('task.cancelFailed'), thrown),
          );
        }}
      >
        <Ban size={15} />
      </IconButton>
    </Show>
  );
}

function TaskDetails(props: { task: TaskItem; onClose: () => void }) {
  const [error, setError] = createSignal<unknown>();
  const { upid, node } = props.task;
  const read = () => {
    setError(undefined);
    openLog(node, upid).catch(setError);
  };
  read();
  createEffect(() => {
    if (live.logs[upid]?.gap) read();
  });
  onCleanup(() => closeLog(upid));
  return (
    <section
      class="flex min-h-0 min-w-0 flex-1 flex-col border-line lg:max-w-[50%] lg:border-s"
      aria-label={t('task.logOf', { what: props.task.description })}
    >
      <header class="flex items-center gap-3 border-b border-line px-3 py-1.5">
        <div class="min-w-0 flex-1">
          <p class="truncate text-sm font-medium">{props.task.description}</p>
          <Show when={props.task.status && props.task.status !== 'OK'}>
            <p class="text-xs break-words text-bad">{props.task.status}</p>
          </Show>
          <Show when={props.task.waitingFor}>
            {(what) => <p class="text-xs text-muted">{t('task.waitingFor', { what: what() })}</p>}
          </Show>
        </div>
        <TaskState task={props.task} />
        <Button look="ghost" onClick={props.onClose}>
          {t('common.close')}
        </Button>
      </header>
      <ErrorNote error={error()} retry={read} />
      <LogViewer class="flex-1" label={t('task.log')} lines={live.logs[upid]?.lines ?? []} />
    </section>
  );
}
