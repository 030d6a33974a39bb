// The log-in page.
import { createMemo, createResource, createSignal, Show } from 'solid-js';
import { api } from '../api/client.ts';
import { asApiError } from '../api/errors.ts';
import { logIn, sessionExpired } from '../api/session.ts';
import { Button } from '../components/button.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { SelectField, TextField } from '../components/field.tsx';
import { Notice } from '../components/panel.tsx';
import { t } from '../i18n/index.ts';
import { Logo } from '../shell/logo.tsx';
import { ThemeButton } from '../shell/theme-button.tsx';

export function LoginPage() {
  const [realms] = createResource(() => api('GET /access/domains', {}).catch(() => undefined));
  const [user, setUser] = createSignal('');
  const [password, setPassword] = createSignal('');
  const [chosenRealm, setChosenRealm] = createSignal<string>();
  const [error, setError] = createSignal<unknown>();
  const [busy, setBusy] = createSignal(false);
  const realm = createMemo(
    () => chosenRealm() ?? realms()?.find((one) => one.default === 1)?.realm ?? realms()?.[0]?.realm ?? 'pam',
  );

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (busy()) return;
    setBusy(true);
    setError(undefined);
    try {
      await logIn(user().trim(), password(), realm());
    } catch (thrown) {
      const failure = asApiError(thrown);
      setError(failure.status === 401 ? t('login.refused') : failure);
      setPassword('');
    } finally {
      setBusy(false);
    }
  }

  return (
    <div class="flex min-h-full flex-col">
      <div class="flex justify-end p-3">
        <ThemeButton />
      </div>
      <main class="flex flex-1 items-start justify-center px-4 pt-[8vh] pb-16">
        <div class="w-full max-w-sm">
          <div class="mb-7 flex items-center gap-3">
            <Logo class="size-10" />
            <div>
              <h1 class="text-2xl leading-7 font-semibold">{t('product.name')}</h1>
              <p class="text-sm text-muted">{location.hostname}</p>
            </div>
          </div>
          <form
            class="flex flex-col gap-4 rounded-lg border border-line bg-surface p-6"
            aria-label={t('login.title')}
            onSubmit={(event) => void submit(event)}
          >
            <Show when={sessionExpired()}>
              <Notice tone="accent">{t('login.expired')}</Notice>
            </Show>
            <TextField
              label={t('login.user')}
              value={user()}
              onValue={setUser}
              name="username"
              autocomplete="username"
              autocapitalize="none"
              required
              autofocus
            />
            <TextField
              label={t('login.password')}
              type="password"
              value={password()}
              onValue={setPassword}
              name="password"
              autocomplete="current-password"
              required
            />
            <SelectField
              label={t('login.realm')}
              value={realm()}
              onValue={setChosenRealm}
              choices={(realms() ?? [{ realm: 'pam', type: 'pam' }]).map((one) => ({
                value: one.realm,
                label: one.comment ?? one.realm,
              }))}
            />
            <ErrorNote error={error()} />
            <Button type="submit" look="primary" busy={busy()} class="mt-1">
              {t('login.submit')}
            </Button>
          </form>
        </div>
      </main>
    </div>
  );
}
