// The dialog that sets a password, one's own or another's; it asks for one's own.
import { createSignal } from 'solid-js';
import { api } from '../../api/client.ts';
import { sessionUser } from '../../api/session.ts';
import { FormDialog } from '../../components/form-dialog.tsx';
import { toast } from '../../components/toasts.tsx';
import { newPasswordProblems } from '../../forms/new-password.ts';
import { t } from '../../i18n/index.ts';
import { createAccessForm } from '../access/access-form.ts';
import { NewPasswordFields } from './new-password-fields.tsx';
import { OwnPasswordField, ownPassword, proven } from './own-password.tsx';

const confirmation = 'confirmation-password';

export function PasswordDialog(props: { userid: string; onClose: () => void }) {
  const own = () => props.userid === sessionUser();
  const [present, setPresent] = createSignal('');
  const form = createAccessForm({ password: '', passwordAgain: '' }, newPasswordProblems);
  return (
    <FormDialog
      title={own() ? t('account.changePassword') : t('users.passwordTitle', { user: props.userid })}
      action={t('account.changePassword')}
      fields={['password', confirmation]}
      check={form.check}
      onClose={props.onClose}
      run={async () => {
        await proven(confirmation, () =>
          api('PUT /access/password', {
            userid: props.userid,
            password: form.form.password,
            ...ownPassword(confirmation, present()),
          }),
        );
        toast('ok', t('account.passwordChanged', { user: props.userid }));
      }}
    >
      {(refused) => (
        <>
          <OwnPasswordField
            value={present()}
            onValue={setPresent}
            error={refused(confirmation)}
            {...(own() ? { label: t('account.presentPassword') } : {})}
          />
          <NewPasswordFields of={form} label={t('account.newPassword')} refused={refused('password')} />
        </>
      )}
    </FormDialog>
  );
}
