// A virtual machine: its actions and its tabs.
import { useParams } from '@solidjs/router';
import Monitor from 'lucide-solid/icons/monitor';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createMemo, For, lazy, Match, Show, Suspense, Switch } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { Badge, Notice, Skeleton } from '../../components/panel.tsx';
import { StateLabel } from '../../components/state-dot.tsx';
import { TabBar, TabPanel } from '../../components/tabs.tsx';
import { TaskTable } from '../../components/task-table.tsx';
import { pendingKeys } from '../../forms/vm-config.ts';
import { t, tn } from '../../i18n/index.ts';
import { guestOf, live, nodeOf, revision, tasks } from '../../live/store.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { labelOf } from '../../shell/tree-model.ts';
import NotFoundPage from '../not-found-page.tsx';
import { VmActions } from './vm-actions.tsx';
import { VmContextProvider } from './vm-context.ts';
import { VmSummary } from './vm-summary.tsx';

const ConsoleTab = lazy(() => import('./console-tab.tsx'));
const HardwareTab = lazy(() => import('./hardware-tab.tsx'));
const OptionsTab = lazy(() => import('./options-tab.tsx'));

const tabs = ['summary', 'console', 'hardware', 'options', 'tasks'] as const;

export default function VmPage() {
  const params = useParams();
  const vmid = () => Number(params['vmid']);
  return (
    <Show
      when={guestOf(vmid())?.vmid}
      keyed
      fallback={
        live.loaded ? (
          <NotFoundPage title={t('notFound.vm', { vmid: params['vmid'] ?? '' })} text={t('notFound.gone')} />
        ) : (
          <div class="p-6">
            <Skeleton lines={6} />
          </div>
        )
      }
    >
      {(id) => <Vm vmid={id} tab={params['tab']} />}
    </Show>
  );
}

function Vm(props: { vmid: number; tab: string | undefined }) {
  const item = createMemo(
    () =>
      guestOf(props.vmid) ?? {
        id: `qemu/${props.vmid}`,
        type: 'qemu' as const,
        node: '',
        vmid: props.vmid,
        status: 'unknown',
      },
  );
  const place = () => ({ node: item().node, vmid: props.vmid });
  const tab = () => tabs.find((one) => one === props.tab) ?? 'summary';
  const config = createQuery(
    () =>
      nodeOf(item().node)?.status === 'online' && {
        ...place(),
        status: item().status,
        revision: revision(`/vms/${props.vmid}`, `${item().node}/${props.vmid}`),
      },
    ({ node, vmid }) => api('GET /nodes/{node}/qemu/{vmid}/pending', { node, vmid }),
  );
  const waiting = () => pendingKeys(config.data() ?? []).length;
  const base = () => `/vms/${props.vmid}`;
  const history = createMemo(() => tasks().filter((task) => task.id === String(props.vmid)));

  return (
    <VmContextProvider.Provider value={{ item, place, config }}>
      <PageHeader
        icon={<Monitor size={20} />}
        title={labelOf(item())}
        number={String(props.vmid)}
        state={
          <>
            <StateLabel status={item().status} />
            <Show when={item().lock}>{(lock) => <Badge tone="warn">{lock()}</Badge>}</Show>
            <Show when={item().accelerator === 'tcg' && item().status !== 'stopped'}>
              <Badge tone="warn" title={item().acceleratorReason ?? t('node.noAccelerationHint')}>
                {t('vm.emulated')}
              </Badge>
            </Show>
            <span class="flex gap-1 max-sm:hidden">
              <For each={(item().tags ?? '').split(/[;,]/).filter(Boolean)}>
                {(tag) => <Badge tone="accent">{tag}</Badge>}
              </For>
            </span>
          </>
        }
        actions={<VmActions />}
      />
      <div class="bg-surface">
        <TabBar
          label={labelOf(item())}
          tabs={tabs.map((one) => ({
            href: one === 'summary' ? base() : `${base()}/${one}`,
            label: t(`tab.${one}`),
            active: tab() === one,
          }))}
        />
      </div>
      <Show when={nodeOf(item().node)?.status === 'offline'}>
        <div class="px-4 pt-4 lg:px-6">
          <Notice tone="bad" icon={<TriangleAlert size={16} />}>
            {t('vm.nodeOffline', { node: item().node })}
          </Notice>
        </div>
      </Show>
      <Show when={waiting() > 0 && item().status !== 'stopped' && tab() !== 'console' && tab() !== 'tasks'}>
        <div class="max-w-[93rem] px-4 pt-4 lg:px-6">
          <Notice tone="warn" icon={<TriangleAlert size={16} />}>
            {tn('vm.pending', waiting())}
          </Notice>
        </div>
      </Show>
      <Suspense
        fallback={
          <div class="p-6">
            <Skeleton lines={6} />
          </div>
        }
      >
        <Switch>
          <Match when={tab() === 'console'}>
            <TabPanel label={t('tab.console')} flush>
              <ConsoleTab />
            </TabPanel>
          </Match>
          <Match when={tab() === 'hardware'}>
            <TabPanel label={t('tab.hardware')}>
              <HardwareTab />
            </TabPanel>
          </Match>
          <Match when={tab() === 'options'}>
            <TabPanel label={t('tab.options')}>
              <OptionsTab />
            </TabPanel>
          </Match>
          <Match when={tab() === 'tasks'}>
            <TabPanel label={t('tab.tasks')} flush>
              <TaskTable label={t('tab.tasks')} tasks={history()} empty={t('vm.noTasks')} />
            </TabPanel>
          </Match>
          <Match when={true}>
            <TabPanel label={t('tab.summary')}>
              <VmSummary />
            </TabPanel>
          </Match>
        </Switch>
      </Suspense>
    </VmContextProvider.Provider>
  );
}
