// A storage at a glance: how full it is, what it holds, what it can do.
import { A } from '@solidjs/router';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createMemo, For, lazy, Show, Suspense } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { ErrorNote } from '../../components/error-note.tsx';
import { Meter } from '../../components/meter.tsx';
import { KeyValues, Notice, Panel, Skeleton } from '../../components/panel.tsx';
import { asSentence, bytes, percent, share } from '../../format/show.ts';
import { t, tOr } from '../../i18n/index.ts';
import { live, revision } from '../../live/store.ts';
import { CircuitNotice } from '../storages/circuit-notice.tsx';
import { contentKinds, kindName } from './content-kinds.ts';

const CapabilityTable = lazy(() => import('../storages/capability-table.tsx'));

interface StorageSummaryProps {
  node: string;
  storage: string;
  /** The address of the storage's page. */
  base: string;
}

export function StorageSummary(props: StorageSummaryProps) {
  const item = () => live.resources[`storage/${props.node}/${props.storage}`];
  const source = () =>
    live.loaded && {
      node: props.node,
      storage: props.storage,
      revision: revision(`/storage/${props.storage}`, props.node),
    };
  const status = createQuery(source, ({ node, storage }) =>
    api('GET /nodes/{node}/storage/{storage}/status', { node, storage }),
  );
  const abilities = createQuery(source, async ({ node, storage }) => {
    const list = await api('GET /nodes/{node}/storage', { node, storage, format: true });
    return list.find((one) => one.storage === storage) ?? null;
  });
  /** Of a storage that does not answer nothing is known: it is not empty. */
  const known = () => (item()?.maxdisk ?? 0) > 0;
  const problem = () => item()?.problem ?? status.data()?.problem;
  const warnings = () => item()?.warnings ?? status.data()?.warnings ?? [];
  /** In the order of the tabs. */
  const takes = (content: string) => {
    const kinds = content.split(',');
    const known = contentKinds.filter((kind) => kinds.includes(kind));
    return [...known, ...kinds.filter((kind) => !known.some((one) => one === kind))].map(kindName).join(', ');
  };
  const formats = () => abilities.data()?.formats;
  const defaults = () => takes((status.data()?.default_for ?? []).join(','));
  return (
    <div class="flex max-w-6xl flex-col gap-4">
      <Show when={problem()}>
        {(text) => (
          <Notice tone="bad" icon={<TriangleAlert size={16} />}>
            <p class="font-medium">{t('storages.problem')}</p>
            <p>{asSentence(text())}</p>
            <CircuitNotice circuit={status.data()?.circuit} onDue={status.reload} />
          </Notice>
        )}
      </Show>
      <Show when={warnings().length > 0}>
        <Notice tone="warn" icon={<TriangleAlert size={16} />}>
          <p class="font-medium">{t('storageState.warnings')}</p>
          <For each={warnings()}>{(text) => <p>{asSentence(text)}</p>}</For>
        </Notice>
      </Show>
      <ErrorNote error={status.error()} retry={status.reload} />
      <div class="grid items-start gap-4 md:grid-cols-2">
        <Panel title={t('storages.space')}>
          <Show
            when={problem() === undefined || known()}
            fallback={<p class="text-sm text-muted">{t('storages.noSpace')}</p>}
          >
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
          </Show>
        </Panel>
        <Panel
          title={t('storages.facts')}
          actions={
            <A href="/storages" class="text-sm text-accent hover:underline">
              {t('storageState.manage')}
            </A>
          }
        >
          <Show when={status.data()} fallback={status.error() ? null : <Skeleton />}>
            {(data) => (
              <KeyValues
                facts={[
                  { name: t('storages.type'), value: tOr(`storages.type.${data().type}`, data().type) },
                  { name: t('guests.node'), value: props.node },
                  {
                    name: t('storages.sharing'),
                    value: data().shared === 1 ? t('common.yes') : t('common.no'),
                  },
                  { name: t('storages.takes'), value: takes(data().content) },
                  defaults() !== '' ? { name: t('storageState.default'), value: defaults() } : undefined,
                  formats() && {
                    name: t('storages.formats'),
                    value: t('storages.formatsText', {
                      formats: formats()?.supported.join(', ') ?? '',
                      first: formats()?.default ?? '',
                    }),
                  },
                ]}
              />
            )}
          </Show>
        </Panel>
      </div>
      <Show when={problem() === undefined}>
        <Holdings {...props} />
      </Show>
      <Show when={item()?.plugintype ?? status.data()?.type}>
        {(type) => (
          <Suspense fallback={<Skeleton lines={6} />}>
            <CapabilityTable type={type()} />
          </Suspense>
        )}
      </Show>
    </div>
  );
}

/** What is in it, by kind. */
function Holdings(props: StorageSummaryProps) {
  const query = createQuery(
    () =>
      live.loaded && {
        node: props.node,
        storage: props.storage,
        revision: revision(`/storage/${props.storage}`, props.node),
      },
    ({ node, storage }) => api('GET /nodes/{node}/storage/{storage}/content', { node, storage }),
  );
  const kinds = createMemo(() => {
    const takes = (live.resources[`storage/${props.node}/${props.storage}`]?.content ?? '').split(',');
    return contentKinds
      .filter((kind) => takes.includes(kind))
      .map((kind) => {
        const volumes = (query.data() ?? []).filter((one) => one.content === kind);
        return { kind, count: volumes.length, size: volumes.reduce((sum, one) => sum + one.size, 0) };
      });
  });
  return (
    <Panel title={t('storages.holds')} flush>
      <Show when={query.error()}>
        <div class="px-4 pb-4">
          <ErrorNote error={query.error()} retry={query.reload} />
        </div>
      </Show>
      <Show when={query.data()} fallback={<div class="px-4 pb-4">{query.error() ? null : <Skeleton />}</div>}>
        <table class="w-full text-sm" aria-label={t('storages.holds')}>
          <thead>
            <tr class="border-y border-line text-xs text-muted [&>th]:px-3 [&>th]:py-1.5 [&>th]:text-start [&>th]:font-medium [&>th:first-child]:ps-4">
              <th>{t('storages.kind')}</th>
              <th class="text-end!">{t('storages.count')}</th>
              <th class="pe-4! text-end!">{t('storages.sizes')}</th>
            </tr>
          </thead>
          <tbody>
            <For each={kinds()}>
              {(one) => (
                <tr class="h-10 border-b border-line last:border-b-0 [&>td]:px-3 [&>td:first-child]:ps-4 [&>td:last-child]:pe-4">
                  <td>
                    <A href={`${props.base}/${one.kind}`} class="font-medium hover:underline">
                      {kindName(one.kind)}
                    </A>
                  </td>
                  <td class="num text-end">{one.count}</td>
                  <td class="num text-end text-muted">{one.count === 0 ? '' : bytes(one.size)}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
    </Panel>
  );
}
