// The log-in page: user and password, then the second factor where there is one. The address stays: who logs in is where they were.
import { createSignal, Show } from 'solid-js';
import type { Challenge } from '../api/session.ts';
import { t } from '../i18n/index.ts';
import { Logo } from '../shell/logo.tsx';
import { ThemeButton } from '../shell/theme-button.tsx';
import { PasswordStep } from './login/password-step.tsx';
import { SecondStep } from './login/second-step.tsx';

export function LoginPage() {
  const [challenge, setChallenge] = createSignal<Challenge>();
  /** Why the first step is to be done again. */
  const [tooLate, setTooLate] = createSignal(false);
  return (
    <div class="flex min-h-full flex-col">
      <div class="flex justify-end p-3">
        <ThemeButton />
      </div>
      <main class="flex flex-1 items-start justify-center px-4 pt-[8vh] pb-16">
        <div class="w-full max-w-sm">
          <div class="mb-7 flex items-center gap-3">
            <Logo class="size-10" />
            <div class="min-w-0">
              <h1 class="text-2xl leading-7 font-semibold">{t('product.name')}</h1>
              <p class="truncate text-sm text-muted">{location.hostname}</p>
            </div>
          </div>
          <Show
            when={challenge()}
            keyed
            fallback={
              <PasswordStep
                tooLate={tooLate()}
                onChallenge={(one) => {
                  setTooLate(false);
                  setChallenge(one);
                }}
              />
            }
          >
            {(one) => (
              <SecondStep
                challenge={one}
                onBack={(late) => {
                  setTooLate(late);
                  setChallenge(undefined);
                }}
              />
            )}
          </Show>
        </div>
      </main>
    </div>
  );
}
