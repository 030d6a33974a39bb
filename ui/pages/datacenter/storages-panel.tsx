// The storages: how full each is, and which nodes cannot use it.
import { A } from '@solidjs/router';
import { For, Show } from 'solid-js';
import { Bar } from '../../components/meter.tsx';
import { Panel } from '../../components/panel.tsx';
import { stateName } from '../../components/state-dot.tsx';
import { bytes, share } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { hrefOf } from '../../shell/tree-model.ts';
import type { StorageView } from './capacity.ts';

export function StoragesPanel(props: { storages: readonly StorageView[] }) {
  return (
    <Panel title={t('storages.title')}>
      <ul class="grid gap-x-8 gap-y-3.5 md:grid-cols-2">
        <For each={props.storages} fallback={<li class="text-sm text-muted">{t('storages.none')}</li>}>
          {(one) => (
            <li class="flex min-w-0 flex-col gap-1">
              <div class="flex items-baseline justify-between gap-3 text-sm">
                <span class="min-w-0 truncate">
                  <A href={hrefOf(one.item)} class="font-medium hover:underline">
                    {one.item.storage}
                  </A>{' '}
                  <span class="text-muted">
                    {one.item.shared === 1 ? t('storages.shared') : one.item.node}
                  </span>
                </span>
                <Show
                  when={one.item.status === 'available'}
                  fallback={<span class="shrink-0 text-sm text-bad">{stateName(one.item.status)}</span>}
                >
                  <span class="num shrink-0 text-muted">
                    {t('common.of', { used: bytes(one.item.disk), total: bytes(one.item.maxdisk) })}
                  </span>
                </Show>
              </div>
              <Bar label={one.item.storage ?? ''} share={share(one.item.disk, one.item.maxdisk)} />
              <Show when={one.item.status === 'available' && one.without.length > 0}>
                <p class="text-xs text-bad">{t('storages.notOn', { nodes: one.without.join(', ') })}</p>
              </Show>
            </li>
          )}
        </For>
      </ul>
    </Panel>
  );
}
