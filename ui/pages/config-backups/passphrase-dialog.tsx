// Setting the passphrase of new backups, and giving that of one which is there.
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createSignal } from 'solid-js';
import { passphraseLengths } from '../../../server/contract/config-backups.ts';
import { api } from '../../api/client.ts';
import { TextField } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { Notice } from '../../components/panel.tsx';
import { t } from '../../i18n/index.ts';

export function PassphraseDialog(props: { onDone: () => void; onClose: () => void }) {
  const [text, setText] = createSignal('');
  const [again, setAgain] = createSignal('');
  const [tried, setTried] = createSignal(false);
  const short = () =>
    text().length < passphraseLengths.least
      ? t('configBackup.passphraseShort', { count: passphraseLengths.least })
      : undefined;
  const other = () => (text() === again() ? undefined : t('configBackup.passphraseOther'));
  return (
    <FormDialog
      title={t('configBackup.passphraseSet')}
      description={t('configBackup.secretsInHint')}
      action={t('configBackup.passphraseSet')}
      fields={['passphrase']}
      check={() => {
        setTried(true);
        return short() === undefined && other() === undefined;
      }}
      run={async () => {
        await api('PUT /cluster/config-backups/passphrase', { passphrase: text() });
        props.onDone();
      }}
      onClose={props.onClose}
    >
      {(refused) => (
        <>
          <TextField
            type="password"
            autocomplete="new-password"
            autofocus
            label={t('configBackup.passphrase')}
            value={text()}
            onValue={setText}
            error={refused('passphrase') ?? (tried() ? short() : undefined)}
          />
          <TextField
            type="password"
            autocomplete="new-password"
            label={t('configBackup.passphraseAgain')}
            value={again()}
            onValue={setAgain}
            error={tried() ? other() : undefined}
          />
          <Notice tone="warn" icon={<TriangleAlert size={16} />}>
            {t('configBackup.passphraseLost')}
          </Notice>
        </>
      )}
    </FormDialog>
  );
}

/** `onOpen` rejects when it is the wrong one. */
export function UnlockDialog(props: { onOpen: (passphrase: string) => Promise<void>; onClose: () => void }) {
  const [text, setText] = createSignal('');
  return (
    <FormDialog
      title={t('configBackup.unlock')}
      description={t('configBackup.unlockText')}
      action={t('configBackup.unlock')}
      fields={['passphrase']}
      check={() => text() !== ''}
      run={() => props.onOpen(text())}
      onClose={props.onClose}
    >
      {(refused) => (
        <TextField
          type="password"
          autocomplete="off"
          autofocus
          label={t('configBackup.passphrase')}
          value={text()}
          onValue={setText}
          error={refused('passphrase')}
        />
      )}
    </FormDialog>
  );
}
