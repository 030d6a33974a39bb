// The history of a node's tasks: filtered by outcome, user and guest; those that run move by themselves.
import { createMemo, createSignal, Show } from 'solid-js';
import { createStore } from 'solid-js/store';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Skeleton } from '../../components/panel.tsx';
import { TaskTable } from '../../components/task-table.tsx';
import { t } from '../../i18n/index.ts';
import { tasks } from '../../live/store.ts';
import { createNodeQuery } from './node-query.ts';
import { anyTask, mergeTasks, type Outcome, outcomes, taskQuery } from './task-filter.ts';

const atOnce = 100;

export default function TasksTab(props: { node: string }) {
  const [filter, setFilter] = createStore({ ...anyTask });
  const [limit, setLimit] = createSignal(atOnce);
  const query = createNodeQuery({
    node: () => props.node,
    with: () => ({ ...taskQuery(filter), limit: limit() }),
    read: async (node, given) => {
      const list = await api('GET /nodes/{node}/tasks', { node, ...given });
      return { list, all: list.length < given.limit };
    },
  });
  const followed = createMemo(() => tasks().filter((task) => task.node === props.node));
  const shown = createMemo(() => mergeTasks(followed(), query.data()?.list ?? [], filter));
  const filtered = () => filter.outcome !== '' || filter.user.trim() !== '' || filter.vmid.trim() !== '';
  const choices = outcomes.map((value) => ({
    value,
    label: t(`nodeTasks.outcome.${value === '' ? 'all' : value}`),
  }));
  return (
    <div class="flex h-full min-h-0 flex-col bg-surface">
      <search
        aria-label={t('nodeTasks.filter')}
        class="grid grid-cols-2 gap-3 border-b border-line px-4 py-3 md:grid-cols-[12rem_12rem_10rem]"
      >
        <SelectField
          label={t('nodeTasks.outcome')}
          class="max-md:col-span-2"
          value={filter.outcome}
          choices={choices}
          onValue={(value) => setFilter('outcome', value as Outcome)}
        />
        <TextField
          type="search"
          label={t('nodeTasks.user')}
          value={filter.user}
          onValue={(value) => setFilter('user', value)}
        />
        <TextField
          type="search"
          inputmode="numeric"
          label={t('nodeTasks.guest')}
          value={filter.vmid}
          onValue={(value) => setFilter('vmid', value)}
        />
      </search>
      <div class="p-4 empty:hidden">
        <ErrorNote error={query.error()} retry={query.reload} />
      </div>
      <div class="min-h-0 flex-1">
        <Show when={query.data() ?? query.error()} fallback={<Skeleton lines={6} />}>
          <TaskTable
            label={t('tab.tasks')}
            tasks={shown()}
            empty={t(filtered() ? 'nodeTasks.noMatch' : 'nodeTasks.none')}
          />
        </Show>
      </div>
      <Show when={query.data()?.all === false}>
        <div class="border-t border-line px-4 py-2 text-center">
          <Button busy={query.loading()} onClick={() => setLimit(limit() + atOnce)}>
            {t('nodeTasks.more')}
          </Button>
        </div>
      </Show>
    </div>
  );
}
