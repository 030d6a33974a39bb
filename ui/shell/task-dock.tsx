// The dock at the bottom: what runs, what ran, what failed, with live logs.
import ChevronUp from 'lucide-solid/icons/chevron-up';
import { createMemo, For, Show } from 'solid-js';
import type { TaskItem } from '../../server/contract/tasks.ts';
import { Spinner } from '../components/button.tsx';
import { ProgressBar } from '../components/meter.tsx';
import { TaskState } from '../components/task-state.tsx';
import { TaskTable } from '../components/task-table.tsx';
import { type Key, t, tn } from '../i18n/index.ts';
import { runningTasks, tasks } from '../live/store.ts';
import {
  type DockFilter,
  dockFilter,
  dockOpen,
  dockTask,
  setDockFilter,
  setDockOpen,
  setDockTask,
} from './open-state.ts';

const shownTasks = 200;
const failed = (task: TaskItem) => task.state === 'failed' || task.state === 'interrupted';

const filters: readonly { readonly name: DockFilter; readonly label: Key; readonly empty: Key }[] = [
  { name: 'all', label: 'dock.all', empty: 'dock.none' },
  { name: 'running', label: 'dock.onlyRunning', empty: 'dock.noneRunning' },
  { name: 'failed', label: 'dock.onlyFailed', empty: 'dock.noneFailed' },
];

export function TaskDock() {
  const running = createMemo(runningTasks);
  const all = createMemo(tasks);
  const shown = createMemo(() => {
    const wanted = { all, running, failed: () => all().filter(failed) }[dockFilter()]();
    const first = wanted.slice(0, shownTasks);
    const chosen = wanted.find((task) => task.upid === dockTask());
    // Whoever comes to an older one from elsewhere must find it.
    return chosen === undefined || first.includes(chosen) ? first : [...first, chosen];
  });
  const latest = () => running()[0] ?? all()[0];
  const empty = () => filters.find((one) => one.name === dockFilter())?.empty ?? 'dock.none';
  return (
    <section aria-label={t('dock.label')} class="shrink-0 border-t border-line bg-surface">
      <div class="flex h-9 items-stretch pointer-coarse:h-11">
        <button
          type="button"
          class="flex min-w-0 flex-1 items-center gap-2.5 px-4 text-start text-sm outline-offset-[-3px] hover:bg-hover"
          aria-expanded={dockOpen()}
          onClick={() => setDockOpen(!dockOpen())}
        >
          <span class={`shrink-0 text-muted transition-transform ${dockOpen() ? 'rotate-180' : ''}`}>
            <ChevronUp size={16} aria-hidden="true" />
          </span>
          <span class="shrink-0 font-medium">{t('dock.tasks')}</span>
          <Show when={running().length > 0}>
            <span class="flex shrink-0 items-center gap-1.5 text-accent">
              <Spinner />
              {tn('dock.running', running().length)}
            </span>
          </Show>
          <Show when={!dockOpen() && latest()}>
            {(task) => (
              <span class="flex min-w-0 items-center gap-2.5 text-muted">
                <span class="truncate">{task().description}</span>
                <Show
                  when={task().state === 'running'}
                  fallback={
                    <span class="flex shrink-0">
                      <TaskState task={task()} />
                    </span>
                  }
                >
                  <span class="w-24 shrink-0 max-sm:hidden">
                    <ProgressBar label={t('task.progress')} share={task().progress} />
                  </span>
                </Show>
              </span>
            )}
          </Show>
        </button>
        <Show when={dockOpen()}>
          <fieldset class="flex items-center gap-1 pe-2" aria-label={t('dock.show')}>
            <For each={filters}>
              {({ name, label }) => (
                <button
                  type="button"
                  aria-pressed={dockFilter() === name}
                  class="group flex items-center rounded-md text-xs font-medium pointer-coarse:min-h-11"
                  onClick={() => setDockFilter(name)}
                >
                  <span
                    class={`rounded-md px-2 py-1 pointer-coarse:py-2 ${dockFilter() === name ? 'bg-accent-soft text-accent' : 'text-muted group-hover:bg-hover'}`}
                  >
                    {t(label)}
                  </span>
                </button>
              )}
            </For>
          </fieldset>
        </Show>
      </div>
      <Show when={dockOpen()}>
        <div class="h-[min(22rem,45vh)] border-t border-line">
          <TaskTable
            label={t('dock.tasks')}
            tasks={shown()}
            empty={t(empty())}
            chosen={dockTask()}
            onChoose={setDockTask}
          />
        </div>
      </Show>
    </section>
  );
}
