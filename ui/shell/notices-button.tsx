// The bell: what needs attention, and how much of it this user has not seen yet.
import { Popover } from '@kobalte/core/popover';
import Bell from 'lucide-solid/icons/bell';
import CircleCheck from 'lucide-solid/icons/circle-check';
import X from 'lucide-solid/icons/x';
import { createEffect, createMemo, createSignal, For, on, Show, untrack } from 'solid-js';
import { sessionUser } from '../api/session.ts';
import { IconButton } from '../components/button.tsx';
import { Badge } from '../components/panel.tsx';
import { t, tn } from '../i18n/index.ts';
import { appliances } from '../live/appliances.ts';
import { attention } from '../live/attention.ts';
import { live, tasks } from '../live/store.ts';
import { AttentionLine } from './attention-line.tsx';
import { keep, readKept } from './kept.ts';
import { mostSeen, noticeName, readSeen, seenKey } from './notices.ts';
import { noticesOpen, setNoticesOpen } from './open-state.ts';

export function NoticesButton() {
  const key = seenKey(untrack(sessionUser));
  const [seen, setSeen] = createSignal<readonly string[]>(readSeen(readKept(key)));
  /** Those that were new when the list was opened: they are marked while it is. */
  const [fresh, setFresh] = createSignal<readonly string[]>([]);
  const items = createMemo(() => {
    // Of guests nothing is asked: theirs are the thousands of changes.
    const ids = Object.keys(live.resources).filter((id) => /^(node|storage)\//.test(id));
    const resources = ids.map((id) => live.resources[id]).filter((item) => item !== undefined);
    return attention(resources, tasks(), Date.now() / 1000, appliances()).map((item) => ({
      item,
      name: noticeName(item),
    }));
  });
  const unread = createMemo(() => items().filter(({ name }) => !seen().includes(name)).length);

  const see = () => {
    const names = items().map(({ name }) => name);
    const known = untrack(seen);
    if (names.length === known.length && names.every((name) => known.includes(name))) return;
    setSeen(names.slice(0, mostSeen));
    keep(key, JSON.stringify(names.slice(0, mostSeen)));
  };
  createEffect(
    on(noticesOpen, (open) => {
      if (!open) return;
      const known = seen();
      setFresh(items().flatMap(({ name }) => (known.includes(name) ? [] : [name])));
    }),
  );
  // What comes while the list is open is seen too.
  createEffect(() => noticesOpen() && see());

  return (
    <Popover open={noticesOpen()} onOpenChange={setNoticesOpen} placement="bottom-end" gutter={6}>
      <Popover.Trigger
        class="control relative inline-flex aspect-square items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text"
        aria-label={unread() > 0 ? tn('notices.unread', unread()) : t('notices.label')}
        title={t('notices.label')}
      >
        <Bell size={17} aria-hidden="true" />
        <Show when={unread() > 0}>
          <span class="num absolute -end-0.5 top-0 min-w-4 rounded-full bg-bad-strong px-1 text-center text-[0.625rem] leading-4 font-semibold text-surface">
            {unread() > 99 ? '99+' : unread()}
          </span>
        </Show>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content class="z-50 flex max-h-[min(32rem,80vh)] w-[min(26rem,calc(100vw-1rem))] flex-col rounded-lg border border-line bg-raised shadow-pop outline-none">
          <div class="flex items-center justify-between gap-2 border-b border-line py-1.5 ps-4 pe-2">
            <Popover.Title class="text-base font-semibold">{t('attention.title')}</Popover.Title>
            <IconButton small label={t('common.close')} onClick={() => setNoticesOpen(false)}>
              <X size={16} />
            </IconButton>
          </div>
          <ul class="min-h-0 overflow-y-auto p-2">
            <For
              each={items()}
              fallback={
                <li class="flex items-center gap-2 px-2 py-3 text-sm">
                  <CircleCheck size={17} class="text-ok" aria-hidden="true" />
                  {t('notices.none')}
                </li>
              }
            >
              {({ item, name }) => (
                <li class="flex gap-2.5 rounded-md px-2 py-2 text-sm">
                  <AttentionLine item={item} onChoose={() => setNoticesOpen(false)} />
                  <Show when={fresh().includes(name)}>
                    <span class="shrink-0">
                      <Badge tone="accent">{t('notices.new')}</Badge>
                    </span>
                  </Show>
                </li>
              )}
            </For>
          </ul>
        </Popover.Content>
      </Popover.Portal>
    </Popover>
  );
}
