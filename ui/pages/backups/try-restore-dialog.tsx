// Trying to restore one backup: what is waited for, and where the disks are meanwhile.
import { createMemo } from 'solid-js';
import { api } from '../../api/client.ts';
import { createStorageChoices } from '../../api/node-choices.ts';
import { refusing } from '../../components/bound-field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { bytes } from '../../format/show.ts';
import { kindOfBackup, limitKib } from '../../forms/restore-guest.ts';
import { checkTry, newTry, type TryForm, tryParams } from '../../forms/try-restore.ts';
import { t, tOr } from '../../i18n/index.ts';
import { guestOf } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { TryFields } from '../backup/try-fields.tsx';
import { createCheckedForm } from '../guest/checked-form.ts';
import { Columns, storageChoice } from '../guest/form-group.tsx';
import { type Backup, backupTitle } from './backup-columns.tsx';
import { SpeedLimit } from './speed-limit.tsx';

interface TryNowForm extends TryForm {
  /** MiB per second; empty: as the storages have it. */
  readonly limitMib: string;
}

const say = (word: string | undefined): string | undefined =>
  word === undefined ? undefined : tOr(`backupJob.problem.${word}`, word);

const paramOf: Readonly<Record<keyof TryNowForm, string>> = {
  ...{ testWait: 'wait', testPort: 'port', testSeconds: 'timeout', testStorage: 'storage' },
  limitMib: 'bwlimit',
};

export default function TryRestoreDialog(props: { node: string; backup: Backup; onClose: () => void }) {
  const { backup } = props;
  const kind = kindOfBackup(backup) ?? 'qemu';
  const checked = createCheckedForm<TryNowForm>(
    { ...newTry, limitMib: '' },
    (form) => ({
      ...checkTry(form, kind),
      limitMib: form.limitMib.trim() === '' || limitKib(form.limitMib) !== undefined ? undefined : 'rate',
    }),
    say,
  );
  const { form } = checked;
  const storages = createStorageChoices(() => props.node);
  const targets = createMemo(() => storages.holding(kind === 'qemu' ? 'images' : 'rootdir'));
  const guest = () => {
    const item = backup.vmid === undefined ? undefined : guestOf(backup.vmid);
    return item ? `${item.vmid} ${labelOf(item)}` : String(backup.vmid ?? backupTitle(backup));
  };
  return (
    <FormDialog
      title={t('proof.tryTitle', { name: guest() })}
      description={t('restore.from', { when: backupTitle(backup), size: bytes(backup.size) })}
      action={t('proof.trySubmit')}
      reason={targets()?.length === 0 ? t('restore.noStorage') : undefined}
      check={checked.check}
      run={async () => {
        const limit = limitKib(form.limitMib);
        const started = await api('POST /nodes/{node}/vzdump/test', {
          ...{ node: props.node, volume: backup.volid },
          ...tryParams(form, kind),
          ...(limit === undefined ? {} : { bwlimit: limit }),
        });
        watchTask(started);
      }}
      onClose={props.onClose}
      fields={Object.values(paramOf)}
    >
      {(refused) => {
        const of = refusing(checked, (name) => refused(paramOf[name]));
        return (
          <>
            <p class="text-sm text-muted">{t(`proof.explained.${kind}`)}</p>
            <Columns>
              <TryFields of={of} kind={kind} storages={(targets() ?? []).map(storageChoice)} />
            </Columns>
            <SpeedLimit of={of} />
          </>
        );
      }}
    </FormDialog>
  );
}
