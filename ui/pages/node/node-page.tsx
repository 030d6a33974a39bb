// A node: its head and its tabs, each loaded when it is opened.
import { useParams } from '@solidjs/router';
import Plus from 'lucide-solid/icons/plus';
import Server from 'lucide-solid/icons/server';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { type Component, lazy, Show, Suspense } from 'solid-js';
import { Dynamic } from 'solid-js/web';
import { Button } from '../../components/button.tsx';
import { Notice, Skeleton } from '../../components/panel.tsx';
import { StateLabel } from '../../components/state-dot.tsx';
import { TabBar, TabPanel } from '../../components/tabs.tsx';
import { t } from '../../i18n/index.ts';
import { live, nodeOf } from '../../live/store.ts';
import { setCreating } from '../../shell/create-state.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { nodeTabs } from '../../shell/tree-model.ts';
import NotFoundPage from '../not-found-page.tsx';
import { AllGuestsMenu } from './all-guests-menu.tsx';
import SummaryTab from './summary-tab.tsx';

type TabName = 'summary' | (typeof nodeTabs)[number];

const tabs: Readonly<Record<TabName, Component<{ node: string }>>> = {
  summary: SummaryTab,
  guests: lazy(() => import('./guests-tab.tsx')),
  storages: lazy(() => import('./storages-tab.tsx')),
  network: lazy(() => import('./network-tab.tsx')),
  disks: lazy(() => import('./disks-tab.tsx')),
  hardware: lazy(() => import('./hardware-tab.tsx')),
  services: lazy(() => import('./services-tab.tsx')),
  logs: lazy(() => import('./logs-tab.tsx')),
  shell: lazy(() => import('./shell-tab.tsx')),
  settings: lazy(() => import('./settings-tab.tsx')),
  tasks: lazy(() => import('./tasks-tab.tsx')),
  templates: lazy(() => import('../templates/templates-tab.tsx')),
  system: lazy(() => import('../system/system-tab.tsx')),
};
/** They fill the page to its edges and scroll within. */
const filling: ReadonlySet<TabName> = new Set(['guests', 'logs', 'shell', 'tasks']);

export default function NodePage() {
  const params = useParams();
  const name = () => params['node'] ?? '';
  const tab = (): TabName => nodeTabs.find((one) => one === params['tab']) ?? 'summary';
  const item = () => nodeOf(name());
  const base = () => `/nodes/${encodeURIComponent(name())}`;
  return (
    <Show
      when={item() ?? !live.loaded}
      fallback={<NotFoundPage title={t('notFound.node', { node: name() })} text={t('notFound.gone')} />}
    >
      <PageHeader
        icon={<Server size={20} />}
        title={name()}
        state={<Show when={item()}>{(one) => <StateLabel status={one().status} />}</Show>}
        actions={
          <>
            <Button icon={<Plus size={16} />} onClick={() => setCreating({ kind: 'qemu', node: name() })}>
              {t('create.here')}
            </Button>
            <Button icon={<Plus size={16} />} onClick={() => setCreating({ kind: 'lxc', node: name() })}>
              {t('ct.openHere')}
            </Button>
            <AllGuestsMenu node={name()} />
          </>
        }
      />
      <div class="bg-surface">
        <TabBar
          label={name()}
          tabs={[
            { href: base(), label: t('tab.summary'), active: tab() === 'summary' },
            ...nodeTabs.map((one) => ({
              href: `${base()}/${one}`,
              label: t(`tab.${one}`),
              active: tab() === one,
            })),
          ]}
        />
      </div>
      <Show when={item() && item()?.status !== 'online'}>
        <div class="px-4 pt-4 lg:px-6">
          <Notice tone="bad" icon={<TriangleAlert size={16} />}>
            {t('node.offline')}
          </Notice>
        </div>
      </Show>
      <TabPanel label={t(`tab.${tab()}`)} flush={filling.has(tab())}>
        <Suspense fallback={<Skeleton lines={6} />}>
          <Show when={name()} keyed>
            {(node) => <Dynamic component={tabs[tab()]} node={node} />}
          </Show>
        </Suspense>
      </TabPanel>
    </Show>
  );
}
