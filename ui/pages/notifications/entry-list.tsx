// A list of targets or matchers: one line each on wide pages, a card on narrow ones.
import Plus from 'lucide-solid/icons/plus';
import { For, type JSX, Show } from 'solid-js';
import type { Query } from '../../api/query.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { Badge, EmptyState, Panel, Skeleton } from '../../components/panel.tsx';
import { type RowAction, RowMenu } from '../../components/row-menu.tsx';
import { t } from '../../i18n/index.ts';

interface Entry {
  readonly name: string;
  readonly comment?: string | undefined;
  readonly disable?: 0 | 1 | undefined;
}

interface EntryListProps<E extends Entry> {
  title: string;
  about: string;
  add: string;
  reason: string | undefined;
  query: Query<readonly E[]>;
  empty: { readonly title: string; readonly text?: string };
  /** What it is and does, beside its name. */
  what: (entry: E) => JSX.Element;
  then: (entry: E) => JSX.Element;
  menu: (entry: E) => readonly RowAction[];
  /** Undefined: it may not be looked at. */
  onOpen: ((entry: E) => void) | undefined;
  onAdd: () => void;
}

export function EntryList<E extends Entry>(props: EntryListProps<E>) {
  return (
    <Panel
      flush
      title={props.title}
      actions={
        <Button look="primary" icon={<Plus size={15} />} reason={props.reason} onClick={() => props.onAdd()}>
          {props.add}
        </Button>
      }
    >
      <p class="px-4 pb-3 text-sm text-muted">{props.about}</p>
      <Show when={props.query.error()}>
        <div class="px-4 pb-4">
          <ErrorNote error={props.query.error()} retry={props.query.reload} />
        </div>
      </Show>
      <Show when={props.query.data()} fallback={<Waiting failed={props.query.error() !== undefined} />}>
        {(entries) => (
          <Show
            when={entries().length > 0}
            fallback={
              <div class="border-t border-line">
                <EmptyState {...props.empty} />
              </div>
            }
          >
            <ul class="@container border-t border-line" aria-label={props.title}>
              <For each={entries()}>
                {(entry) => (
                  <li class="grid gap-x-5 gap-y-1 border-b border-line px-4 py-2.5 text-sm last:border-b-0 @3xl:grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)_minmax(0,1.2fr)_auto] @3xl:items-center">
                    <div class="flex min-w-0 items-start justify-between gap-2">
                      <div class="min-w-0">
                        <Name entry={entry} onOpen={props.onOpen} />
                        <Show when={entry.comment}>
                          <p class="text-xs text-muted [overflow-wrap:anywhere]">{entry.comment}</p>
                        </Show>
                        <Show when={entry.disable === 1}>
                          <Badge>{t('notify.disabled')}</Badge>
                        </Show>
                      </div>
                      <div class="@3xl:hidden">
                        <Menu entry={entry} menu={props.menu} />
                      </div>
                    </div>
                    <div
                      class={`min-w-0 [overflow-wrap:anywhere] ${entry.disable === 1 ? 'text-muted' : ''}`}
                    >
                      {props.what(entry)}
                    </div>
                    <div class="min-w-0 [overflow-wrap:anywhere]">{props.then(entry)}</div>
                    <div class="hidden @3xl:block">
                      <Menu entry={entry} menu={props.menu} />
                    </div>
                  </li>
                )}
              </For>
            </ul>
          </Show>
        )}
      </Show>
    </Panel>
  );
}

function Menu<E extends Entry>(props: { entry: E; menu: (entry: E) => readonly RowAction[] }) {
  return (
    <RowMenu label={t('access.actionsOf', { what: props.entry.name })} actions={props.menu(props.entry)} />
  );
}

function Name<E extends Entry>(props: { entry: E; onOpen: ((entry: E) => void) | undefined }) {
  return (
    <Show when={props.onOpen} fallback={<p class="font-medium">{props.entry.name}</p>}>
      {(open) => (
        <button
          type="button"
          class="block max-w-full truncate py-0.5 text-start font-medium hover:underline"
          onClick={() => open()(props.entry)}
        >
          {props.entry.name}
        </button>
      )}
    </Show>
  );
}

function Waiting(props: { failed: boolean }) {
  return (
    <Show when={!props.failed}>
      <div class="px-4 pb-4">
        <Skeleton lines={3} />
      </div>
    </Show>
  );
}
