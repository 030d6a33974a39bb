// What holds a guest: the operation, and the task that does it now.
import { A } from '@solidjs/router';
import Lock from 'lucide-solid/icons/lock';
import { createMemo, createSignal, Show } from 'solid-js';
import { changeConfig } from '../../api/guests.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Notice } from '../../components/panel.tsx';
import { TaskProgress } from '../../components/task-state.tsx';
import { t } from '../../i18n/index.ts';
import { isHibernated } from '../../live/guest-state.ts';
import { runningTasks } from '../../live/store.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { useGuest } from './guest-context.ts';

/** `tasks`: the address of the guest's task history. */
export function LockNotice(props: { tasks: string }) {
  const guest = useGuest();
  const lock = () => guest.item().lock || undefined;
  const owner = createMemo(() =>
    runningTasks().find(
      (task) => task.id === String(guest.place().vmid) && task.state !== 'waiting-for-lock',
    ),
  );
  return (
    <Show when={lock()}>
      {(name) => (
        <Notice tone={isHibernated(guest.item()) ? 'accent' : 'warn'} icon={<Lock size={16} />}>
          <Show when={!isHibernated(guest.item())} fallback={<Hibernated />}>
            <Show
              when={owner()}
              fallback={
                <>
                  {t('lock.heldByNone', { lock: name() })}{' '}
                  <A class="font-medium underline underline-offset-2" href={props.tasks}>
                    {t('tab.tasks')}
                  </A>
                </>
              }
            >
              {(task) => (
                <div class="flex flex-wrap items-center gap-x-3 gap-y-1">
                  <A class="underline underline-offset-2" href={props.tasks}>
                    {t('lock.heldBy', { lock: name(), task: task().description })}
                  </A>
                  <TaskProgress task={task()} />
                </div>
              )}
            </Show>
          </Show>
        </Notice>
      )}
    </Show>
  );
}

/** What it goes on with, which can be given up. */
function Hibernated() {
  const guest = useGuest();
  const [asking, setAsking] = createSignal(false);
  return (
    <div class="flex flex-wrap items-center justify-between gap-x-3 gap-y-2">
      <span>{t('lock.hibernated')}</span>
      <Button onClick={() => setAsking(true)}>{t('lock.discard')}</Button>
      <ConfirmDialog
        open={asking()}
        onClose={() => setAsking(false)}
        title={t('lock.discardTitle', { name: labelOf(guest.item()) })}
        action={t('lock.discardSubmit')}
        onConfirm={() => changeConfig(guest.kind, guest.place(), { vmstate: undefined })}
      >
        {t('lock.discardText')}
      </ConfirmDialog>
    </div>
  );
}
