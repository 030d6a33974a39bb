// The backups that a storage holds, of one guest or of all, and what can be done with each.
import Archive from 'lucide-solid/icons/archive';
import { createMemo, createSignal, type JSX, lazy, Show, Suspense } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/panel.tsx';
import { wordFilter } from '../../components/table-filter.ts';
import { toastError } from '../../components/toasts.tsx';
import { t } from '../../i18n/index.ts';
import { live, revision } from '../../live/store.ts';
import { isConfigBackup } from '../config-backups/config-data.ts';
import { volumeName } from '../storage/content-kinds.ts';
import { type Backup, type BackupWish, backupColumns, backupTitle } from './backup-columns.tsx';

const RestoreDialog = lazy(() => import('./restore-dialog.tsx'));
const TryRestoreDialog = lazy(() => import('./try-restore-dialog.tsx'));
const ProofDrawer = lazy(() => import('./proof-drawer.tsx'));
const BackupConfigDialog = lazy(() => import('./backup-config-dialog.tsx'));
const RemoveBackupDialog = lazy(() => import('./remove-backup-dialog.tsx'));
const VolumeNotesDialog = lazy(() => import('../storage/volume-notes-dialog.tsx'));

const filter = wordFilter(({ volid, format, vmid, notes }: Backup) => [
  volumeName(volid),
  format,
  vmid === undefined ? undefined : String(vmid),
  notes,
]);

interface BackupsTableProps {
  node: string;
  storage: string;
  /** Only of this guest. */
  vmid?: number;
  /** What makes or removes many of them. `all`: those that are known. */
  tools?: (all: () => readonly Backup[]) => JSX.Element;
  emptyText: string;
}

export function BackupsTable(props: BackupsTableProps) {
  const [wished, setWished] = createSignal<{ readonly wish: BackupWish; readonly backup: Backup }>();
  const close = () => setWished(undefined);
  const query = createQuery(
    () =>
      live.loaded && {
        ...{ node: props.node, storage: props.storage, vmid: props.vmid },
        revision: revision(`/storage/${props.storage}`, props.node),
      },
    async ({ node, storage, vmid }) => {
      const all = await api('GET /nodes/{node}/storage/{storage}/content', {
        ...{ node, storage, content: 'backup' },
        ...(vmid === undefined ? {} : { vmid }),
      });
      return all.filter(({ volid }) => !isConfigBackup(volid));
    },
  );
  const columns = createMemo(() =>
    backupColumns(props.vmid === undefined, (wish, backup) => {
      if (wish === 'protect') void protect(backup);
      else setWished({ wish, backup });
    }),
  );
  const place = () => ({ node: props.node, storage: props.storage });

  async function protect(backup: Backup): Promise<void> {
    const isProtected = backup.protected === 1;
    try {
      await api('PUT /nodes/{node}/storage/{storage}/content/{volume}', {
        ...{ ...place(), volume: backup.volid, protected: !isProtected },
      });
      query.reload();
    } catch (thrown) {
      toastError(t(isProtected ? 'backup.unprotect' : 'backup.protect'), thrown);
    }
  }

  return (
    <>
      <DataTable
        name={`backups.${props.vmid === undefined ? 'all' : 'guest'}`}
        label={t('content.backup')}
        rows={query.data()}
        columns={columns()}
        sort={{ key: 'date', down: true }}
        rowKey={({ volid }) => volid}
        rowLabel={backupTitle}
        filter={filter}
        filterLabel={t('backup.filter')}
        tools={props.tools?.(() => query.data() ?? [])}
        embedded={props.vmid !== undefined}
        error={query.error()}
        retry={query.reload}
        empty={<EmptyState icon={<Archive size={26} />} title={t('backup.none')} text={props.emptyText} />}
      />
      <Show when={wished()} keyed>
        {({ wish, backup }) => (
          // Of its own: the table stays while the dialog is fetched.
          <Suspense>
            {wish === 'restore' ? (
              <RestoreDialog node={props.node} backup={backup} onClose={close} />
            ) : wish === 'try' ? (
              <TryRestoreDialog node={props.node} backup={backup} onClose={close} />
            ) : wish === 'proof' ? (
              <ProofDrawer node={props.node} backup={backup} onClose={close} />
            ) : wish === 'config' ? (
              <BackupConfigDialog node={props.node} backup={backup} onClose={close} />
            ) : wish === 'notes' ? (
              <VolumeNotesDialog {...place()} volume={backup} onClose={close} onSaved={query.reload} />
            ) : (
              <RemoveBackupDialog
                {...place()}
                backup={backup}
                isLast={query.data()?.filter(({ vmid }) => vmid === backup.vmid).length === 1}
                onClose={close}
                onRemoved={query.reload}
              />
            )}
          </Suspense>
        )}
      </Show>
    </>
  );
}
