// The frame of a guest's page: its head, its tabs, what waits and what is wrong; VMs and containers fill it.
import { A, Navigate, useParams } from '@solidjs/router';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { type Component, createMemo, createSignal, For, type JSX, lazy, Show, Suspense } from 'solid-js';
import { Dynamic } from 'solid-js/web';
import type { GuestKind } from '../../../server/contract/guest-actions.ts';
import type { ResourceItem } from '../../../server/contract/resources.ts';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { Badge, Notice, Skeleton } from '../../components/panel.tsx';
import { StateLabel } from '../../components/state-dot.tsx';
import { TabBar, TabPanel } from '../../components/tabs.tsx';
import { TaskTable } from '../../components/task-table.tsx';
import { pendingKeys } from '../../forms/guest-config.ts';
import { t, tn } from '../../i18n/index.ts';
import { isHibernated, shownState } from '../../live/guest-state.ts';
import { isActive } from '../../live/state.ts';
import { guestOf, live, nodeOf, revision, tasks } from '../../live/store.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { hrefOf, labelOf } from '../../shell/tree-model.ts';
import NotFoundPage from '../not-found-page.tsx';
import { GuestContextProvider } from './guest-context.ts';
import { LockNotice } from './lock-notice.tsx';

const PermissionsOf = lazy(() => import('../access/permissions-of.tsx'));

export interface GuestTab {
  /** The last part of its address; the first tab has none. */
  readonly name: string;
  readonly label: string;
  readonly page: Component;
  /** It reaches the edges and shows no notices above itself. */
  readonly flush?: boolean;
  /** Which keys of the configuration are changed there; of several tabs it is the first. */
  readonly owns?: RegExp;
  /** Of what runs or changes: templates do neither. */
  readonly notOfTemplates?: boolean;
}

/** The task that changes a VM's configuration. */
const configTask = 'qmconfig';

interface GuestPageProps {
  kind: GuestKind;
  icon: JSX.Element;
  tabs: readonly GuestTab[];
  actions: Component;
  badges?: Component<{ item: ResourceItem }>;
}

export function GuestPage(props: GuestPageProps) {
  const params = useParams();
  const found = createMemo(() => guestOf(Number(params['vmid'])));
  return (
    <Show
      when={found()?.id}
      keyed
      fallback={
        live.loaded ? (
          <NotFoundPage
            title={t('notFound.guest', { vmid: params['vmid'] ?? '' })}
            text={t('notFound.gone')}
          />
        ) : (
          <div class="p-6">
            <Skeleton lines={6} />
          </div>
        )
      }
    >
      {(id) => (
        // Whoever knows only the number may come by the other kind's address.
        <Show when={found()?.type === props.kind} fallback={<Navigate href={hrefOf(live.resources[id]!)} />}>
          <Frame {...props} first={live.resources[id]!} tab={params['tab']} />
        </Show>
      )}
    </Show>
  );
}

