// What was done last; pressing a task shows its log.
import { createMemo, createSignal, For, Show, Suspense } from 'solid-js';
import { Panel } from '../../components/panel.tsx';
import { TaskProgress } from '../../components/task-state.tsx';
import { moment } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { page } from '../../i18n/page.ts';
import { tasks } from '../../live/store.ts';

const TaskDrawer = page(() => import('./task-drawer.tsx'));
const most = 8;

export function RecentTasks() {
  const [shown, setShown] = createSignal<string>();
  const latest = createMemo(() => tasks().slice(0, most));
  return (
    <Panel title={t('tasks.recent')} flush>
      <ul class="flex flex-col pb-2">
        <For each={latest()} fallback={<li class="px-4 pb-2 text-sm text-muted">{t('tasks.none')}</li>}>
          {(task) => (
            <li>
              <button
                type="button"
                class="flex min-h-9 w-full items-center gap-3 px-4 text-start text-sm outline-offset-[-2px] hover:bg-hover pointer-coarse:min-h-11"
                title={task.description}
                onClick={() => setShown(task.upid)}
              >
                <span class="min-w-0 flex-1 truncate">{task.description}</span>
                <TaskProgress task={task} />
                <span class="num w-16 shrink-0 text-end text-xs text-muted max-sm:hidden">
                  {moment(task.starttime)}
                </span>
              </button>
            </li>
          )}
        </For>
      </ul>
      <Show when={shown()} keyed>
        {(upid) => (
          <Suspense>
            <TaskDrawer upid={upid} onClose={() => setShown(undefined)} />
          </Suspense>
        )}
      </Show>
    </Panel>
  );
}
