// Where one is, above the page: from the datacenter down.
import { A, useLocation } from '@solidjs/router';
import ChevronRight from 'lucide-solid/icons/chevron-right';
import { createMemo, For, Show } from 'solid-js';
import { t } from '../i18n/index.ts';
import { live } from '../live/store.ts';
import { type Crumb, crumbsOf } from './crumbs.ts';

/** The way to the page that is open. */
export function useCrumbs(): () => readonly Crumb[] {
  const location = useLocation();
  return createMemo(() =>
    crumbsOf({
      path: location.pathname,
      resourceOf: (id) => live.resources[id],
      places: { account: t('user.account'), access: t('tab.access'), install: t('liveSystem.install') },
      datacenter: t('tree.datacenter'),
    }),
  );
}

/** Nothing in the datacenter itself: its heading says it. */
export function Breadcrumb() {
  const crumbs = useCrumbs();
  return (
    <Show when={crumbs().length > 1}>
      <nav aria-label={t('crumbs.label')} class="shrink-0 bg-surface px-4 pt-2 lg:px-6">
        <ol class="flex min-w-0 items-center gap-1 text-xs text-muted">
          <For each={crumbs()}>
            {(crumb, i) => (
              // A long name gives way before the places that it is in.
              <li class="flex max-w-[30%] min-w-0 shrink-0 items-center gap-1 last:max-w-none last:min-w-8 last:shrink">
                <Show when={i() > 0}>
                  <ChevronRight size={12} class="shrink-0" aria-hidden="true" />
                </Show>
                <A
                  href={crumb.href}
                  end
                  aria-current={i() === crumbs().length - 1 ? 'page' : undefined}
                  class="truncate rounded-sm py-0.5 hover:text-text hover:underline pointer-coarse:py-2"
                  title={crumb.label}
                >
                  {crumb.label}
                </A>
              </li>
            )}
          </For>
        </ol>
      </nav>
    </Show>
  );
}
