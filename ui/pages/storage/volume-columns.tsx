// The columns of tables of volumes.
import Lock from 'lucide-solid/icons/lock';
import MonitorUp from 'lucide-solid/icons/monitor-up';
import Trash from 'lucide-solid/icons/trash';
import { Show } from 'solid-js';
import { IconButton } from '../../components/button.tsx';
import type { Column } from '../../components/data-table.tsx';
import { GuestLink } from '../../components/guest-link.tsx';
import { Badge } from '../../components/panel.tsx';
import { bytes, moment } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { volumeName } from './content-kinds.ts';
import { VolumeMenu, type VolumeWish } from './volume-menu.tsx';
import type { Volume } from './volume-uses.ts';

/** A volume as lists tell it. */
export interface ListedVolume extends Volume {
  readonly content?: string | undefined;
  readonly format: string;
  readonly size: number;
  readonly ctime?: number | undefined;
  readonly notes?: string | undefined;
  readonly protected?: 0 | 1 | undefined;
}

interface VolumeColumnsOptions {
  /** They belong to guests. */
  readonly ofGuests: boolean;
  readonly onRemove: (volume: ListedVolume) => void;
  readonly onWish: (wish: VolumeWish, volume: ListedVolume) => void;
  /** A virtual machine can be made of them. */
  readonly onImport?: ((volume: ListedVolume) => void) | undefined;
}

export function volumeColumns({
  ofGuests,
  onRemove,
  onWish,
  onImport,
}: VolumeColumnsOptions): readonly Column<ListedVolume>[] {
  const guest: Column<ListedVolume> = {
    key: 'guest',
    title: 'content.guest',
    width: 180,
    drop: 1,
    card: 'line',
    text: ({ vmid }) => (vmid === undefined ? '' : String(vmid)),
    sortBy: ({ vmid }) => vmid,
    cell: (row, tab) => <GuestLink vmid={row().vmid} tab={tab()} />,
  };
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
          <span class="truncate" title={row().volid}>
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
      key: 'size',
      title: 'content.size',
      width: 110,
      align: 'end',
      card: 'aside',
      sortBy: ({ size }) => size,
      cell: (row) => <span class="num">{bytes(row().size)}</span>,
    },
    {
      key: 'format',
      title: 'content.format',
      width: 100,
      drop: 3,
      card: 'line',
      plain: true,
      text: ({ format }) => format,
      sortBy: ({ format }) => format,
      cell: (row) => <span class="text-muted">{row().format}</span>,
    },
    ...(ofGuests ? [guest] : []),
    {
      key: 'date',
      title: 'content.date',
      width: 150,
      drop: 2,
      card: 'line',
      plain: true,
      text: ({ ctime }) => (ctime === undefined ? '' : moment(ctime)),
      sortBy: ({ ctime }) => ctime,
      cell: (row) => <span class="num text-muted">{moment(row().ctime)}</span>,
    },
    {
      key: 'notes',
      title: 'content.notes',
      width: 180,
      drop: 4,
      extra: true,
      sortBy: ({ notes }) => notes || undefined,
      cell: (row) => <span title={row().notes}>{row().notes}</span>,
    },
    {
      key: 'actions',
      title: 'common.actions',
      width: onImport ? 136 : 96,
      buttons: true,
      cell: (row, tab) => (
        <>
          <Show when={onImport}>
            {(make) => (
              <IconButton
                small
                tabindex={tab()}
                label={t('vmImport.openOne', { name: volumeName(row().volid) })}
                onClick={() => make()(row())}
              >
                <MonitorUp size={15} />
              </IconButton>
            )}
          </Show>
          <VolumeMenu volume={row()} tab={tab()} onWish={onWish} />
          <IconButton
            small
            tabindex={tab()}
            label={t('content.removeOne', { name: volumeName(row().volid) })}
            reason={row().protected === 1 ? t('content.isProtected') : undefined}
            onClick={() => onRemove(row())}
          >
            <Trash size={15} />
          </IconButton>
        </>
      ),
    },
  ];
}