/** `first`: what is known of the guest when its page opens; what is shown last when it goes. */
function Frame(props: GuestPageProps & { first: ResourceItem; tab: string | undefined }) {
  const id = props.first.id;
  const vmid = props.first.vmid ?? 0;
  const base = hrefOf(props.first);
  const item = createMemo<ResourceItem>((before) => live.resources[id] ?? before, { ...props.first });
  const place = () => ({ node: item().node, vmid });
  const online = () => nodeOf(item().node)?.status === 'online';
  const history = createMemo(() => tasks().filter((task) => task.id === String(vmid)));
  const [changing, setChanging] = createSignal(0);
  let known = false;
  const settling = () =>
    changing() > 0 || history().some((task) => task.type === configTask && isActive(task));
  const config = createQuery(
    () =>
      online() &&
      !(settling() && known) && {
        ...place(),
        status: item().status,
        revision: revision(`/vms/${vmid}`, `${item().node}/${vmid}`),
      },
    async ({ node, vmid }) => {
      const lines = await api(`GET /nodes/{node}/${props.kind}/{vmid}/pending`, { node, vmid });
      known = true;
      return lines;
    },
  );
  async function change<T>(run: () => Promise<T>): Promise<T> {
    setChanging((n) => n + 1);
    try {
      return await run();
    } finally {
      setChanging((n) => n - 1);
    }
  }
  const pending = createMemo(() => pendingKeys(config.data() ?? []));
  const History = () => <TaskTable label={t('tab.tasks')} tasks={history()} empty={t('guest.noTasks')} />;
  const Permissions = () => <PermissionsOf path={`/vms/${vmid}`} pools={[item().pool ?? []].flat()} />;
  const all = createMemo<readonly GuestTab[]>(() => [
    ...props.tabs.filter((one) => !(one.notOfTemplates && item().template === 1)),
    { name: 'permissions', label: t('access.tab.permissions'), page: Permissions },
    { name: 'tasks', label: t('tab.tasks'), page: History, flush: true },
  ]);
  const tab = createMemo(() => all().find((one) => one.name === props.tab) ?? all()[0]!);
  /** The other tabs on which something waits. */
  const waitingAt = createMemo(() => {
    const owners = pending().map((key) => all().find((one) => one.owns?.test(key)));
    return all().filter((one) => one !== tab() && owners.includes(one));
  });

  return (
    <GuestContextProvider.Provider value={{ kind: props.kind, item, place, config, change }}>
      <PageHeader
        icon={props.icon}
        title={labelOf(item())}
        number={String(vmid)}
        state={
          <>
            <Show when={item().template !== 1} fallback={<Badge>{t('guests.template')}</Badge>}>
              <StateLabel status={shownState(item())} kind={props.kind} />
            </Show>
            <Show when={!isHibernated(item()) && item().lock}>
              {(lock) => <Badge tone="warn">{lock()}</Badge>}
            </Show>
            <Show when={props.badges}>{(badges) => <Dynamic component={badges()} item={item()} />}</Show>
            <span class="flex gap-1 max-sm:hidden">
              <For each={(item().tags ?? '').split(/[;,]/).filter(Boolean)}>
                {(tag) => <Badge tone="accent">{tag}</Badge>}
              </For>
            </span>
          </>
        }
        actions={<Dynamic component={props.actions} />}
      />
      <div class="bg-surface">
        <TabBar
          label={labelOf(item())}
          tabs={all().map((one, i) => ({
            href: i === 0 ? base : `${base}/${one.name}`,
            label: one.label,
            active: tab().name === one.name,
          }))}
        />
      </div>
      <Show when={nodeOf(item().node)?.status === 'offline'}>
        <div class={`px-4 pt-4 lg:px-6 lg:pt-6 ${tab().flush ? 'pb-4' : 'lg:-mb-2'}`}>
          <Notice tone="bad" icon={<TriangleAlert size={16} />}>
            {t('vm.nodeOffline', { node: item().node })}
          </Notice>
        </div>
      </Show>
      <Show when={item().lock && !tab().flush}>
        <div class="max-w-[93rem] px-4 pt-4 lg:-mb-2 lg:px-6 lg:pt-6">
          <LockNotice tasks={`${base}/tasks`} />
        </div>
      </Show>
      <Show when={pending().length > 0 && item().status !== 'stopped' && !tab().flush}>
        <div class="max-w-[93rem] px-4 pt-4 lg:-mb-2 lg:px-6 lg:pt-6">
          <Notice tone="warn" icon={<TriangleAlert size={16} />}>
            {tn('vm.pending', pending().length)}
            <For each={waitingAt()}>
              {(one) => (
                <>
                  {' '}
                  <A class="font-medium underline underline-offset-2" href={`${base}/${one.name}`}>
                    {one.label}
                  </A>
                </>
              )}
            </For>
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
        <TabPanel label={tab().label} flush={tab().flush ?? false}>
          <Dynamic component={tab().page} />
        </TabPanel>
      </Suspense>
    </GuestContextProvider.Provider>
  );
}
