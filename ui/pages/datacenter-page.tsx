// The datacenter: how all is, what is free, what needs attention; and the table of all guests.
import { A, useParams } from '@solidjs/router';
import CircleCheck from 'lucide-solid/icons/circle-check';
import Layers from 'lucide-solid/icons/layers';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createMemo, For, Match, Show, Switch } from 'solid-js';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { GuestTable } from '../components/guest-table.tsx';
import { Bar, Meter } from '../components/meter.tsx';
import { EmptyState, Panel, Skeleton } from '../components/panel.tsx';
import { StateDot, StateLabel, stateName } from '../components/state-dot.tsx';
import { TabBar, TabPanel } from '../components/tabs.tsx';
import { bytes, duration, percent, share } from '../format/show.ts';
import { t, tn } from '../i18n/index.ts';
import { appliances } from '../live/appliances.ts';
import { type Attention, attention } from '../live/attention.ts';
import { guests, live, nodes, storages, tasks } from '../live/store.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { hrefOf } from '../shell/tree-model.ts';

export default function DatacenterPage() {
  const params = useParams();
  const tab = () => (params['tab'] === 'guests' ? 'guests' : 'summary');
  return (
    <>
      <PageHeader icon={<Layers size={20} />} title={t('tree.datacenter')} />
      <div class="bg-surface">
        <TabBar
          label={t('tree.datacenter')}
          tabs={[
            { href: '/', label: t('tab.summary'), active: tab() === 'summary' },
            { href: '/guests', label: t('tab.guests'), active: tab() === 'guests' },
          ]}
        />
      </div>
      <Switch>
        <Match when={tab() === 'guests'}>
          <TabPanel label={t('tab.guests')}>
            <Panel flush>
              <GuestTable label={t('tab.guests')} guests={guests()} />
            </Panel>
          </TabPanel>
        </Match>
        <Match when={true}>
          <TabPanel label={t('tab.summary')}>
            <Show when={live.loaded} fallback={<Skeleton lines={8} />}>
              <Summary />
            </Show>
          </TabPanel>
        </Match>
      </Switch>
    </>
  );
}

function Summary() {
  return (
    <div class="grid max-w-[100rem] items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
      <div class="flex min-w-0 flex-col gap-4">
        <AttentionPanel />
        <NodesPanel />
        <StoragesPanel />
      </div>
      <div class="flex min-w-0 flex-col gap-4 max-xl:order-first">
        <GuestsPanel />
        <CapacityPanel />
      </div>
    </div>
  );
}

