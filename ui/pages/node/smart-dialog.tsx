// What a disk says of its own health: a table of attributes, or a text.
import { For, Match, Show, Switch } from 'solid-js';
import type { DiskItem } from '../../../server/contract/node-disks.ts';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { CodeBlock } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { Skeleton } from '../../components/panel.tsx';
import { t } from '../../i18n/index.ts';
import { DiskHealth } from './disk-health.tsx';
import { EdgeTable, rowClass } from './tab-parts.tsx';

export function SmartDialog(props: { node: string; disk: DiskItem; onClose: () => void }) {
  const query = createQuery(
    () => ({ node: props.node, disk: props.disk.devpath }),
    (from) => api('GET /nodes/{node}/disks/smart', from),
  );
  const rows = () => query.data()?.attributes ?? [];
  return (
    <Dialog open wide onClose={props.onClose} title={t('nodeDisks.smartTitle', { disk: props.disk.devpath })}>
      <div class="flex flex-col gap-4">
        <ErrorNote error={query.error()} retry={query.reload} />
        <Show when={query.data()} fallback={query.error() ? null : <Skeleton lines={6} />}>
          {(data) => (
            <>
              <div class="flex flex-col gap-2 text-sm">
                <p class="flex items-center gap-2">
                  <span class="text-muted">{t('nodeDisks.health')}</span>
                  <DiskHealth health={data().health} />
                </p>
                <Show when={props.disk.by_id_link}>
                  {(link) => (
                    <p>
                      <span class="text-muted">{t('nodeDisks.identity')}</span>
                      <code class="block font-mono text-xs break-all">{link()}</code>
                    </p>
                  )}
                </Show>
              </div>
              <Switch fallback={<p class="text-sm text-muted">{t('nodeDisks.smartNone')}</p>}>
                <Match when={rows().length > 0}>
                  <p class="text-sm text-muted">{t('nodeDisks.smartHint')}</p>
                  {/* From edge to edge, its first column below the text above. */}
                  <div class="-mx-5 [&_td:first-child]:ps-5! [&_th:first-child]:ps-5!">
                    <EdgeTable
                      label={t('nodeDisks.smartTitle', { disk: props.disk.devpath })}
                      head={
                        <>
                          <th>{t('nodeDisks.attribute')}</th>
                          <th>{t('nodeDisks.value')}</th>
                          <th class="max-sm:hidden">{t('nodeDisks.worst')}</th>
                          <th>{t('nodeDisks.threshold')}</th>
                          <th>{t('nodeDisks.raw')}</th>
                        </>
                      }
                    >
                      <For each={rows()}>
                        {(one) => (
                          <tr class={`${rowClass} ${one.fail === '-' ? '' : 'text-bad'}`}>
                            <td class="break-words">
                              <span class="num text-muted">{one.id.trim()}</span>{' '}
                              {one.name.replaceAll('_', ' ')}
                              <Show when={one.fail !== '-'}> ({one.fail})</Show>
                            </td>
                            <td class="num">{one.normalized}</td>
                            <td class="num max-sm:hidden">{one.worst}</td>
                            <td class="num">{one.threshold}</td>
                            <td class="num break-words">{one.raw}</td>
                          </tr>
                        )}
                      </For>
                    </EdgeTable>
                  </div>
                </Match>
                <Match when={data().text}>
                  {(text) => (
                    <CodeBlock
                      label={t('nodeDisks.report', { disk: props.disk.devpath })}
                      text={text()}
                      columns
                    />
                  )}
                </Match>
              </Switch>
            </>
          )}
        </Show>
      </div>
    </Dialog>
  );
}
