// The dock at the bottom: what runs, what ran, with live logs.
import ChevronUp from 'lucide-solid/icons/chevron-up';
import { createMemo, createSignal, Show } from 'solid-js';
import { Spinner } from '../components/button.tsx';
import { ProgressBar } from '../components/meter.tsx';
import { TaskState } from '../components/task-state.tsx';
import { TaskTable } from '../components/task-table.tsx';
import { t, tn } from '../i18n/index.ts';
import { runningTasks, tasks } from '../live/store.ts';

const [open, setOpen] = createSignal(false);
const shownTasks = 200;

export function TaskDock() {
  const [only, setOnly] = createSignal<'all' | 'running'>('all');
  const running = createMemo(runningTasks);
  const all = createMemo(() => tasks().slice(0, shownTasks));
  const latest = () => running()[0] ?? all()[0];
  return (
    <section aria-label={t('dock.label')} class="shrink-0 border-t border-line bg-surface">
      <div class="flex h-9 items-stretch pointer-coarse:h-11">
        <button
          type="button"
          class="flex min-w-0 flex-1 items-center gap-2.5 px-4 text-start text-sm outline-offset-[-3px] hover:bg-hover"
          aria-expanded={open()}
          onClick={() => setOpen(!open())}
        >
          <span class={`shrink-0 text-muted transition-transform ${open() ? 'rotate-180' : ''}`}>
            <ChevronUp size={16} aria-hidden="true" />
          </span>
          <span class="shrink-0 font-medium">{t('dock.tasks')}</span>
          <Show when={running().length > 0}>
            <span class="flex shrink-0 items-center gap-1.5 text-accent">
              <Spinner />
              {tn('dock.running', running().length)}
            </span>
          </Show>
          <Show when={!open() && latest()}>
            {(task) => (
              <span class="flex min-w-0 items-center gap-2.5 text-muted">
                <span class="truncate">{task().description}</span>
                <Show when={task().state === 'running'} fallback={<TaskState task={task()} />}>
                  <span class="w-24 shrink-0 max-sm:hidden">
                    <ProgressBar label={t('task.progress')} share={task().progress} />
                  </span>
                </Show>
              </span>
            )}
          </Show>
        </button>
        <Show when={open()}>
          <fieldset class="flex items-center gap-1 pe-2" aria-label={t('dock.show')}>
            <Choice chosen={only() === 'all'} label={t('dock.all')} onClick={() => setOnly('all')} />
            <Choice
              chosen={only() === 'running'}
              label={t('dock.onlyRunning')}
              onClick={() => setOnly('running')}
            />
          </fieldset>
        </Show>
      </div>
      <Show when={open()}>
        <div class="h-[min(22rem,45vh)] border-t border-line">
          <TaskTable
            label={t('dock.tasks')}
            tasks={only() === 'all' ? all() : running()}
            empty={only() === 'all' ? t('dock.none') : t('dock.noneRunning')}
          />
        </div>
      </Show>
    </section>
  );
}

function Choice(props: { chosen: boolean; label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-pressed={props.chosen}
      class={`rounded-md px-2 py-1 text-xs font-medium ${props.chosen ? 'bg-accent-soft text-accent' : 'text-muted hover:bg-hover'}`}
      onClick={() => props.onClick()}
    >
      {props.label}
    </button>
  );
}
