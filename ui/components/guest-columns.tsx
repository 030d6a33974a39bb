// The columns of tables of guests.

import Box from 'lucide-solid/icons/box';
import Monitor from 'lucide-solid/icons/monitor';
import ShieldAlert from 'lucide-solid/icons/shield-alert';
import { For, Show } from 'solid-js';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { daysAgo } from '../format/days.ts';
import { bytes, duration, moment, percent, share } from '../format/show.ts';
import { locale, t } from '../i18n/index.ts';
import { isHibernated, shownState } from '../live/guest-state.ts';
import { minute } from '../live/minute.ts';
import { tagsOf } from '../search/properties.ts';
import { hrefOf, labelOf } from '../shell/tree-model.ts';
import type { Column } from './data-table.tsx';
import { drawnOnce } from './drawn-once.ts';
import { Bar } from './meter.tsx';
import { Badge } from './panel.tsx';
import { StateLabel, stateName } from './state-dot.tsx';

const machine = drawnOnce(() => <Monitor size={14} aria-hidden="true" />);
const shield = drawnOnce(() => <ShieldAlert size={14} aria-hidden="true" />);
const box = drawnOnce(() => <Box size={14} aria-hidden="true" />);
const isOn = (item: ResourceItem) => item.status !== 'stopped' && item.status !== 'suspended';
const whileOn = (item: ResourceItem, value: number | undefined) => (isOn(item) ? value : undefined);

export const guestColumns: readonly Column<ResourceItem>[] = [
  {
    key: 'vmid',
    title: 'guests.id',
    width: 72,
    card: 'line',
    plain: true,
    text: (item) => String(item.vmid ?? ''),
    sortBy: (item) => item.vmid,
    cell: (row) => <span class="num text-muted">{row().vmid}</span>,
  },
  {
    key: 'name',
    title: 'guests.name',
    width: 180,
    grow: true,
    card: 'title',
    sortBy: labelOf,
    cell: (row, tab) => <GuestName item={row()} tab={tab()} />,
  },
  {
    key: 'status',
    title: 'guests.state',
    width: 120,
    card: 'aside',
    sortBy: (item) => (item.template === 1 ? t('guests.template') : stateName(shownState(item), item.type)),
    cell: (row) => (
      <Show when={row().template !== 1} fallback={<Badge>{t('guests.template')}</Badge>}>
        <StateLabel status={shownState(row())} kind={row().type} />
      </Show>
    ),
  },
  {
    key: 'node',
    title: 'guests.node',
    width: 104,
    drop: 3,
    card: 'line',
    plain: true,
    text: (item) => item.node,
    sortBy: (item) => item.node,
    cell: (row) => row().node,
  },
  {
    key: 'cpu',
    title: 'guests.cpu',
    width: 112,
    drop: 2,
    card: 'line',
    text: (item) => (isOn(item) ? percent(item.cpu) : ''),
    sortBy: (item) => whileOn(item, item.cpu),
    cell: (row) => (
      <Show when={isOn(row())}>
        <div class="flex items-center gap-2">
          <span class="num w-12 shrink-0">{percent(row().cpu)}</span>
          <Bar label={t('guests.cpu')} share={row().cpu} calm />
        </div>
      </Show>
    ),
  },
  {
    key: 'mem',
    title: 'guests.memory',
    width: 146,
    drop: 1,
    card: 'line',
    plain: true,
    text: (item) => (isOn(item) ? bytes(item.mem) : ''),
    sortBy: (item) => whileOn(item, item.mem),
    cell: (row) => (
      <Show when={isOn(row())} fallback={<span class="num text-muted">{bytes(row().maxmem)}</span>}>
        <div class="flex items-center gap-2">
          <span class="num w-18 shrink-0">{bytes(row().mem)}</span>
          <Bar label={t('guests.memory')} share={share(row().mem, row().maxmem)} calm />
        </div>
      </Show>
    ),
  },
  {
    key: 'disk',
    title: 'guests.disk',
    width: 100,
    drop: 6,
    extra: true,
    align: 'end',
    sortBy: (item) => item.maxdisk,
    cell: (row) => <span class="num">{row().maxdisk ? bytes(row().maxdisk) : ''}</span>,
  },
  {
    key: 'backup',
    title: 'guests.backup',
    width: 112,
    drop: 4,
    sortBy: (item) => item.backupAt,
    cell: (row) => (
      <span
        class={row().backupAlert ? 'text-warn' : 'text-muted'}
        title={row().backupAt === undefined ? undefined : moment(row().backupAt)}
      >
        {backupText(row())}
      </span>
    ),
  },
  {
    key: 'proven',
    title: 'guests.proven',
    width: 112,
    drop: 8,
    extra: true,
    sortBy: (item) => item.provenAt,
    cell: (row) => (
      <span
        class={row().proofAlert ? 'text-warn' : 'text-muted'}
        title={row().proofProblem ?? (row().provenAt === undefined ? undefined : moment(row().provenAt))}
      >
        {row().provenAt === undefined ? '' : ago(row().provenAt ?? 0)}
      </span>
    ),
  },
  {
    key: 'uptime',
    title: 'guests.uptime',
    width: 100,
    drop: 5,
    sortBy: (item) => whileOn(item, item.uptime),
    cell: (row) => <span class="num text-muted">{isOn(row()) ? duration(row().uptime) : ''}</span>,
  },
  {
    key: 'tags',
    title: 'guests.tags',
    width: 130,
    drop: 6,
    sortBy: (item) => item.tags || undefined,
    cell: (row) => (
      <span class="flex gap-1">
        <For each={tagsOf(row())}>{(tag) => <Badge tone="accent">{tag}</Badge>}</For>
      </span>
    ),
  },
  {
    key: 'pool',
    title: 'guests.pool',
    width: 110,
    drop: 7,
    extra: true,
    sortBy: (item) => item.pool || undefined,
    cell: (row) => row().pool,
  },
  {
    key: 'addresses',
    title: 'guests.addresses',
    width: 150,
    drop: 8,
    extra: true,
    sortBy: (item) => item.addresses?.[0],
    // All of them to whoever points at it: a guest has more than a row can show.
    cell: (row) => (
      <span class="num block truncate" title={row().addresses?.join('\n')}>
        {row().addresses?.join(', ')}
      </span>
    ),
  },
  {
    key: 'os',
    title: 'guests.os',
    width: 160,
    drop: 9,
    extra: true,
    sortBy: (item) => item.os || undefined,
    cell: (row) => (
      <span class="block truncate" title={row().os}>
        {row().os}
      </span>
    ),
  },
];

