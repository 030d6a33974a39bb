// A task's state in words and colour.
import { Show } from 'solid-js';
import type { TaskItem } from '../../server/contract/tasks.ts';
import { bytes, duration } from '../format/show.ts';
import { t, tOr } from '../i18n/index.ts';
import { isActive } from '../live/state.ts';
import { createPace, roundedLeft } from '../live/task-pace.ts';
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

/** Shares that are told as one. */
const samePart = 0.02;

export function TaskState(props: { task: TaskItem }) {
  return (
    <Badge tone={tones[props.task.state] ?? 'plain'} title={props.task.waitingFor ?? props.task.status}>
      {tOr(`taskState.${props.task.state}`, props.task.state)}
    </Badge>
  );
}

/** While it runs: how much is done, how fast, and how long it takes still, as far as that is known. */
export function TaskPace(props: { task: TaskItem; class?: string }) {
  const pace = createPace(() => props.task);
  const said = () => {
    const { bytes: amount, progress = 0 } = props.task;
    const { rate, leftSeconds } = pace();
    // Of a job, the bytes are those of one guest and the bar is of all.
    const isWhole = amount && Math.abs(amount.done / amount.total - progress) < samePart;
    return [
      isWhole ? t('task.doneOf', { done: bytes(amount.done), total: bytes(amount.total) }) : undefined,
      rate === undefined ? undefined : t('task.rate', { rate: bytes(rate) }),
      leftSeconds === undefined ? undefined : t('task.left', { time: duration(roundedLeft(leftSeconds)) }),
    ].filter((one) => one !== undefined);
  };
  return (
    <Show when={isActive(props.task) && said().length > 0}>
      <span class={`num text-xs text-muted ${props.class ?? ''}`}>{said().join(' · ')}</span>
    </Show>
  );
}

/** State, and while it runs how far it is; `pace`: also how fast. */
export function TaskProgress(props: { task: TaskItem; pace?: boolean }) {
  return (
    <div class="flex flex-wrap items-center gap-x-2.5 gap-y-1">
      <Show when={props.pace}>
        <TaskPace task={props.task} />
      </Show>
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
