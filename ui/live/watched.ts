// Tasks that this user started here: when one fails away from where the user looks, a toast tells it.
import { createEffect, createSignal } from 'solid-js';
import { toast, toastError } from '../components/toasts.tsx';
import { t } from '../i18n/index.ts';
import { isActive } from './state.ts';
import { live } from './store.ts';

const [watched, setWatched] = createSignal<readonly string[]>([]);

/** Asks for something that becomes a task, tells a refusal at once and a failure when it comes. */
export async function startTask(what: string, ask: Promise<string>): Promise<boolean> {
  try {
    watchTask(await ask);
    return true;
  } catch (thrown) {
    toastError(t('task.refused', { what }), thrown);
    return false;
  }
}

/** Watches a task that was started in another way. */
export function watchTask(upid: string): void {
  setWatched((all) => [...all, upid]);
}

/** Called once by the shell: tells of watched tasks that ended badly. */
export function tellFailedTasks(): void {
  createEffect(() => {
    for (const upid of watched()) {
      const task = live.tasks[upid];
      if (!task || isActive(task)) continue;
      setWatched((all) => all.filter((one) => one !== upid));
      if (task.state === 'failed' || task.state === 'interrupted')
        toast('bad', t('task.failedTitle', { what: task.description }), task.status ?? '');
    }
  });
}
