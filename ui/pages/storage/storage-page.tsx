// A storage of a node: how full it is, what is in it, kind by kind, and who may do what with it.
import { useParams } from '@solidjs/router';
import Database from 'lucide-solid/icons/database';
import { createMemo, lazy, Match, Show, Suspense, Switch } from 'solid-js';
import { Badge, Skeleton } from '../../components/panel.tsx';
import { StateLabel } from '../../components/state-dot.tsx';
import { TabBar, TabPanel } from '../../components/tabs.tsx';
import { t } from '../../i18n/index.ts';
import { live } from '../../live/store.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import NotFoundPage from '../not-found-page.tsx';
import { contentKinds, kindName } from './content-kinds.ts';
import { ContentPanel } from './content-panel.tsx';
import { StorageSummary } from './storage-summary.tsx';

const PermissionsOf = lazy(() => import('../access/permissions-of.tsx'));
const BackupsPanel = lazy(() => import('../backups/storage-backups-panel.tsx'));
const OrphansPanel = lazy(() => import('./orphans-panel.tsx'));

export default function StoragePage() {
  const params = useParams();
  const node = () => params['node'] ?? '';
  const storage = () => params['storage'] ?? '';
  const item = () => live.resources[`storage/${node()}/${storage()}`];
  const base = () => `/nodes/${encodeURIComponent(node())}/storage/${encodeURIComponent(storage())}`;
  const offered = createMemo(() => {
    const content = (item()?.content ?? '').split(',');
    return contentKinds.filter((kind) => content.includes(kind));
  });
  /** Only disks can be orphans. */
  const hasDisks = () => offered().some((kind) => kind === 'images' || kind === 'rootdir');
  const tab = () => params['tab'] ?? 'summary';
  return (
    <Show
      when={item() ?? !live.loaded}
      fallback={
        <NotFoundPage title={t('notFound.storage', { storage: storage() })} text={t('notFound.gone')} />
      }
    >
      <PageHeader
        icon={<Database size={20} />}
        title={storage()}
        number={node()}
        state={
          <Show when={item()}>
            {(one) => (
              <>
                <StateLabel status={one().status} />
                <Show when={one().shared === 1}>
                  <Badge>{t('storages.shared')}</Badge>
                </Show>
              </>
            )}
          </Show>
        }
      />
      <div class="bg-surface">
        <TabBar
          label={storage()}
          tabs={[
            { href: base(), label: t('tab.summary'), active: tab() === 'summary' },
            ...offered().map((kind) => ({
              href: `${base()}/${kind}`,
              label: kindName(kind),
              active: tab() === kind,
            })),
            ...(hasDisks()
              ? [{ href: `${base()}/orphans`, label: t('orphans.tab'), active: tab() === 'orphans' }]
              : []),
            {
              href: `${base()}/permissions`,
              label: t('access.tab.permissions'),
              active: tab() === 'permissions',
            },
          ]}
        />
      </div>
      <Switch>
        <Match when={offered().find((kind) => kind === tab())} keyed>
          {(kind) => (
            <TabPanel label={kindName(kind)} fill>
              <Show
                when={kind === 'backup'}
                fallback={<ContentPanel node={node()} storage={storage()} kind={kind} />}
              >
                <Suspense fallback={<Skeleton lines={6} />}>
                  <BackupsPanel node={node()} storage={storage()} />
                </Suspense>
              </Show>
            </TabPanel>
          )}
        </Match>
        <Match when={hasDisks() && tab() === 'orphans'}>
          <TabPanel label={t('orphans.tab')} fill>
            <Suspense fallback={<Skeleton lines={6} />}>
              <OrphansPanel node={node()} storage={storage()} />
            </Suspense>
          </TabPanel>
        </Match>
        <Match when={tab() === 'permissions'}>
          <TabPanel label={t('access.tab.permissions')}>
            <Suspense fallback={<Skeleton lines={6} />}>
              <PermissionsOf path={`/storage/${storage()}`} />
            </Suspense>
          </TabPanel>
        </Match>
        <Match when={true}>
          <TabPanel label={t('tab.summary')}>
            <StorageSummary node={node()} storage={storage()} base={base()} />
          </TabPanel>
        </Match>
      </Switch>
    </Show>
  );
}
