// The nodes: whether they are there, and how busy they are.
import { A } from '@solidjs/router';
import { For, type JSX, Show } from 'solid-js';
import type { ResourceItem } from '../../../server/contract/resources.ts';
import { Bar } from '../../components/meter.tsx';
import { Panel } from '../../components/panel.tsx';
import { StateLabel } from '../../components/state-dot.tsx';
import { duration, percent, share } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { hrefOf } from '../../shell/tree-model.ts';

/** Few rows that everybody wants to see at once: a plain table. */
export function NodesPanel(props: { nodes: readonly ResourceItem[] }) {
  return (
    <Panel title={t('nodes.title')} flush>
      <table class="w-full text-sm" aria-label={t('nodes.title')}>
        <thead>
          <tr class="border-y border-line text-xs text-muted [&>th]:px-3 [&>th]:py-1.5 [&>th]:text-start [&>th]:font-medium [&>th:first-child]:ps-4">
            <th>{t('guests.node')}</th>
            <th>{t('guests.state')}</th>
            <th class="w-1/4 max-sm:w-1/5">{t('guests.cpu')}</th>
            <th class="w-1/4 max-sm:w-1/5">{t('guests.memory')}</th>
            <th class="max-lg:hidden">{t('guests.uptime')}</th>
          </tr>
        </thead>
        <tbody>
          <For each={props.nodes}>
            {(node) => (
              <tr class="h-10 border-b border-line last:border-b-0 [&>td]:px-3 [&>td:first-child]:ps-4">
                <td class="max-w-0 truncate">
                  <A href={hrefOf(node)} class="font-medium hover:underline">
                    {node.node}
                  </A>
                </td>
                <td class="whitespace-nowrap">
                  <StateLabel status={node.status} />
                </td>
                <td>
                  <Usage on={node.status === 'online'} label={t('guests.cpu')} share={node.cpu} />
                </td>
                <td>
                  <Usage
                    on={node.status === 'online'}
                    label={t('guests.memory')}
                    share={share(node.mem, node.maxmem)}
                  />
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

function Usage(props: { on: boolean; label: string; share: number | undefined }): JSX.Element {
  return (
    <Show when={props.on}>
      <div class="flex items-center gap-2">
        <span class="num w-10 shrink-0">{percent(props.share)}</span>
        <div class="min-w-0 flex-1 max-sm:hidden">
          <Bar label={props.label} share={props.share} />
        </div>
      </div>
    </Show>
  );
}
