// A storage of a node: how full it is, and what is in it, kind by kind.
import { useParams } from '@solidjs/router';
import Database from 'lucide-solid/icons/database';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createMemo, Match, Show, Switch } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { ErrorNote } from '../../components/error-note.tsx';
import { Meter } from '../../components/meter.tsx';
import { Badge, KeyValues, Notice, Panel, Skeleton } from '../../components/panel.tsx';
import { StateLabel } from '../../components/state-dot.tsx';
import { TabBar, TabPanel } from '../../components/tabs.tsx';
import { bytes, percent, share } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { live, revision } from '../../live/store.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import NotFoundPage from '../not-found-page.tsx';
import { contentKinds, kindName } from './content-kinds.ts';
import { ContentPanel } from './content-panel.tsx';

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
          ]}
        />
      </div>
      <Switch>
        <Match when={offered().find((kind) => kind === tab())} keyed>
          {(kind) => (
            <TabPanel label={kindName(kind)}>
              <ContentPanel node={node()} storage={storage()} kind={kind} />
            </TabPanel>
          )}
        </Match>
        <Match when={true}>
          <TabPanel label={t('tab.summary')}>
            <Summary node={node()} storage={storage()} />
          </TabPanel>
        </Match>
      </Switch>
    </Show>
  );
}

function Summary(props: { node: string; storage: string }) {
  const item = () => live.resources[`storage/${props.node}/${props.storage}`];
  const status = createQuery(
    () =>
      live.loaded && {
        node: props.node,
        storage: props.storage,
        revision: revision(`/storage/${props.storage}`, props.node),
      },
    ({ node, storage }) => api('GET /nodes/{node}/storage/{storage}/status', { node, storage }),
  );
  const problem = () => item()?.problem ?? status.data()?.problem;
  return (
    <div class="flex max-w-5xl flex-col gap-4">
      <Show when={problem()}>
        {(text) => (
          <Notice tone="bad" icon={<TriangleAlert size={16} />}>
            <p class="font-medium">{t('storages.problem')}</p>
            <p>{text()}</p>
          </Notice>
        )}
      </Show>
      <ErrorNote error={status.error()} retry={status.reload} />
      <div class="grid gap-4 md:grid-cols-2">
        <Panel title={t('storages.space')}>
          <div class="flex flex-col gap-4">
            <Meter
              label={t('storages.used')}
              share={share(item()?.disk, item()?.maxdisk)}
              text={percent(share(item()?.disk, item()?.maxdisk))}
            />
            <KeyValues
              facts={[
                { name: t('storages.used'), value: bytes(item()?.disk) },
                { name: t('storages.free'), value: bytes(status.data()?.avail) },
                { name: t('storages.total'), value: bytes(item()?.maxdisk) },
              ]}
            />
          </div>
        </Panel>
        <Panel title={t('storages.facts')}>
          <Show when={status.data()} fallback={status.error() ? null : <Skeleton />}>
            {(data) => (
              <KeyValues
                facts={[
                  { name: t('storages.type'), value: data().type },
                  { name: t('guests.node'), value: props.node },
                  { name: t('storages.holds'), value: data().content.split(',').map(kindName).join(', ') },
                  {
                    name: t('storages.sharing'),
                    value: data().shared === 1 ? t('common.yes') : t('common.no'),
                  },
                ]}
              />
            )}
          </Show>
        </Panel>
      </div>
    </div>
  );
}
