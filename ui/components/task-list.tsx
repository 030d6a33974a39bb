// The table of tasks, with the log of the one that is chosen.
import Ban from 'lucide-solid/icons/ban';
import ListChecks from 'lucide-solid/icons/list-checks';
import { createSignal, Show } from 'solid-js';
import type { TaskItem } from '../../server/contract/tasks.ts';
import { api } from '../api/client.ts';
import { duration, moment } from '../format/show.ts';
import { t, tOr } from '../i18n/index.ts';
import { isActive } from '../live/state.ts';
import { live } from '../live/store.ts';
import { IconButton } from './button.tsx';
import { type Column, DataTable } from './data-table.tsx';
import { EmptyState } from './panel.tsx';
import { wordFilter } from './table-filter.ts';
import { TaskDetails } from './task-details.tsx';
import { TaskProgress } from './task-state.tsx';
import type { TaskTableProps } from './task-table.tsx';
import { toastError } from './toasts.tsx';

const stateOf = (task: TaskItem) => tOr(`taskState.${task.state}`, task.state);
const took = (task: TaskItem) => (task.endtime === undefined ? undefined : task.endtime - task.starttime);

const columns: readonly Column<TaskItem>[] = [
  {
    key: 'what',
    title: 'task.what',
    width: 220,
    grow: true,
    card: 'title',
    sortBy: (task) => task.description,
    cell: (row) => <span title={row().description}>{row().description}</span>,
  },
  {
    key: 'state',
    title: 'task.state',
    width: 170,
    card: 'aside',
    sortBy: stateOf,
    cell: (row) => <TaskProgress task={row()} />,
  },
  {
    key: 'started',
    title: 'task.started',
    width: 130,
    drop: 1,
    card: 'line',
    plain: true,
    text: (task) => moment(task.starttime),
    sortBy: (task) => task.starttime,
    cell: (row) => <span class="num text-muted">{moment(row().starttime)}</span>,
  },
  {
    key: 'took',
    title: 'task.took',
    width: 100,
    drop: 2,
    card: 'line',
    plain: true,
    text: (task) => (took(task) === undefined ? '' : duration(took(task))),
    sortBy: took,
    cell: (row) => (
      <span class="num text-muted">{took(row()) === undefined ? '' : duration(took(row()))}</span>
    ),
  },
  {
    key: 'user',
    title: 'task.user',
    width: 130,
    drop: 3,
    sortBy: (task) => task.user,
    cell: (row) => <span class="text-muted">{row().user}</span>,
  },
  {
    key: 'node',
    title: 'task.node',
    width: 110,
    drop: 4,
    sortBy: (task) => task.node,
    cell: (row) => <span class="text-muted">{row().node}</span>,
  },
  {
    key: 'actions',
    title: 'common.actions',
    width: 52,
    buttons: true,
    cell: (row, tab) => <CancelButton task={row()} tab={tab()} />,
  },
];

const filter = wordFilter((task: TaskItem) => [
  task.description,
  task.user,
  task.node,
  task.id,
  task.status,
  stateOf(task),
]);

export default function TaskList(props: TaskTableProps) {
  const [own, setOwn] = createSignal<string>();
  const chosen = () => (props.onChoose ? props.chosen : own());
  const setChosen = (upid: string | undefined) => (props.onChoose ?? setOwn)(upid);
  const chosenTask = () => {
    const upid = chosen();
    // An old one is not followed: it does not change any more.
    return upid === undefined
      ? undefined
      : (live.tasks[upid] ?? props.tasks.find((task) => task.upid === upid));
  };
  return (
    <div class="flex h-full min-h-0 flex-1 bg-surface">
      <div class={`flex min-w-0 flex-1 flex-col ${chosenTask() ? 'max-lg:hidden' : ''}`}>
        <DataTable
          name="tasks"
          label={props.label}
          rows={live.loaded ? props.tasks : undefined}
          columns={columns}
          sort={{ key: 'started', down: true }}
          rowKey={(task) => task.upid}
          rowLabel={(task) => task.description}
          filter={filter}
          filterLabel={t('task.filter')}
          onOpen={({ upid }) => setChosen(chosen() === upid ? undefined : upid)}
          opened={chosen()}
          empty={<EmptyState icon={<ListChecks size={26} />} title={props.empty} />}
        />
      </div>
      <Show when={chosenTask()?.upid} keyed>
        {(upid) => (
          <section
            class="flex min-h-0 min-w-0 flex-1 flex-col border-line lg:max-w-[50%] lg:border-s"
            aria-label={t('task.logOf', { what: chosenTask()?.description ?? '' })}
          >
            <TaskDetails upid={upid} known={chosenTask()} onClose={() => setChosen(undefined)} />
          </section>
        )}
      </Show>
    </div>
  );
}

function CancelButton(props: { task: TaskItem; tab: number }) {
  return (
    <Show when={isActive(props.task) && props.task.cancellable}>
      <IconButton
        small
        tabindex={props.tab}
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
