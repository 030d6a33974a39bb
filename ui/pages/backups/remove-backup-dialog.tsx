// Removing a backup: of whom and when it is, and whether it is the only one there.
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Notice } from '../../components/panel.tsx';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { type Backup, backupTitle } from './backup-columns.tsx';

export default function RemoveBackupDialog(props: {
  node: string;
  storage: string;
  backup: Backup;
  /** The guest has no other on this storage. */
  isLast: boolean;
  onClose: () => void;
  onRemoved: () => void;
}) {
  const { volid, vmid, notes } = props.backup;
  const isLast = () => props.isLast && vmid !== undefined;

  async function remove(): Promise<void> {
    const upid = await api('DELETE /nodes/{node}/storage/{storage}/content/{volume}', {
      ...{ node: props.node, storage: props.storage, volume: volid },
    });
    if (upid !== null) watchTask(upid);
    props.onRemoved();
  }

  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t('backup.removeTitle')}
      action={t('content.remove')}
      {...(isLast() ? { typed: String(vmid) } : {})}
      onConfirm={remove}
    >
      <div class="flex flex-col gap-3">
        <p class="font-mono text-sm break-all">{volid}</p>
        <Show when={notes?.trim()}>
          {(text) => (
            <p class="line-clamp-3 text-sm [overflow-wrap:anywhere] whitespace-pre-wrap text-muted">
              {text()}
            </p>
          )}
        </Show>
        <p>{t('backup.removeText', { when: backupTitle(props.backup) })}</p>
        <Show when={isLast()}>
          <Notice tone="warn" icon={<TriangleAlert size={16} />}>
            {t('backup.removeLast', { vmid: vmid ?? 0, storage: props.storage })}
          </Notice>
        </Show>
      </div>
    </ConfirmDialog>
  );
}
