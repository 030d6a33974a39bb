// The columns of the table of orphans.
import Lock from 'lucide-solid/icons/lock';
import { Show } from 'solid-js';
import type { Column } from '../../components/data-table.tsx';
import { Badge } from '../../components/panel.tsx';
import { RowMenu } from '../../components/row-menu.tsx';
import { bytes, moment } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { volumeName } from './content-kinds.ts';

export interface Orphan {
  readonly volid: string;
  readonly format: string;
  readonly size: number;
  readonly used: number;
  readonly ctime: number;
  readonly vmid?: number | undefined;
  readonly reason: 'guest-gone' | 'not-named' | 'no-guest';
  readonly notes?: string | undefined;
  readonly protected?: 0 | 1 | undefined;
}

/** Why it counts as one, in words. */
export function reasonText({ reason, vmid = 0 }: Orphan): string {
  if (reason === 'guest-gone') return t('orphans.guestGone', { vmid });
  return reason === 'not-named' ? t('orphans.notNamed', { vmid }) : t('orphans.noGuest');
}

export function orphanColumns(onAdopt: (orphan: Orphan) => void): readonly Column<Orphan>[] {
  return [
    {
      key: 'name',
      title: 'content.name',
      width: 260,
      grow: true,
      card: 'title',
      sortBy: ({ volid }) => volumeName(volid),
      cell: (row) => (
        <span class="flex min-w-0 items-center gap-2">
          <span class="truncate" title={row().notes ? `${row().volid}\n${row().notes}` : row().volid}>
            {volumeName(row().volid)}
          </span>
          <Show when={row().protected === 1}>
            <Badge>
              <Lock size={11} aria-hidden="true" />
              {t('content.protected')}
            </Badge>
          </Show>
        </span>
      ),
    },
    {
      key: 'why',
      title: 'orphans.why',
      width: 240,
      card: 'line',
      plain: true,
      text: reasonText,
      sortBy: reasonText,
      cell: (row) => <span class="truncate">{reasonText(row())}</span>,
    },
    {
      key: 'size',
      title: 'content.size',
      width: 110,
      align: 'end',
      card: 'aside',
      sortBy: ({ size }) => size,
      cell: (row) => <span class="num">{bytes(row().size)}</span>,
    },
    {
      key: 'used',
      title: 'orphans.used',
      width: 110,
      align: 'end',
      drop: 1,
      sortBy: ({ used }) => used,
      cell: (row) => <span class="num text-muted">{bytes(row().used)}</span>,
    },
    {
      key: 'date',
      title: 'content.date',
      width: 150,
      drop: 2,
      card: 'line',
      plain: true,
      text: ({ ctime }) => moment(ctime),
      sortBy: ({ ctime }) => ctime,
      cell: (row) => <span class="num text-muted">{moment(row().ctime)}</span>,
    },
    {
      key: 'actions',
      title: 'common.actions',
      width: 56,
      buttons: true,
      cell: (row, tab) => (
        <RowMenu
          label={t('volume.actions', { name: volumeName(row().volid) })}
          tab={tab()}
          actions={
            row().reason === 'not-named'
              ? [{ label: t('orphans.adopt', { vmid: row().vmid ?? 0 }), onSelect: () => onAdopt(row()) }]
              : []
          }
        />
      ),
    },
  ];
}
