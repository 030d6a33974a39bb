// The two fields of a new password, with a word on how hard it is to guess.
import { Show } from 'solid-js';
import { type BoundForm, BoundText } from '../../components/bound-field.tsx';
import type { NewPassword } from '../../forms/new-password.ts';
import { passwordStrength } from '../../forms/password-strength.ts';
import { t } from '../../i18n/index.ts';

interface NewPasswordProps {
  of: BoundForm<NewPassword>;
  label: string;
  refused?: string | undefined;
  hint?: string;
}

export function NewPasswordFields(props: NewPasswordProps) {
  const secret = { type: 'password', autocomplete: 'new-password' } as const;
  /** What is refused need not be judged too. */
  const strength = () =>
    props.of.error('password') === undefined ? passwordStrength(props.of.form.password) : undefined;
  return (
    <>
      <div class="flex flex-col gap-1">
        <BoundText
          of={props.of}
          name="password"
          label={props.label}
          hint={props.hint ?? t('account.passwordHint')}
          error={props.refused}
          {...secret}
        />
        <p class="text-xs" aria-live="polite">
          <Show when={strength()}>
            {(word) => (
              <span class={{ weak: 'text-bad', fair: 'text-warn', good: 'text-ok' }[word()]}>
                {t(`account.strength.${word()}`)}
              </span>
            )}
          </Show>
        </p>
      </div>
      <BoundText of={props.of} name="passwordAgain" label={t('account.passwordAgain')} {...secret} />
    </>
  );
}
