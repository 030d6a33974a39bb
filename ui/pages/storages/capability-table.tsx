// What the volumes of a type of storage can do, as a table.
import Check from 'lucide-solid/icons/check';
import { createMemo, For, Show } from 'solid-js';
import { ErrorNote } from '../../components/error-note.tsx';
import { Panel, Skeleton } from '../../components/panel.tsx';
import { abilityRows } from '../../forms/storage-abilities.ts';
import { t, tOr } from '../../i18n/index.ts';
import { EdgeTable, rowClass } from '../node/tab-parts.tsx';
import { createStorageTypes } from './storages-data.ts';

const states = ['current', 'snapshot', 'base'] as const;

export default function CapabilityTable(props: { type: string }) {
  const types = createStorageTypes();
  const rows = createMemo(() => {
    const type = types.data()?.find((one) => one.type === props.type);
    return type && abilityRows(type.capabilities);
  });
  const mark = (there: boolean) => (
    // What only screen readers see stays inside: it would make a narrow page wider.
    <span class="relative">
      <Show when={there}>
        <Check size={15} class="inline text-ok" aria-hidden="true" />
      </Show>
      <span class="sr-only">{t(there ? 'common.yes' : 'common.no')}</span>
    </span>
  );
  return (
    <Panel title={t('storageAbility.title')} flush>
      <Show when={types.error()}>
        <div class="px-4 pb-4">
          <ErrorNote error={types.error()} retry={types.reload} />
        </div>
      </Show>
      <Show
        when={types.data()}
        fallback={
          <Show when={!types.error()}>
            <div class="px-4 pb-4">
              <Skeleton />
            </div>
          </Show>
        }
      >
        <Show
          when={(rows()?.length ?? 0) > 0}
          fallback={<p class="px-4 pb-4 text-sm text-muted">{t('storageAbility.none')}</p>}
        >
          <EdgeTable
            label={t('storageAbility.title')}
            head={
              <>
                <th>{t('storageAbility.what')}</th>
                <th class="max-sm:hidden">{t('content.format')}</th>
                <For each={states}>
                  {(state) => <th class="max-sm:px-1.5!">{t(`storageAbility.of.${state}`)}</th>}
                </For>
                <th class="pe-4! max-sm:px-1.5!">{t('storageAbility.live')}</th>
              </>
            }
          >
            <For each={rows()}>
              {(row) => (
                <tr class={`${rowClass} max-sm:[&>td]:px-1.5`}>
                  <td class="font-medium">
                    {tOr(`storageAbility.do.${row.feature}`, row.feature)}
                    <span class="block font-mono text-xs font-normal text-muted sm:hidden">
                      {row.formats.join(', ')}
                    </span>
                  </td>
                  <td class="font-mono text-xs max-sm:hidden">{row.formats.join(', ')}</td>
                  <For each={states}>{(state) => <td>{mark(row.states.includes(state))}</td>}</For>
                  <td>{mark(row.live)}</td>
                </tr>
              )}
            </For>
          </EdgeTable>
        </Show>
      </Show>
    </Panel>
  );
}
