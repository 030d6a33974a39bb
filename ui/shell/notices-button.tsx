// The bell: what needs attention, and how much of it this user has not seen yet.
import Bell from 'lucide-solid/icons/bell';
import { createEffect, createMemo, createSignal, on, Show, untrack } from 'solid-js';
import { sessionUser } from '../api/session.ts';
import { type Face, OnDemand } from '../components/on-demand.tsx';
import { t, tn } from '../i18n/index.ts';
import { appliances } from '../live/appliances.ts';
import { type Attention, attention } from '../live/attention.ts';
import { createBackupAlerts, createInfrastructure } from '../live/infrastructure.ts';
import { tasks } from '../live/store.ts';
import { keep, readKept } from './kept.ts';
import { mostSeen, noticeName, readSeen, seenKey } from './notices.ts';
import { noticesOpen, setNoticesOpen } from './open-state.ts';

export const loadNotices = () => import('./notices-list.tsx');

export function NoticesButton() {
  const key = seenKey(untrack(sessionUser));
  const [seen, setSeen] = createSignal<readonly string[]>(readSeen(readKept(key)));
  /** Those that were new when the list was opened: they are marked while it is. */
  const [fresh, setFresh] = createSignal<readonly string[]>([]);
  const infrastructure = createInfrastructure();
  const alerts = createBackupAlerts();
  const items = createMemo(() =>
    attention(infrastructure(), tasks(), Date.now() / 1000, appliances(), alerts()).map((item) => ({
      item,
      name: noticeName(item),
    })),
  );
  const unread = createMemo(() => items().filter(({ name }) => !seen().includes(name)).length);

  const isFresh = (item: Attention) => fresh().includes(noticeName(item));

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
    <OnDemand
      popup="dialog"
      load={async () => {
        const { NoticesList } = await loadNotices();
        return {
          default: (face: Face) => (
            <NoticesList face={face} items={items().map(({ item }) => item)} isNew={isFresh} />
          ),
        };
      }}
      open={noticesOpen()}
      onOpen={() => setNoticesOpen(true)}
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
    </OnDemand>
  );
}
