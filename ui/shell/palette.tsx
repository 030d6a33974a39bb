// The palette: one field in which everything is found and done. A combobox over a list that is always open.
import { Dialog } from '@kobalte/core/dialog';
import { useNavigate } from '@solidjs/router';
import Search from 'lucide-solid/icons/search';
import { createEffect, createMemo, createSignal, createUniqueId, For, on, Show, untrack } from 'solid-js';
import { sessionUser } from '../api/session.ts';
import { resourceFilter } from '../components/table-filter.ts';
import { t, tn } from '../i18n/index.ts';
import { live, nodes } from '../live/store.ts';
import { rank } from '../search/rank.ts';
import { readRecent, recentKey, withRecent } from '../search/recent.ts';
import { readSaved, type SavedSearch, savedKey } from '../search/saved.ts';
import { grantWish } from './grant-wish.ts';
import { keep, readKept } from './kept.ts';
import {
  actionEntries,
  guestVerbs,
  nodePageEntries,
  type PaletteEntry,
  placeEntries,
  poolEntries,
  resourceEntries,
  settingEntries,
  wishEntry,
} from './palette-entries.ts';
import { findEntries, makeStock } from './palette-find.ts';
import { PaletteOption } from './palette-option.tsx';
import { SavedBar } from './palette-saved.tsx';
import { createPools } from './pools.ts';

/** Nobody reads more. */
const mostShown = 50;

interface Group {
  /** Empty: what was found. */
  readonly title: string;
  readonly entries: readonly PaletteEntry[];
}