/** What there is to be said of its backups. */
function alertText({ backupAlert, proofAlert }: ResourceItem): string | undefined {
  if (backupAlert) return t(backupAlert === 'late' ? 'guests.backupLate' : 'guests.backupNone');
  return proofAlert && t('guests.proofFailed');
}

const ago = (seconds: number) => daysAgo(seconds, { locale: locale(), zone: undefined, now: minute() });

/** `yesterday`. Of templates, which need none, only when there is one. */
function backupText({ backupAt, template }: ResourceItem): string {
  if (backupAt === undefined) return template === 1 ? '' : t('guests.backupNever');
  return ago(backupAt);
}

function GuestName(props: { item: ResourceItem; tab: number }) {
  return (
    <div class="flex min-w-0 items-center gap-2">
      <span
        class="shrink-0 text-muted"
        title={t(props.item.type === 'lxc' ? 'guests.container' : 'guests.vm')}
      >
        {props.item.type === 'lxc' ? box() : machine()}
      </span>
      {/* The router follows every link of the page; its own component would cost more than the rest of the row. */}
      <a
        href={hrefOf(props.item)}
        tabindex={props.tab}
        title={labelOf(props.item)}
        class="truncate font-medium hover:underline"
      >
        {labelOf(props.item)}
      </a>
      <Show when={alertText(props.item)}>
        {(text) => (
          <span class="shrink-0 text-warn" role="img" aria-label={text()} title={text()}>
            {shield()}
          </span>
        )}
      </Show>
      <Show when={!isHibernated(props.item) && props.item.lock}>
        {(lock) => <Badge tone="warn">{lock()}</Badge>}
      </Show>
    </div>
  );
}
