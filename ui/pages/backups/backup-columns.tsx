// The columns of tables of backups: when each was made, how big it is, what somebody wrote about it.
import ArchiveRestore from 'lucide-solid/icons/archive-restore';
import Lock from 'lucide-solid/icons/lock';
import { Show } from 'solid-js';
import type { ApiMap } from '../../../server/contract/index.ts';
import { Button } from '../../components/button.tsx';
import type { Column } from '../../components/data-table.tsx';
import { GuestLink } from '../../components/guest-link.tsx';
import { Badge } from '../../components/panel.tsx';
import { RowMenu } from '../../components/row-menu.tsx';
import { daysAgo } from '../../format/days.ts';
import { bytes, moment } from '../../format/show.ts';
import { kindOfBackup } from '../../forms/restore-guest.ts';
import { locale, t } from '../../i18n/index.ts';
import { minute } from '../../live/minute.ts';
import { volumeName } from '../storage/content-kinds.ts';
import { proofText, proofTitle } from './proof-words.ts';

export type Backup = ApiMap['GET /nodes/{node}/storage/{storage}/content']['reply'][number];
export type BackupWish = 'restore' | 'try' | 'proof' | 'config' | 'notes' | 'protect' | 'remove';

/** When it was made, else its name. */
export const backupTitle = ({ ctime, volid }: Backup): string =>
  ctime === undefined ? volumeName(volid) : moment(ctime);

const ago = ({ ctime }: Backup): string =>
  ctime === undefined ? '' : daysAgo(ctime, { locale: locale(), zone: undefined, now: minute() });

/** The notes as one line. */
const notesLine = ({ notes }: Backup): string => (notes ?? '').trim().replace(/\s*\n\s*/g, ' · ');

/** `allGuests`: whose it is, is told. */
export function backupColumns(
  allGuests: boolean,
  onWish: (wish: BackupWish, backup: Backup) => void,
): readonly Column<Backup>[] {
  const guest: Column<Backup> = {
    key: 'guest',
    title: 'content.guest',
    width: 180,
    card: 'line',
    text: ({ vmid }) => (vmid === undefined ? '' : String(vmid)),
    sortBy: ({ vmid }) => vmid,
    cell: (row, tab) => <GuestLink vmid={row().vmid} tab={tab()} />,
  };
  return [
    {
      key: 'date',
      title: 'content.date',
      width: 250,
      card: 'title',
      sortBy: ({ ctime }) => ctime,
      cell: (row) => (
        <span class="flex min-w-0 items-center gap-2">
          <span class="num truncate" title={row().volid}>
            {backupTitle(row())}
          </span>
          <Show when={row().protected === 1}>
            <Badge title={t('content.protected')}>
              <Lock size={11} aria-hidden="true" />
              <span class="max-sm:sr-only">{t('content.protected')}</span>
            </Badge>
          </Show>
        </span>
      ),
    },
    ...(allGuests ? [guest] : []),
    {
      key: 'age',
      title: 'backup.age',
      width: 120,
      drop: 4,
      card: 'line',
      plain: true,
      text: ago,
      sortBy: ({ ctime }) => (ctime === undefined ? undefined : -ctime),
      cell: (row) => <span class="num text-muted">{ago(row())}</span>,
    },
    {
      key: 'proof',
      title: 'proof.column',
      width: 150,
      drop: 1,
      card: 'line',
      plain: true,
      text: ({ proof }) => (proof ? proofText(proof) : ''),
      sortBy: ({ proof }) => proof && (proof.state === 'proven' ? proof.time : -proof.time),
      cell: (row, tab) => (
        <Show when={row().proof} fallback={<span class="text-idle">–</span>}>
          {(proof) => (
            <button
              type="button"
              class="flex max-w-full hover:underline"
              tabindex={tab()}
              title={proofTitle(proof())}
              onClick={() => onWish('proof', row())}
            >
              <Badge tone={proof().state === 'proven' ? 'ok' : 'bad'}>
                <span class="truncate">{proofText(proof())}</span>
              </Badge>
            </button>
          )}
        </Show>
      ),
    },
    {
      key: 'size',
      title: 'content.size',
      width: 100,
      align: 'end',
      card: 'aside',
      sortBy: ({ size }) => size,
      cell: (row) => <span class="num">{bytes(row().size)}</span>,
    },
    {
      key: 'format',
      title: 'content.format',
      width: 90,
      drop: 5,
      sortBy: ({ format }) => format,
      cell: (row) => <span class="text-muted">{row().format}</span>,
    },
    {
      key: 'notes',
      title: 'content.notes',
      width: 180,
      grow: true,
      drop: 3,
      card: 'line',
      plain: true,
      text: notesLine,
      sortBy: (backup) => notesLine(backup) || undefined,
      cell: (row) => <span title={row().notes}>{notesLine(row())}</span>,
    },
    {
      key: 'actions',
      title: 'common.actions',
      width: 148,
      buttons: true,
      cell: (row, tab) => (
        <span class="flex items-center justify-end gap-1">
          <Button
            look="ghost"
            tabindex={tab()}
            aria-label={t('backup.restoreOne', { name: backupTitle(row()) })}
            reason={kindOfBackup(row()) === undefined ? t('backup.unknownKind') : undefined}
            onClick={() => onWish('restore', row())}
          >
            <ArchiveRestore size={16} class="sm:hidden" aria-hidden="true" />
            <span class="max-sm:hidden">{t('backup.restore')}</span>
          </Button>
          <RowMenu
            label={t('volume.actions', { name: backupTitle(row()) })}
            tab={tab()}
            actions={[
              {
                label: t('proof.try'),
                onSelect: () => onWish('try', row()),
                reason: kindOfBackup(row()) === undefined ? t('backup.unknownKind') : undefined,
              },
              ...(row().proof ? [{ label: t('proof.show'), onSelect: () => onWish('proof', row()) }] : []),
              { label: t('backup.config'), onSelect: () => onWish('config', row()) },
              { label: t('volume.notes'), onSelect: () => onWish('notes', row()) },
              {
                label: t(row().protected === 1 ? 'backup.unprotect' : 'backup.protect'),
                onSelect: () => onWish('protect', row()),
              },
              {
                label: t('content.remove'),
                onSelect: () => onWish('remove', row()),
                reason: row().protected === 1 ? t('content.isProtected') : undefined,
                harsh: true,
              },
            ]}
          />
        </span>
      ),
    },
  ];
}
