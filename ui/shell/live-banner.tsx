// The band above all pages of a live system: nothing here lasts, and how to make it last.
import { A, useLocation } from '@solidjs/router';
import Disc from 'lucide-solid/icons/disc-3';
import { Show } from 'solid-js';
import { t } from '../i18n/index.ts';
import { liveNodes } from '../live/appliances.ts';
import { nodes } from '../live/store.ts';

export function LiveBanner() {
  const location = useLocation();
  const alone = () => nodes().length === 1;
  return (
    <Show when={liveNodes()[0]}>
      {(node) => (
        <section
          aria-label={t('liveSystem.label')}
          class="flex shrink-0 items-center gap-x-3 border-b border-line bg-accent-soft px-4 py-1.5 text-sm"
        >
          <span class="shrink-0 text-accent">
            <Disc size={16} aria-hidden="true" />
          </span>
          <p class="min-w-0 flex-1">
            {alone() ? t('liveSystem.text') : t('liveSystem.textOf', { node: node() })}
          </p>
          <Show when={location.pathname !== '/install'}>
            <A
              href="/install"
              class="inline-flex min-h-7 shrink-0 items-center rounded-md bg-accent px-3 font-medium text-on-accent transition-colors hover:bg-accent-strong pointer-coarse:min-h-11"
            >
              {t('liveSystem.install')}
            </A>
          </Show>
        </section>
      )}
    </Show>
  );
}
