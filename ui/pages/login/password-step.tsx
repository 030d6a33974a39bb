// The first step of logging in: who, where from, and the password.
import { createMemo, createResource, createSignal, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { asApiError } from '../../api/errors.ts';
import { type Challenge, endedUser, logIn, sessionExpired } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { CheckField, SelectField, TextField } from '../../components/field.tsx';
import { Notice } from '../../components/panel.tsx';
import { t } from '../../i18n/index.ts';
import { remember, remembered } from './remembered.ts';

/** The look of both steps. */
export const loginCard = 'flex flex-col gap-4 rounded-lg border border-line bg-surface p-6';

export function PasswordStep(props: { tooLate: boolean; onChallenge: (challenge: Challenge) => void }) {
  const kept = remembered();
  const ended = /^(.+)@([^@]+)$/.exec(endedUser());
  const [realms] = createResource(() => api('GET /access/domains', {}).catch(() => undefined));
  const [user, setUser] = createSignal(ended?.[1] ?? kept?.name ?? '');
  const [password, setPassword] = createSignal('');
  const [keep, setKeep] = createSignal(kept !== undefined);
  const [chosenRealm, setChosenRealm] = createSignal(ended?.[2] ?? kept?.realm);
  const [error, setError] = createSignal<unknown>();
  const [busy, setBusy] = createSignal(false);
  const offered = () => realms() ?? [{ realm: 'pam', type: 'pam' }];
  const realm = createMemo(() => {
    const chosen = offered().find((one) => one.realm === chosenRealm());
    return (chosen ?? realms()?.find((one) => one.default === 1) ?? offered()[0])?.realm ?? 'pam';
  });
  const known = user() !== '';

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (busy()) return;
    setBusy(true);
    setError(undefined);
    try {
      const name = user().trim();
      const challenge = await logIn(name, password(), realm());
      remember(keep() ? { name, realm: realm() } : undefined);
      if (challenge !== undefined) props.onChallenge(challenge);
    } catch (thrown) {
      const failure = asApiError(thrown);
      setError(failure.status === 401 ? t('login.refused') : failure);
      setPassword('');
    } finally {
      setBusy(false);
    }
  }

  return (
    <form class={loginCard} aria-label={t('login.title')} onSubmit={(event) => void submit(event)}>
      <Show when={sessionExpired()}>
        <Notice tone="accent">{t('login.expired')}</Notice>
      </Show>
      <Show when={props.tooLate}>
        <Notice tone="warn">{t('login.tooLate')}</Notice>
      </Show>
      <TextField
        label={t('login.user')}
        value={user()}
        onValue={setUser}
        name="username"
        autocomplete="username"
        autocapitalize="none"
        required
        autofocus={!known}
      />
      <TextField
        label={t('login.password')}
        type="password"
        value={password()}
        onValue={setPassword}
        name="password"
        autocomplete="current-password"
        required
        autofocus={known}
      />
      <SelectField
        label={t('login.realm')}
        value={realm()}
        onValue={setChosenRealm}
        choices={offered().map((one) => ({ value: one.realm, label: one.comment ?? one.realm }))}
      />
      <CheckField label={t('login.remember')} checked={keep()} onValue={setKeep} />
      <ErrorNote error={error()} />
      <Button type="submit" look="primary" busy={busy()} class="mt-1">
        {t('login.submit')}
      </Button>
    </form>
  );
}
