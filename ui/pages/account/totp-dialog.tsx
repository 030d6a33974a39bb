// The dialog that adds an authenticator app: the secret as a picture and as a text, proven by a code that the app shows.
import { createSignal } from 'solid-js';
import { api } from '../../api/client.ts';
import { sessionUser } from '../../api/session.ts';
import { BoundText } from '../../components/bound-field.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { t } from '../../i18n/index.ts';
import { createAccessForm } from '../access/access-form.ts';
import { OwnPasswordField, ownPassword, proven } from './own-password.tsx';
import { QrPicture } from './qr-picture.tsx';
import { asCode, inGroups, newSecret, totpProblems, totpUri } from './totp-setup.ts';

export function TotpDialog(props: { onAdded: () => void; onClose: () => void }) {
  // In memory only, and another one each time.
  const secret = newSecret();
  const uri = totpUri(`${t('product.name')} ${location.hostname}`, sessionUser(), secret);
  const [present, setPresent] = createSignal('');
  const form = createAccessForm({ description: t('account.totpName'), code: '' }, totpProblems);
  return (
    <FormDialog
      title={t('account.addTotp')}
      action={t('account.addTotp')}
      wide
      fields={['description', 'value', 'password']}
      check={form.check}
      onClose={props.onClose}
      run={async () => {
        await proven('password', () =>
          api('POST /access/tfa/{userid}', {
            userid: sessionUser(),
            type: 'totp',
            description: form.form.description.trim(),
            totp: uri,
            value: asCode(form.form.code),
            ...ownPassword('password', present()),
          }),
        );
        props.onAdded();
      }}
    >
      {(refused) => (
        <>
          <BoundText
            of={form}
            name="description"
            label={t('account.totpDescription')}
            hint={t('account.totpDescriptionHint')}
            error={refused('description')}
            maxlength={255}
          />
          <div class="grid items-start gap-x-6 gap-y-4 sm:grid-cols-[12rem_minmax(0,1fr)]">
            <QrPicture text={uri} label={t('account.qrCode')} />
            <div class="flex min-w-0 flex-col gap-4">
              <p class="text-sm">{t('account.totpScan')}</p>
              <div>
                <p class="text-sm font-medium">{t('account.totpSecret')}</p>
                <div class="flex items-center gap-2">
                  <code class="font-mono text-sm [overflow-wrap:anywhere]">{inGroups(secret)}</code>
                  <CopyButton text={secret} />
                </div>
                <p class="text-xs text-muted">{t('account.totpSecretHint')}</p>
              </div>
              <BoundText
                of={form}
                name="code"
                label={t('account.totpCode')}
                hint={t('account.totpCodeHint')}
                error={refused('value') === undefined ? undefined : t('account.totpCodeRefused')}
                autocomplete="one-time-code"
                inputmode="numeric"
                maxlength={9}
                mono
              />
            </div>
          </div>
          <OwnPasswordField value={present()} onValue={setPresent} error={refused('password')} />
        </>
      )}
    </FormDialog>
  );
}
