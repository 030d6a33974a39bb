// Backing one guest up at once: where to, how, and what is noted about it.
import { createMemo, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createStorageChoices, keepAmong } from '../../api/node-choices.ts';
import { BoundCheck, BoundSelect, BoundText, refusing } from '../../components/bound-field.tsx';
import { errorText } from '../../components/error-note.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import {
  type BackupNowForm,
  backupNowParamOf,
  backupNowParams,
  checkBackupNow,
  newBackupNow,
} from '../../forms/backup-now.ts';
import { t, tOr } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { ModeFields } from '../backup/mode-fields.tsx';
import { createCheckedForm } from '../guest/checked-form.ts';
import { Columns, storageChoice, Wide } from '../guest/form-group.tsx';
import { useGuest } from '../guest/guest-context.ts';

const say = (word: string | undefined): string | undefined =>
  word === undefined ? undefined : tOr(`backupJob.problem.${word}`, word);

/** `storage`: the one that is looked at. */
export default function BackupNowDialog(props: { storage: string; onClose: () => void }) {
  const guest = useGuest();
  const checked = createCheckedForm<BackupNowForm>(
    { ...newBackupNow, storage: props.storage },
    checkBackupNow,
    say,
  );
  const { form } = checked;
  const storages = createStorageChoices(() => guest.place().node);
  const targets = createMemo(() => storages.holding('backup'));
  keepAmong(
    () => targets()?.map((one) => one.storage),
    () => form.storage,
    (storage) => checked.set({ storage }),
  );
  const noTarget = () => {
    const error = storages.error();
    if (error) return errorText(error);
    return targets()?.length === 0 ? t('backup.noStorageWorks') : undefined;
  };
  const isOn = () => guest.item().status !== 'stopped';
  return (
    <FormDialog
      title={t('backup.nowTitle', { name: labelOf(guest.item()) })}
      action={t('backup.nowSubmit')}
      reason={noTarget()}
      check={checked.check}
      run={async () => {
        const { node, vmid } = guest.place();
        const started = await api('POST /nodes/{node}/vzdump', { node, ...backupNowParams(vmid, form) });
        if (started.startsWith('UPID:')) watchTask(started);
      }}
      onClose={props.onClose}
      fields={Object.values(backupNowParamOf)}
    >
      {(refused) => {
        const of = refusing(checked, (name) => refused(backupNowParamOf[name]));
        return (
          <>
            <BoundSelect
              of={of}
              name="storage"
              label={t('clone.storage')}
              choices={(targets() ?? []).map(storageChoice)}
              error={noTarget()}
            />
            <Columns>
              <ModeFields of={of} hint={isOn() ? t(`backup.modehint.${form.mode}`) : t('backup.modeOff')} />
              <Wide>
                <BoundText
                  of={of}
                  name="notes"
                  label={t('content.notes')}
                  hint={t('backupJob.notesHint')}
                  mono
                />
              </Wide>
            </Columns>
            <BoundCheck of={of} name="protected" label={t('volume.protect')} hint={t('backup.protectHint')} />
            <Show when={targets()?.length !== 0}>
              <p class="text-sm text-muted">{t('backup.nowKeeps')}</p>
            </Show>
          </>
        );
      }}
    </FormDialog>
  );
}
