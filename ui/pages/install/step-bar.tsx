// The steps of the installation: where one is, what is done, what has problems. Each can be gone to at any time.
import { A } from '@solidjs/router';
import Check from 'lucide-solid/icons/check';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { For, Match, Switch } from 'solid-js';
import { t } from '../../i18n/index.ts';
import { type InstallDraft, type InstallStep, installSteps } from './draft.ts';

export function stepHref(step: InstallStep): string {
  return step === 'disk' ? '/install' : `/install?step=${step}`;
}

export function StepBar(props: { draft: InstallDraft; step: InstallStep }) {
  const mark = (step: InstallStep) => {
    if (!props.draft.visited(step) || step === props.step || step === 'review') return 'none';
    return props.draft.count(step) > 0 ? 'problem' : 'done';
  };
  return (
    <nav
      aria-label={t('install.steps')}
      class="overflow-x-auto border-b border-line bg-surface px-4 [scrollbar-width:none] lg:px-6"
    >
      <ol class="flex gap-1 sm:gap-3">
        <For each={installSteps}>
          {(step, i) => (
            <li>
              <A
                href={stepHref(step)}
                aria-current={props.step === step ? 'step' : undefined}
                class={`-mb-px inline-flex min-h-10 items-center gap-2 border-b-2 px-1.5 text-sm font-medium whitespace-nowrap outline-offset-[-3px] transition-colors pointer-coarse:min-h-11 ${props.step === step ? 'border-accent text-text' : 'border-transparent text-muted hover:text-text'}`}
              >
                <span
                  class={`flex size-5.5 items-center justify-center rounded-full text-xs max-sm:hidden ${props.step === step ? 'bg-accent text-on-accent' : 'bg-hover'}`}
                  aria-hidden="true"
                >
                  {i() + 1}
                </span>
                {t(`install.step.${step}`)}
                <Switch>
                  <Match when={mark(step) === 'problem'}>
                    <span class="text-bad">
                      <TriangleAlert size={14} aria-label={t('install.hasProblems')} />
                    </span>
                  </Match>
                  <Match when={mark(step) === 'done'}>
                    <span class="text-ok">
                      <Check size={14} aria-label={t('install.complete')} />
                    </span>
                  </Match>
                </Switch>
              </A>
            </li>
          )}
        </For>
      </ol>
    </nav>
  );
}