function AttentionPanel() {
  const items = createMemo(() =>
    attention(
      Object.values(live.resources).filter((item) => item !== undefined),
      tasks(),
      Date.now() / 1000,
      appliances(),
    ),
  );
  return (
    <Panel title={t('attention.title')}>
      <Show
        when={items().length > 0}
        fallback={
          <p class="flex items-center gap-2 text-sm">
            <CircleCheck size={17} class="text-ok" aria-hidden="true" />
            {t('attention.none')}
          </p>
        }
      >
        <ul class="flex flex-col gap-2.5">
          <For each={items()}>
            {(item) => (
              <li class="flex gap-2.5 text-sm">
                <span class={`pt-0.5 ${item.severity === 'bad' ? 'text-bad' : 'text-warn'}`}>
                  <TriangleAlert size={16} aria-hidden="true" />
                </span>
                <div class="min-w-0 break-words">
                  <AttentionText item={item} />
                </div>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </Panel>
  );
}

function AttentionText(props: { item: Attention }) {
  const item = props.item;
  switch (item.kind) {
    case 'node-offline':
      return <Linked href={`/nodes/${item.node}`} text={t('attention.nodeOffline', { node: item.node })} />;
    case 'no-acceleration':
      return (
        <>
          <Linked href={`/nodes/${item.node}`} text={t('attention.noAcceleration', { node: item.node })} />
          <p class="text-muted">{item.reason}</p>
        </>
      );
    case 'memory-full':
      return (
        <Linked
          href={`/nodes/${item.node}`}
          text={t('attention.memoryFull', { node: item.node, share: percent(item.share) })}
        />
      );
    case 'storage-full':
      return (
        <Linked
          href={hrefOf(item.item)}
          text={t('attention.storageFull', {
            storage: item.item.storage ?? '',
            node: item.item.node,
            share: percent(item.share),
          })}
        />
      );
    case 'storage-problem':
      return (
        <>
          <Linked
            href={hrefOf(item.item)}
            text={t('attention.storageProblem', { storage: item.item.storage ?? '', node: item.item.node })}
          />
          <p class="text-muted">{item.text}</p>
        </>
      );
    case 'fell-back':
      return (
        <>
          <Linked
            href={`/nodes/${item.node}/system`}
            text={t('attention.fellBack', { node: item.node, from: item.from, to: item.to })}
          />
          <p class="text-muted">{item.reason}</p>
        </>
      );
    case 'appliance':
      return (
        <Linked
          href={`/nodes/${item.node}/system`}
          text={t('attention.appliance', { node: item.node, text: item.text })}
        />
      );
    case 'task-failed':
      return (
        <>
          <p>{t('attention.taskFailed', { what: item.task.description })}</p>
          <p class="line-clamp-2 text-muted">{item.task.status}</p>
        </>
      );
  }
}

function Linked(props: { href: string; text: string }) {
  return (
    <A href={props.href} class="hover:underline">
      {props.text}
    </A>
  );
}

const stateOrder = ['running', 'paused', 'suspended', 'starting', 'stopping', 'stopped'];

function GuestsPanel() {
  const counts = createMemo(() => {
    const byState = new Map<string, number>();
    for (const guest of guests()) {
      const state = guest.template === 1 ? 'template' : guest.status;
      byState.set(state, (byState.get(state) ?? 0) + 1);
    }
    return [...byState].sort(([a], [b]) => rank(a) - rank(b));
  });
  return (
    <Panel
      title={t('tab.guests')}
      actions={
        <A href="/guests" class="text-sm text-accent hover:underline">
          {t('guests.all')}
        </A>
      }
    >
      <Show
        when={counts().length > 0}
        fallback={<EmptyState title={t('guests.none')} text={t('guests.noneHint')} />}
      >
        <p class="mb-3 text-2xl font-semibold">
          <span class="num">{guests().length}</span>{' '}
          <span class="text-base font-normal text-muted">{tn('guests.word', guests().length)}</span>
        </p>
        <ul class="grid grid-cols-2 gap-x-6 gap-y-1.5 text-sm">
          <For each={counts()}>
            {([state, count]) => (
              <li class="flex items-center gap-2">
                <StateDot status={state} />
                <span class="flex-1">{state === 'template' ? t('guests.templates') : stateName(state)}</span>
                <span class="num font-medium">{count}</span>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </Panel>
  );
}

function rank(state: string): number {
  const at = stateOrder.indexOf(state);
  return at < 0 ? stateOrder.length : at;
}

function sum(items: readonly ResourceItem[], of: (item: ResourceItem) => number | undefined): number {
  return items.reduce((total, item) => total + (of(item) ?? 0), 0);
}

function CapacityPanel() {
  const online = createMemo(() => nodes().filter((node) => node.status === 'online'));
  const cores = () => sum(online(), (node) => node.maxcpu);
  const busy = () => sum(online(), (node) => (node.cpu ?? 0) * (node.maxcpu ?? 0));
  const memory = () => ({ used: sum(online(), (n) => n.mem), total: sum(online(), (n) => n.maxmem) });
  /** A shared storage is one storage, however many nodes see it. */
  const distinct = createMemo(() => {
    const seen = new Map<string, ResourceItem>();
    for (const one of storages()) seen.set(one.shared === 1 ? (one.storage ?? one.id) : one.id, one);
    return [...seen.values()];
  });
  const space = () => ({ used: sum(distinct(), (s) => s.disk), total: sum(distinct(), (s) => s.maxdisk) });
  return (
    <Panel title={t('capacity.title')}>
      <div class="flex flex-col gap-4">
        <Meter
          label={t('capacity.cpu')}
          share={share(busy(), cores())}
          text={t('capacity.cpuText', {
            share: percent(share(busy(), cores())),
            cores: tn('unit.cores', cores()),
          })}
          calm
        />
        <Meter
          label={t('capacity.memory')}
          share={share(memory().used, memory().total)}
          text={t('common.of', { used: bytes(memory().used), total: bytes(memory().total) })}
        />
        <Meter
          label={t('capacity.storage')}
          share={share(space().used, space().total)}
          text={t('common.of', { used: bytes(space().used), total: bytes(space().total) })}
        />
      </div>
    </Panel>
  );
}

function NodesPanel() {
  return (
    <Panel title={t('nodes.title')} flush>
      <table class="w-full text-sm" aria-label={t('nodes.title')}>
        <thead>
          <tr class="border-y border-line text-xs text-muted [&>th]:px-3 [&>th]:py-1.5 [&>th]:text-start [&>th]:font-medium [&>th:first-child]:ps-4">
            <th>{t('guests.node')}</th>
            <th>{t('guests.state')}</th>
            <th class="w-1/4 max-sm:hidden">{t('guests.cpu')}</th>
            <th class="w-1/4 max-sm:hidden">{t('guests.memory')}</th>
            <th class="max-lg:hidden">{t('guests.uptime')}</th>
          </tr>
        </thead>
        <tbody>
          <For each={nodes().sort((a, b) => a.node.localeCompare(b.node))}>
            {(node) => (
              <tr class="h-10 border-b border-line last:border-b-0 [&>td]:px-3 [&>td:first-child]:ps-4">
                <td>
                  <A href={hrefOf(node)} class="font-medium hover:underline">
                    {node.node}
                  </A>
                </td>
                <td>
                  <StateLabel status={node.status} />
                </td>
                <td class="max-sm:hidden">
                  <Show when={node.status === 'online'}>
                    <div class="flex items-center gap-2">
                      <span class="num w-10">{percent(node.cpu)}</span>
                      <Bar label={t('guests.cpu')} share={node.cpu} calm />
                    </div>
                  </Show>
                </td>
                <td class="max-sm:hidden">
                  <Show when={node.status === 'online'}>
                    <div class="flex items-center gap-2">
                      <span class="num w-10">{percent(share(node.mem, node.maxmem))}</span>
                      <Bar label={t('guests.memory')} share={share(node.mem, node.maxmem)} />
                    </div>
                  </Show>
                </td>
                <td class="num text-muted max-lg:hidden">
                  {node.status === 'online' ? duration(node.uptime) : ''}
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </Panel>
  );
}

function StoragesPanel() {
  const sorted = createMemo(() => storages().sort((a, b) => a.id.localeCompare(b.id)));
  return (
    <Panel title={t('storages.title')}>
      <ul class="grid gap-x-8 gap-y-3.5 md:grid-cols-2">
        <For each={sorted()} fallback={<li class="text-sm text-muted">{t('storages.none')}</li>}>
          {(storage) => (
            <li class="flex flex-col gap-1">
              <div class="flex items-baseline justify-between gap-3 text-sm">
                <span class="min-w-0 truncate">
                  <A href={hrefOf(storage)} class="font-medium hover:underline">
                    {storage.storage}
                  </A>{' '}
                  <span class="text-muted">{storage.node}</span>
                </span>
                <Show
                  when={storage.status === 'available'}
                  fallback={<span class="text-sm text-bad">{stateName(storage.status)}</span>}
                >
                  <span class="num shrink-0 text-muted">
                    {t('common.of', { used: bytes(storage.disk), total: bytes(storage.maxdisk) })}
                  </span>
                </Show>
              </div>
              <Bar label={storage.storage ?? ''} share={share(storage.disk, storage.maxdisk)} />
            </li>
          )}
        </For>
      </ul>
    </Panel>
  );
}
