// How many guests there are, and in which states; each state leads to its guests.
import { A } from '@solidjs/router';
import { For, Show } from 'solid-js';
import { EmptyState, Panel } from '../../components/panel.tsx';
import { StateDot, stateName } from '../../components/state-dot.tsx';
import { t, tn } from '../../i18n/index.ts';
import { createCalm } from '../../live/calm.ts';
import { guests, live } from '../../live/store.ts';
import { guestsByState } from './capacity.ts';

/** In the filter language. */
const filterOf = (state: string) => (state === 'template' ? 'is:template' : `status:${state} -is:template`);

/** Thousands change all the time: they are not counted more often than this. */
const restMs = 250;

export function GuestsPanel() {
  const counts = createCalm(
    () => guestsByState(guests()),
    () => live.loaded,
    restMs,
  );
  return (
    <Panel
      title={t('tab.guests')}
      actions={
        <Show when={counts().length > 0}>
          <A href="/guests" class="text-sm text-accent hover:underline">
            {t('guests.all')}
          </A>
        </Show>
      }
    >
      <Show
        when={counts().length > 0}
        fallback={<EmptyState title={t('guests.none')} text={t('guests.noneHint')} />}
      >
        <p class="mb-3 text-2xl font-semibold">
          <span class="num">{guests().length}</span>{' '}
          <span class="text-base font-normal text-muted">{tn('guests.word', guests().length)}</span>
        </p>
        <ul class="-mx-2 grid grid-cols-2 gap-x-4 text-sm">
          <For each={counts()}>
            {([state, count]) => (
              <li>
                <A
                  href={`/guests?filter=${encodeURIComponent(filterOf(state))}`}
                  class="flex min-h-8 items-center gap-2 rounded-md px-2 hover:bg-hover pointer-coarse:min-h-11"
                >
                  <StateDot status={state} />
                  <span class="flex-1">
                    {state === 'template' ? t('guests.templates') : stateName(state)}
                  </span>
                  <span class="num font-medium">{count}</span>
                </A>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </Panel>
  );
}
