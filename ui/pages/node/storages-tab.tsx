// The storages that a node sees: what they hold, and how full they are.
import { A } from '@solidjs/router';
import Database from 'lucide-solid/icons/database';
import { createMemo, For, Show } from 'solid-js';
import { Bar } from '../../components/meter.tsx';
import { Badge, EmptyState, Panel } from '../../components/panel.tsx';
import { StateLabel } from '../../components/state-dot.tsx';
import { bytes, percent, share } from '../../format/show.ts';
import { t, tOr } from '../../i18n/index.ts';
import { storages } from '../../live/store.ts';
import { hrefOf } from '../../shell/tree-model.ts';
import { EdgeTable, rowClass } from './tab-parts.tsx';

export default function StoragesTab(props: { node: string }) {
  const here = createMemo(() =>
    storages()
      .filter((one) => one.node === props.node)
      .sort((a, b) => a.id.localeCompare(b.id, undefined, { numeric: true })),
  );
  const holds = (content: string | undefined) =>
    (content ?? '')
      .split(',')
      .filter(Boolean)
      .map((kind) => tOr(`content.${kind}`, kind))
      .join(', ');
  return (
    <div class="max-w-6xl">
      <Panel title={t('storages.title')} flush>
        <EdgeTable
          label={t('storages.title')}
          head={
            <>
              <th>{t('nodeStorages.name')}</th>
              <th class="max-sm:hidden">{t('guests.state')}</th>
              <th class="max-md:hidden">{t('storages.type')}</th>
              <th class="max-xl:hidden">{t('storages.takes')}</th>
              <th class="w-1/2 sm:w-2/5 xl:w-1/4">{t('storages.used')}</th>
            </>
          }
        >
          <For each={here()}>
            {(one) => (
              <tr class={rowClass}>
                <td>
                  <span class="flex flex-wrap items-center gap-x-2">
                    <A href={hrefOf(one)} class="font-medium hover:underline">
                      {one.storage}
                    </A>
                    <Show when={one.shared === 1}>
                      <Badge>{t('storages.shared')}</Badge>
                    </Show>
                  </span>
                  <span class="sm:hidden">
                    <StateLabel status={one.status} />
                  </span>
                  <Show when={one.problem}>
                    {(problem) => <p class="max-w-md text-xs break-words text-bad">{problem()}</p>}
                  </Show>
                </td>
                <td class="max-sm:hidden">
                  <StateLabel status={one.status} />
                </td>
                <td class="text-muted max-md:hidden">
                  {tOr(`storages.type.${one.plugintype}`, one.plugintype ?? '')}
                </td>
                <td class="text-muted max-xl:hidden">{holds(one.content)}</td>
                <td>
                  <Show when={one.maxdisk}>
                    <div class="flex flex-col gap-1">
                      <span class="num flex justify-between gap-3">
                        <span>{t('common.of', { used: bytes(one.disk), total: bytes(one.maxdisk) })}</span>
                        <span class="text-muted max-sm:hidden">{percent(share(one.disk, one.maxdisk))}</span>
                      </span>
                      <Bar label={one.storage ?? one.id} share={share(one.disk, one.maxdisk)} />
                    </div>
                  </Show>
                </td>
              </tr>
            )}
          </For>
        </EdgeTable>
        <Show when={here().length === 0}>
          <EmptyState
            icon={<Database size={26} />}
            title={t('storages.none')}
            text={t('nodeStorages.noneHint')}
          />
        </Show>
      </Panel>
    </div>
  );
}
