// What goes on with a guest now: its tasks that have not ended, each with its state and how far it is.
import { createMemo, For, Show } from 'solid-js';
import { TaskProgress } from '../../components/task-state.tsx';
import { t } from '../../i18n/index.ts';
import { runningTasks } from '../../live/store.ts';
import { useGuest } from './guest-context.ts';

/**
 * `types`: of the tasks that are told. Nothing when none is on its way. `newest`: one of each type, where a task is done by
 * another on the same guest.
 */
export function GuestWork(props: { types: RegExp; newest?: boolean }) {
  const guest = useGuest();
  const going = createMemo(() =>
    runningTasks()
      .filter((task) => task.id === String(guest.place().vmid) && props.types.test(task.type))
      .filter(({ type }, i, all) => !props.newest || all.findIndex((one) => one.type === type) === i),
  );
  return (
    <Show when={going().length > 0}>
      <ul class="border-t border-line" aria-label={t('snapshot.going')} aria-live="polite">
        <For each={going()}>
          {(task) => (
            <li class="flex flex-wrap items-center justify-between gap-x-3 gap-y-1 border-b border-line bg-accent-soft px-4 py-2 text-sm last:border-b-0">
              <span class="min-w-40 flex-1 [overflow-wrap:anywhere]">{task.description}</span>
              <TaskProgress task={task} pace />
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}
