// What came of the newest update: a trial that runs, one that failed, an update that was refused. Success is quiet.

import Hourglass from 'lucide-solid/icons/hourglass';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import Undo from 'lucide-solid/icons/undo-2';
import { For, Match, Show, Switch } from 'solid-js';
import type { ApplianceStatus } from '../../../server/contract/appliance.ts';
import { Spinner } from '../../components/button.tsx';
import { asSentence, moment } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';

/** What the health check asks, in its order. */
const checks = ['daemon', 'address', 'storages', 'guests'] as const;

export function OutcomeNotice(props: { status: ApplianceStatus }) {
  const last = () => props.status.last;
  return (
    <Switch>
      <Match when={props.status.trial === 1}>
        <section
          aria-label={t('system.trial.title')}
          class="flex gap-3 rounded-lg border border-accent bg-accent-soft px-4 py-3.5 text-sm"
        >
          <span class="pt-0.5 text-accent">
            <Hourglass size={18} aria-hidden="true" />
          </span>
          <div class="flex min-w-0 flex-1 flex-col gap-2">
            <h2 class="text-base font-semibold">
              {t('system.trial.heading', { version: props.status.version })}
            </h2>
            <p>{t('system.trial.text')}</p>
            <ul class="flex flex-col gap-1">
              <For each={checks}>
                {(check) => (
                  <li class="flex items-start gap-2">
                    <span class="mt-2 size-1.5 shrink-0 rounded-full bg-accent" aria-hidden="true" />
                    {t(`system.trial.${check}`)}
                  </li>
                )}
              </For>
            </ul>
            <p class="flex items-start gap-2 text-muted" role="status">
              <span class="pt-0.5">
                <Spinner />
              </span>
              {t('system.trial.waiting')}
            </p>
          </div>
        </section>
      </Match>
      <Match when={last()?.outcome === 'fell-back' && last()}>
        {(one) => (
          <section
            aria-label={t('system.fellBack.title')}
            class="flex gap-3 rounded-lg border border-warn bg-warn-soft px-4 py-3.5 text-sm"
          >
            <span class="pt-0.5 text-warn">
              <Undo size={18} aria-hidden="true" />
            </span>
            <div class="flex min-w-0 flex-1 flex-col gap-1.5">
              <h2 class="text-base font-semibold">{t('system.fellBack.heading', { to: one().to })}</h2>
              <p>{t('system.fellBack.text', { from: one().from, to: one().to, when: moment(one().at) })}</p>
              <p class="break-words">
                <span class="text-muted">{t('system.fellBack.reason')}</span>{' '}
                <span class="font-medium">{one().reason ?? t('system.fellBack.noReason')}</span>
              </p>
            </div>
          </section>
        )}
      </Match>
      <Match when={last()?.outcome === 'refused' && last()}>
        {(one) => (
          <section
            aria-label={t('system.refused.title')}
            class="flex gap-3 rounded-lg border border-warn bg-warn-soft px-4 py-3.5 text-sm"
          >
            <span class="pt-0.5 text-warn">
              <TriangleAlert size={18} aria-hidden="true" />
            </span>
            <div class="flex min-w-0 flex-1 flex-col gap-1.5">
              <h2 class="text-base font-semibold">{t('system.refused.heading', { to: one().to })}</h2>
              <Show when={one().reason}>{(reason) => <p class="break-words">{asSentence(reason())}</p>}</Show>
              <p class="text-muted">{moment(one().at)}</p>
            </div>
          </section>
        )}
      </Match>
    </Switch>
  );
}
