// The second step of logging in: a code of an authenticator app, or a recovery key.
import { createSignal, Match, onMount, Show, Switch } from 'solid-js';
import { asApiError } from '../../api/errors.ts';
import { answerChallenge, type Challenge } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { TextField } from '../../components/field.tsx';
import { Notice } from '../../components/panel.tsx';
import { kindSoFar, readAnswer } from '../../forms/second-factor.ts';
import { t, tn } from '../../i18n/index.ts';
import { loginCard } from './password-step.tsx';

/** How long the daemon takes the answer to a challenge. */
const challengeMs = 10 * 60_000;
/** After so many in a row the daemon locks codes; it does not say so, to tell nothing to who guesses. */
const mostWrongCodes = 8;

/** One field takes both a code and a recovery key, and knows which it is. */
export function SecondStep(props: { challenge: Challenge; onBack: (tooLate: boolean) => void }) {
  const { asked } = props.challenge;
  const begun = Date.now();
  const [typed, setTyped] = createSignal('');
  const [problem, setProblem] = createSignal<string>();
  const [error, setError] = createSignal<unknown>();
  const [busy, setBusy] = createSignal(false);
  const [wrongCodes, setWrongCodes] = createSignal(0);
  const locked = () => wrongCodes() >= mostWrongCodes;
  let form: HTMLFormElement | undefined;
  const field = () => form?.querySelector<HTMLInputElement>('input');
  onMount(() => field()?.focus());
  const kind = () => kindSoFar(typed()) ?? (asked.code ? undefined : 'recovery');

  function refused(kind: 'totp' | 'recovery'): void {
    if (Date.now() - begun >= challengeMs) {
      props.onBack(true);
      return;
    }
    setProblem(t(kind === 'totp' ? 'login.codeRefused' : 'login.keyRefused'));
    if (kind === 'totp') setWrongCodes((count) => count + 1);
    setTyped('');
    field()?.focus();
  }

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (busy()) return;
    setError(undefined);
    const answer = readAnswer(typed());
    setProblem(answer ? undefined : t(typed().trim() === '' ? 'login.answerFirst' : 'login.answerForm'));
    if (!answer) return field()?.focus();
    setBusy(true);
    try {
      await answerChallenge(props.challenge, answer.text);
    } catch (thrown) {
      const failure = asApiError(thrown);
      if (failure.status === 401) refused(answer.kind);
      else setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form
      ref={form}
      class={loginCard}
      aria-label={t('login.second')}
      novalidate
      onSubmit={(event) => void submit(event)}
    >
      <p class="text-sm break-words">{t('login.secondFor', { user: props.challenge.username })}</p>
      <TextField
        label={t(!asked.code ? 'login.answerKey' : asked.keys ? 'login.answer' : 'login.answerCode')}
        hint={t(
          kind() === 'recovery'
            ? 'login.keyHint'
            : asked.keys === undefined || kind() === 'totp'
              ? 'login.codeHint'
              : 'login.eitherHint',
        )}
        error={problem()}
        value={typed()}
        onValue={(value) => {
          setTyped(value);
          setProblem(undefined);
        }}
        name="one-time-code"
        autocomplete="one-time-code"
        autocapitalize="none"
        autocorrect="off"
        inputmode={asked.code && asked.keys === undefined ? 'numeric' : 'text'}
        mono
        required
      />
      <Switch>
        <Match when={asked.keys === 0}>
          <p class="text-xs text-warn">{t('login.noKeysLeft')}</p>
        </Match>
        <Match when={kind() === 'recovery' && asked.keys !== undefined}>
          <p class="text-xs text-muted">{tn('login.keysLeft', asked.keys ?? 0)}</p>
        </Match>
        <Match when={wrongCodes() > 0 && !locked()}>
          <p class="text-xs text-muted">{t('login.lockHint')}</p>
        </Match>
      </Switch>
      <Show when={locked()}>
        <Notice tone="warn">{t(asked.keys ? 'login.lockedKeys' : 'login.locked')}</Notice>
      </Show>
      <ErrorNote error={error()} />
      <Button type="submit" look="primary" busy={busy()} class="mt-1">
        {t('login.submit')}
      </Button>
      <Button look="ghost" onClick={() => props.onBack(false)}>
        {t('login.otherUser')}
      </Button>
    </form>
  );
}