export default function Palette(props: { text: string; onClose: () => void }) {
  let field: HTMLInputElement | undefined;
  let went = false;
  const id = createUniqueId();
  const navigate = useNavigate();
  const user = untrack(sessionUser);
  const [text, setText] = createSignal(untrack(() => props.text));
  const [at, setAt] = createSignal(0);
  const [recent, setRecent] = createSignal(readRecent(readKept(recentKey(user))));
  const [saved, setSaved] = createSignal<readonly SavedSearch[]>(readSaved(readKept(savedKey(user))));
  const pools = createPools(() => true);

  /** As the cluster was when it was opened: what was found must not jump. States are read live. */
  const stock = createMemo(
    on([() => live.loaded, pools.names], () =>
      makeStock(
        [
          ...resourceEntries(Object.values(live.resources).filter((item) => item !== undefined)),
          ...poolEntries(pools.names() ?? []),
          ...placeEntries(),
          ...nodePageEntries(
            nodes()
              .map((one) => one.node)
              .sort(),
          ),
          ...actionEntries(),
          ...settingEntries(),
        ],
        guestVerbs(),
        wishEntry,
      ),
    ),
  );
  const problems = createMemo(() => resourceFilter(text()).problems);
  const found = createMemo(() =>
    text().trim() === ''
      ? []
      : untrack(() => findEntries(stock(), text(), (item) => live.resources[item.id])),
  );

  /** Also of wishes: these are made anew, as the guest is now. */
  function again(wanted: string): PaletteEntry | undefined {
    const [action = '', item] = [wanted.slice(0, wanted.indexOf(':')), wanted.slice(wanted.indexOf(':') + 1)];
    const verb = stock().verbs.find((one) => one.action === action);
    const about = live.resources[item];
    if (verb && about) return wishEntry(verb.action, about);
    return rank(stock().all, '').find((one) => one.id === wanted);
  }
  const groups = createMemo((): readonly Group[] => {
    if (text().trim() !== '')
      return found().length === 0 ? [] : [{ title: '', entries: found().slice(0, mostShown) }];
    return untrack(() => {
      const last = recent()
        .flatMap((one) => again(one) ?? [])
        .filter((one) => one.reason === undefined);
      const shown = new Set(last.map((one) => one.id));
      const searches = saved().map(
        (search): PaletteEntry => ({
          id: `saved:${search.name}`,
          kind: 'action',
          title: search.name,
          hint: search.text,
          order: 0,
          does: { ask: search.text },
        }),
      );
      const others = [...placeEntries(), ...actionEntries()].filter((one) => !shown.has(one.id));
      return [
        { title: t('palette.recent'), entries: last },
        { title: t('palette.saved'), entries: searches },
        { title: t('palette.all'), entries: others },
      ].filter((group) => group.entries.length > 0);
    });
  });
  const flat = createMemo(() => groups().flatMap((group) => group.entries));
  const optionId = (entry: PaletteEntry | undefined) =>
    entry === undefined ? undefined : `${id}-${encodeURIComponent(entry.id)}`;
  createEffect(on(flat, () => setAt(0)));
  createEffect(() => {
    const option = optionId(flat()[at()]);
    if (option !== undefined) document.getElementById(option)?.scrollIntoView({ block: 'nearest' });
  });

  function choose(entry: PaletteEntry | undefined): void {
    if (!entry || entry.reason !== undefined) return;
    if (!entry.id.startsWith('saved:')) {
      setRecent((before) => withRecent(before, entry.id));
      keep(recentKey(user), JSON.stringify(recent()));
    }
    const { does } = entry;
    if ('ask' in does) {
      setText(does.ask);
      field?.focus();
      return;
    }
    went = 'href' in does;
    props.onClose();
    // What it opens takes the focus: after this here has given it back.
    setTimeout(() => {
      if ('href' in does) navigate(does.href);
      else if ('run' in does) does.run();
      else void grantWish(does.wish, does.of);
    });
  }

  function onKeyDown(event: KeyboardEvent): void {
    const count = flat().length;
    if (event.isComposing) return;
    if (event.key === 'ArrowDown' && count > 0) setAt((at() + 1) % count);
    else if (event.key === 'ArrowUp' && count > 0) setAt((at() - 1 + count) % count);
    else if (event.key === 'Enter') choose(flat()[at()]);
    else if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) props.onClose();
    else return;
    event.preventDefault();
  }

  return (
    <Dialog open onOpenChange={(open) => !open && props.onClose()} preventScroll={false}>
      <Dialog.Portal>
        <Dialog.Overlay class="fixed inset-0 z-40 bg-scrim" />
        <div class="pointer-events-none fixed inset-0 z-50 flex items-stretch justify-center sm:items-start sm:p-6 sm:pt-[10vh]">
          <Dialog.Content
            aria-label={t('palette.title')}
            class="pointer-events-auto flex max-h-full w-full flex-col overflow-hidden bg-raised shadow-pop outline-none sm:max-h-[75vh] sm:max-w-2xl sm:rounded-lg sm:border sm:border-line"
            onOpenAutoFocus={(event: Event) => {
              event.preventDefault();
              field?.focus();
            }}
            onCloseAutoFocus={(event: Event) => {
              if (!went) return;
              event.preventDefault();
              document.getElementById('page')?.focus();
            }}
          >
            <div class="flex items-center gap-2.5 border-b border-line px-4">
              <Search size={17} class="shrink-0 text-muted" aria-hidden="true" />
              <input
                ref={field}
                type="text"
                role="combobox"
                class="min-h-12 min-w-0 flex-1 bg-transparent text-base outline-none"
                aria-label={t('palette.field')}
                placeholder={t('palette.field')}
                aria-expanded="true"
                aria-autocomplete="list"
                aria-controls={`${id}-list`}
                aria-activedescendant={optionId(flat()[at()])}
                aria-invalid={problems().length > 0 ? 'true' : undefined}
                aria-describedby={`${id}-problems`}
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
                value={text()}
                onInput={(event) => setText(event.currentTarget.value)}
                onKeyDown={onKeyDown}
              />
              <button
                type="button"
                class="shrink-0 rounded-md px-2 py-1 text-sm text-muted hover:bg-hover pointer-coarse:min-h-11"
                onClick={() => props.onClose()}
              >
                {t('common.close')}
              </button>
            </div>
            <div
              id={`${id}-problems`}
              role="status"
              class="bg-warn-soft px-4 py-1.5 text-sm text-warn empty:hidden"
            >
              <For each={problems()}>{(problem) => <p class="break-words">{problem}</p>}</For>
            </div>
            <div
              id={`${id}-list`}
              role="listbox"
              aria-label={t('palette.results')}
              class="min-h-0 flex-1 overflow-y-auto p-2 empty:hidden"
            >
              <For each={groups()}>
                {(group) => (
                  <fieldset class="min-w-0" aria-label={group.title || t('palette.results')}>
                    <Show when={group.title}>
                      <div class="px-2 pt-1.5 pb-1 text-xs font-medium text-muted" aria-hidden="true">
                        {group.title}
                      </div>
                    </Show>
                    <For each={group.entries}>
                      {(entry) => (
                        <PaletteOption
                          entry={entry}
                          id={optionId(entry) ?? ''}
                          chosen={flat()[at()] === entry}
                          onPoint={() => setAt(flat().indexOf(entry))}
                          onChoose={() => choose(entry)}
                        />
                      )}
                    </For>
                  </fieldset>
                )}
              </For>
            </div>
            <div
              role="status"
              class={`px-4 text-sm text-muted empty:hidden ${flat().length === 0 ? 'flex-1' : ''}`}
            >
              <Show when={text().trim() !== ''}>
                <Show
                  when={found().length > 0}
                  fallback={<p class="py-6 text-center">{t('palette.nothing', { text: text().trim() })}</p>}
                >
                  <p class={found().length > mostShown ? 'py-1.5' : 'sr-only'}>
                    {found().length > mostShown
                      ? t('palette.more', { shown: mostShown, count: found().length })
                      : tn('palette.found', found().length)}
                  </p>
                </Show>
              </Show>
              <Show when={pools.error()}>
                <p class="py-1.5">{t('palette.poolsFailed')}</p>
              </Show>
            </div>
            <SavedBar
              text={text()}
              saved={saved()}
              readable={problems().length === 0}
              found={flat().length > 0}
              onChange={(next) => {
                setSaved(next);
                keep(savedKey(user), JSON.stringify(next));
              }}
              onDone={() => field?.focus()}
            />
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog>
  );
}
