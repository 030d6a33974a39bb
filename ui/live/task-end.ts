// Waiting for the end of a task that was started here.
import { createEffect, createRoot } from 'solid-js';
import { isActive } from './state.ts';
import { live } from './store.ts';

/** Resolves when it ended well, also with warnings. Rejects with what it failed of, and when nobody is logged in any more. */
export function taskEnd(upid: string): Promise<void> {
  return new Promise((resolve, reject) => {
    createRoot((dispose) => {
      createEffect(() => {
        const task = live.tasks[upid];
        if (live.loaded && (!task || isActive(task))) return;
        if (task?.state === 'ok' || task?.state === 'warnings') resolve();
        else reject(new Error(task?.status ?? ''));
        dispose();
      });
    });
  });
}
