// Who may come in, and what each may do: users, groups, API tokens, roles, permissions, pools, realms.
import { useParams } from '@solidjs/router';
import Users from 'lucide-solid/icons/users';
import { type Component, lazy, Suspense } from 'solid-js';
import { Dynamic } from 'solid-js/web';
import { Skeleton } from '../../components/panel.tsx';
import { TabBar, TabPanel } from '../../components/tabs.tsx';
import { t } from '../../i18n/index.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { UsersTab } from './users-tab.tsx';

const tabs = [
  { name: 'users', page: UsersTab as Component },
  { name: 'groups', page: lazy(() => import('./groups-tab.tsx')) },
  { name: 'tokens', page: lazy(() => import('./tokens-tab.tsx')) },
  { name: 'roles', page: lazy(() => import('./roles-tab.tsx')) },
  { name: 'permissions', page: lazy(() => import('./permissions-tab.tsx')) },
  { name: 'pools', page: lazy(() => import('./pools-tab.tsx')) },
  { name: 'realms', page: lazy(() => import('./realms-tab.tsx')) },
] as const;

export default function AccessPage() {
  const params = useParams();
  const tab = () => tabs.find((one) => one.name === params['tab']) ?? tabs[0];
  return (
    <>
      <PageHeader icon={<Users size={20} />} title={t('tab.access')} />
      <div class="bg-surface">
        <TabBar
          label={t('tab.access')}
          tabs={tabs.map(({ name }, i) => ({
            href: i === 0 ? '/access' : `/access/${name}`,
            label: t(`access.tab.${name}`),
            active: tab().name === name,
          }))}
        />
      </div>
      <Suspense
        fallback={
          <div class="p-6">
            <Skeleton lines={6} />
          </div>
        }
      >
        <TabPanel label={t(`access.tab.${tab().name}`)}>
          <div class="max-w-[80rem]">
            <Dynamic component={tab().page} />
          </div>
        </TabPanel>
      </Suspense>
    </>
  );
}
