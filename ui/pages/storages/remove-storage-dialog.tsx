// Taking a storage out of the configuration: what stays, and who still uses it.
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { api } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Notice } from '../../components/panel.tsx';
import type { StorageConfig } from '../../forms/storage-form.ts';
import { t } from '../../i18n/index.ts';

/** The daemon refuses while guests use it, and names them. */
export function RemoveStorageDialog(props: {
  config: StorageConfig;
  onDone: () => void;
  onClose: () => void;
}) {
  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t('storageRemove.title', { name: props.config.storage })}
      action={t('storageRemove.action')}
      onConfirm={async () => {
        await api('DELETE /storage/{storage}', { storage: props.config.storage });
        props.onDone();
      }}
    >
      <div class="flex flex-col gap-3">
        <p>{t('storageRemove.text')}</p>
        <Notice tone="accent" icon={<TriangleAlert size={16} />}>
          {t('storageRemove.stays')}
        </Notice>
      </div>
    </ConfirmDialog>
  );
}
