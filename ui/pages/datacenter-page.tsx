// The datacenter: its summary, the table of all guests, the storages, the backup jobs, the notifications, the named sizes of new guests.
import { useParams, useSearchParams } from '@solidjs/router';
import Layers from 'lucide-solid/icons/layers';
import { Match, Show, Suspense, Switch } from 'solid-js';
import { GuestTable } from '../components/guest-table.tsx';
import { Skeleton } from '../components/panel.tsx';
import { TabBar, TabPanel } from '../components/tabs.tsx';
import { t } from '../i18n/index.ts';
import { page } from '../i18n/page.ts';
import { guests, live } from '../live/store.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { SummaryTab } from './datacenter/summary-tab.tsx';

const BackupTab = page(() => import('./backup/backup-tab.tsx'));
const ConfigBackupsTab = page(() => import('./config-backups/config-backups-tab.tsx'));
const NotificationsTab = page(() => import('./notifications/notifications-tab.tsx'));
const SizesTab = page(() => import('./datacenter/sizes-tab.tsx'));
const StoragesTab = page(() => import('./storages/storages-tab.tsx'));

const tabs = ['guests', 'storages', 'backup', 'config-backups', 'notifications', 'sizes'] as const;

export default function DatacenterPage() {
  const params = useParams();
  const [search] = useSearchParams<{ filter?: string }>();
  const tab = () => tabs.find((one) => one === params['tab']) ?? 'summary';
  return (
    <>
      <PageHeader icon={<Layers size={20} />} title={t('tree.datacenter')} />
      <div class="bg-surface">
        <TabBar
          label={t('tree.datacenter')}
          tabs={[
            { href: '/', label: t('tab.summary'), active: tab() === 'summary' },
            { href: '/guests', label: t('tab.guests'), active: tab() === 'guests' },
            { href: '/storages', label: t('storages.title'), active: tab() === 'storages' },
            {
              href: '/backup',
              label: t('tab.backup'),
              active: tab() === 'backup' || tab() === 'config-backups',
            },
            {
              href: '/notifications',
              label: t('tab.notifications'),
              active: tab() === 'notifications',
            },
            { href: '/sizes', label: t('tab.sizes'), active: tab() === 'sizes' },
            { href: '/access', label: t('tab.access'), active: false },
          ]}
        />
      </div>
      <Switch>
        <Match when={tab() === 'guests'}>
          <TabPanel label={t('tab.guests')} fill>
            <section
              aria-label={t('tab.guests')}
              class="flex min-h-0 flex-1 flex-col bg-surface lg:rounded-lg lg:border lg:border-line"
            >
              <GuestTable
                label={t('tab.guests')}
                guests={live.loaded ? guests() : undefined}
                filter={search.filter}
              />
            </section>
          </TabPanel>
        </Match>
        <Match when={tab() === 'storages'}>
          <TabPanel label={t('storages.title')}>
            <Suspense fallback={<Skeleton lines={8} />}>
              <StoragesTab />
            </Suspense>
          </TabPanel>
        </Match>
        <Match when={tab() === 'backup'}>
          <TabPanel label={t('tab.backup')}>
            <Suspense fallback={<Skeleton lines={8} />}>
              <BackupTab />
            </Suspense>
          </TabPanel>
        </Match>
        <Match when={tab() === 'config-backups'}>
          <TabPanel label={t('tab.backup')}>
            <Suspense fallback={<Skeleton lines={8} />}>
              <ConfigBackupsTab />
            </Suspense>
          </TabPanel>
        </Match>
        <Match when={tab() === 'notifications'}>
          <TabPanel label={t('tab.notifications')}>
            <Suspense fallback={<Skeleton lines={8} />}>
              <NotificationsTab />
            </Suspense>
          </TabPanel>
        </Match>
        <Match when={tab() === 'sizes'}>
          <TabPanel label={t('tab.sizes')}>
            <Suspense fallback={<Skeleton lines={8} />}>
              <SizesTab />
            </Suspense>
          </TabPanel>
        </Match>
        <Match when={true}>
          <TabPanel label={t('tab.summary')}>
            <Show when={live.loaded} fallback={<Skeleton lines={8} />}>
              <SummaryTab />
            </Show>
          </TabPanel>
        </Match>
      </Switch>
    </>
  );
}
