// A table of guests: sortable, filtered, only the rows in sight on the page.
import { A } from '@solidjs/router';
import ArrowDown from 'lucide-solid/icons/arrow-down';
import ArrowUp from 'lucide-solid/icons/arrow-up';
import Box from 'lucide-solid/icons/box';
import Monitor from 'lucide-solid/icons/monitor';
import { createMemo, createSignal, For, Show } from 'solid-js';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { bytes, duration, percent, share } from '../format/show.ts';
import { type Key, t, tn } from '../i18n/index.ts';
import { hrefOf, labelOf, matches } from '../shell/tree-model.ts';
import { Bar } from './meter.tsx';
import { Badge, EmptyState } from './panel.tsx';
import { StateLabel } from './state-dot.tsx';

interface Column {
  readonly key: string;
  readonly title: Key;
  readonly class: string;
  readonly sortBy: (item: ResourceItem) => string | number;
}

const columns: readonly Column[] = [
  { key: 'vmid', title: 'guests.id', class: 'w-20', sortBy: (item) => item.vmid ?? 0 },
  { key: 'name', title: 'guests.name', class: '', sortBy: (item) => labelOf(item).toLowerCase() },
  { key: 'status', title: 'guests.state', class: 'w-30', sortBy: (item) => item.status },
  { key: 'node', title: 'guests.node', class: 'w-28 max-xl:hidden', sortBy: (item) => item.node },
  { key: 'cpu', title: 'guests.cpu', class: 'w-32 max-md:hidden', sortBy: (item) => item.cpu ?? -1 },
  { key: 'mem', title: 'guests.memory', class: 'w-40 max-md:hidden', sortBy: (item) => item.mem ?? -1 },
  { key: 'uptime', title: 'guests.uptime', class: 'w-28 max-lg:hidden', sortBy: (item) => item.uptime ?? -1 },
];

export function GuestTable(props: { guests: readonly ResourceItem[]; label: string }) {
  const [sort, setSort] = createSignal({ key: 'vmid', down: false });
  const [filter, setFilter] = createSignal('');
  const rows = createMemo(() => {
    const column = columns.find((one) => one.key === sort().key) ?? columns[0];
    const by = column?.sortBy ?? (() => 0);
    const sign = sort().down ? -1 : 1;
    return props.guests
      .filter((item) => matches(item, filter()))
      .sort((a, b) => {
        const [left, right] = [by(a), by(b)];
        return sign * (left < right ? -1 : left > right ? 1 : (a.vmid ?? 0) - (b.vmid ?? 0));
      });
  });
  return (
    <div class="flex flex-col">
      <div class="flex flex-wrap items-center justify-between gap-3 px-4 py-2.5">
        <input
          type="search"
          class="control field-box max-w-xs text-sm"
          placeholder={t('guests.filter')}
          aria-label={t('guests.filter')}
          value={filter()}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
        <span class="text-sm text-muted">{tn('guests.count', rows().length)}</span>
      </div>
      <table class="w-full table-fixed text-sm" aria-label={props.label}>
        <thead>
          <tr class="border-y border-line">
            <For each={columns}>
              {(column) => (
                <th
                  class={`px-3 py-0 text-start text-xs font-medium text-muted first:ps-4 ${column.class}`}
                  aria-sort={
                    sort().key === column.key ? (sort().down ? 'descending' : 'ascending') : undefined
                  }
                >
                  <button
                    type="button"
                    class="inline-flex min-h-8 items-center gap-1 hover:text-text"
                    onClick={() =>
                      setSort({ key: column.key, down: sort().key === column.key ? !sort().down : false })
                    }
                  >
                    {t(column.title)}
                    <Show when={sort().key === column.key}>
                      {sort().down ? <ArrowDown size={12} /> : <ArrowUp size={12} />}
                    </Show>
                  </button>
                </th>
              )}
            </For>
          </tr>
        </thead>
        <tbody>
          <For each={rows()}>{(item) => <GuestRow item={item} />}</For>
        </tbody>
      </table>
      <Show when={rows().length === 0}>
        <EmptyState title={props.guests.length === 0 ? t('guests.none') : t('guests.noMatch')} />
      </Show>
    </div>
  );
}

function GuestRow(props: { item: ResourceItem }) {
  const on = () => props.item.status !== 'stopped';
  return (
    <tr class="h-10 border-b border-line last:border-b-0 hover:bg-hover [&>td]:truncate [&>td]:px-3 [&>td:first-child]:ps-4">
      <td class="num text-muted">{props.item.vmid}</td>
      <td>
        <div class="flex items-center gap-2">
          <span
            class="shrink-0 text-muted"
            title={t(props.item.type === 'lxc' ? 'guests.container' : 'guests.vm')}
          >
            <Show when={props.item.type === 'lxc'} fallback={<Monitor size={14} />}>
              <Box size={14} />
            </Show>
          </span>
          <A href={hrefOf(props.item)} class="truncate font-medium hover:underline">
            {labelOf(props.item)}
          </A>
          <Show when={props.item.lock}>{(lock) => <Badge tone="warn">{lock()}</Badge>}</Show>
          <span class="flex gap-1 max-lg:hidden">
            <For each={(props.item.tags ?? '').split(/[;,]/).filter(Boolean).slice(0, 3)}>
              {(tag) => <Badge tone="accent">{tag}</Badge>}
            </For>
          </span>
        </div>
      </td>
      <td>
        <Show when={props.item.template !== 1} fallback={<Badge>{t('guests.template')}</Badge>}>
          <StateLabel status={props.item.status} kind={props.item.type} />
        </Show>
      </td>
      <td class="max-xl:hidden">{props.item.node}</td>
      <td class="max-md:hidden">
        <Show when={on()}>
          <div class="flex items-center gap-2">
            <span class="num w-12">{percent(props.item.cpu)}</span>
            <Bar label={t('guests.cpu')} share={props.item.cpu} calm />
          </div>
        </Show>
      </td>
      <td class="max-md:hidden">
        <Show when={on()} fallback={<span class="num text-muted">{bytes(props.item.maxmem)}</span>}>
          <div class="flex items-center gap-2">
            <span class="num w-18">{bytes(props.item.mem)}</span>
            <Bar label={t('guests.memory')} share={share(props.item.mem, props.item.maxmem)} calm />
          </div>
        </Show>
      </td>
      <td class="num text-muted max-lg:hidden">{on() ? duration(props.item.uptime) : ''}</td>
    </tr>
  );
}
