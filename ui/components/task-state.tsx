// A task's state in words and colour.
import { Show } from 'solid-js';
import type { TaskItem } from '../../server/contract/tasks.ts';
import { t, tOr } from '../i18n/index.ts';
import { isActive } from '../live/state.ts';
import { ProgressBar } from './meter.tsx';
import { Badge } from './panel.tsx';

const tones: Readonly<Record<string, 'plain' | 'ok' | 'warn' | 'bad' | 'accent'>> = {
  queued: 'plain',
  'waiting-for-lock': 'plain',
  running: 'accent',
  cancelling: 'warn',
  ok: 'ok',
  warnings: 'warn',
  failed: 'bad',
  cancelled: 'plain',
  interrupted: 'bad',
};

export function TaskState(props: { task: TaskItem }) {
  return (
    <Badge tone={tones[props.task.state] ?? 'plain'} title={props.task.waitingFor ?? props.task.status}>
      {tOr(`taskState.${props.task.state}`, props.task.state)}
    </Badge>
  );
}

/** State, and while it runs how far it is. */
export function TaskProgress(props: { task: TaskItem }) {
  return (
    <div class="flex items-center gap-2.5">
      <TaskState task={props.task} />
      <Show when={isActive(props.task) && props.task.state === 'running'}>
        <div class="w-20 shrink-0">
          <ProgressBar
            label={t('task.progressOf', { what: props.task.description })}
            share={props.task.progress}
          />
        </div>
      </Show>
    </div>
  );
}
