// Backing the configuration up now: to which storage.
import { createEffect, createMemo, createSignal } from 'solid-js';
import { api } from '../../api/client.ts';
import { SelectField } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { createStorageConfigs } from '../storages/storages-data.ts';

export function ConfigNowDialog(props: { onClose: () => void }) {
  const configs = createStorageConfigs();
  const [storage, setStorage] = createSignal('');
  const choices = createMemo(() =>
    (configs.data() ?? [])
      .filter(
        (one) =>
          String(one['content'] ?? '')
            .split(',')
            .includes('backup') && !one['disable'],
      )
      .map((one) => ({ value: one.storage, label: one.storage })),
  );
  createEffect(() => {
    const [first] = choices();
    if (storage() === '' && first) setStorage(first.value);
  });
  return (
    <FormDialog
      title={t('configBackup.nowTitle')}
      description={t('configBackup.nowHint')}
      action={t('configBackup.now')}
      reason={configs.data() && choices().length === 0 ? t('configBackup.noTarget') : undefined}
      fields={['storage']}
      run={async () => watchTask(await api('POST /cluster/config-backups', { storage: storage() }))}
      onClose={props.onClose}
    >
      {(refused) => (
        <SelectField
          label={t('configBackup.to')}
          value={storage()}
          onValue={setStorage}
          choices={choices()}
          error={
            refused('storage') ??
            (configs.data() && choices().length === 0 ? t('configBackup.noTarget') : undefined)
          }
        />
      )}
    </FormDialog>
  );
}
